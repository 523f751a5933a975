//! Objects that hold many records in an array, as collectors send them in one request, and AWS in one event.
//!
//! | object | sender | read by |
//! |---|---|---|
//! | `{"Records": […]}`, `{"records": […]}`, `{"logs": […]}`, alone or beside `common` | `CloudTrail`, Azure, New Relic, mParticle, events of Lambda | here |
//! | `{"Messages": [{"ReceiptHandle": …}]}` | SQS | here |
//! | records with a payload in base64 | Firehose, Kinesis, Kafka | [`encoded`] |
//! | `{"message": {"data": "<base64>"}, "subscription": "…"}` | Pub/Sub | [`pubsub`] |
//! | `{"streams": [{"stream": {…}, "values": [["<ns>", "line"]]}]}` | Loki | [`loki`] |
//! | `{…, "messageType": "DATA_MESSAGE", …, "logEvents": […]}` | CloudWatch Logs, its members in another order | [`cloudwatch`] |
//! | `{…, "resourceLogs": […]}` | OpenTelemetry, its members in another order | [`otlp`] |
//!
//! Other members make an object an ordinary record: an order may have `records` too.

mod encoded;
mod loki;
mod pubsub;

use std::convert::Infallible;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::elements::each;
use super::{Scanner, Sink, cloudwatch, envelope, formats, otlp, text};
use crate::rejection::{Reason, Rejection};

/// The members of an object that holds records, alone or beside what is common to them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapper<'a> {
    #[serde(borrow, rename = "Records", alias = "records", alias = "logs", alias = "Messages")]
    records: &'a RawValue,
    #[serde(borrow, default)]
    common: Option<&'a RawValue>,
}

/// A message as SQS returns it.
#[derive(Deserialize)]
struct SqsMessage<'a> {
    #[serde(borrow, rename = "ReceiptHandle")]
    _receipt_handle: &'a RawValue,
}

/// Decodes the records of an object whose member `items` may hold many. Returns whether it does.
pub(super) fn decode(items: &str, object: &str, sink: &mut Sink<'_, '_>) -> bool {
    if !sink.spend(object.len()) {
        return false;
    }
    match items {
        "logevents" => cloudwatch::is_subscription(object) && cloudwatch::decode_whole(object, sink),
        "streams" => loki::decode(object, sink),
        "subscription" => pubsub::decode(object, sink),
        "resourcelogs" => {
            otlp::decode_json(object.as_bytes(), sink);
            true
        }
        items => encoded::decode(object, sink) || records(items, object, sink),
    }
}

fn records(items: &str, object: &str, sink: &mut Sink<'_, '_>) -> bool {
    let Ok(Wrapper { records, common }) = serde_json::from_str(object) else { return false };
    let (mut count, mut are_records) = (0_usize, true);
    let counted = each(records, |element| {
        count += 1;
        // Messages may be anything's.
        are_records &= element.get().starts_with('{')
            && (items != "messages" || serde_json::from_str::<SqsMessage<'_>>(element.get()).is_ok());
        Ok::<_, Infallible>(())
    });
    if counted.is_err() || count == 0 || !are_records {
        return false;
    }
    // Every element is an object of valid JSON.
    let _ = each(records, |element| {
        if !sink.is_over() {
            push_object(element.get(), common, sink);
        }
        Ok::<_, Infallible>(())
    });
    true
}

/// Adds a record, with what is common to all.
fn push_object(element: &str, common: Option<&RawValue>, sink: &mut Sink<'_, '_>) {
    let draft = envelope::object(element, sink).map(|mut draft| {
        if let Some(common) = common.filter(|common| common.get().starts_with('{') && sink.spend(common.get().len())) {
            // The record's own fields come first, and what is common is valid JSON.
            let _ = Scanner::read_object(common.get(), &mut draft);
        }
        text::read_json(&mut draft);
        text::read_bare_line(&mut draft);
        draft
    });
    let draft = draft.ok_or_else(|| Rejection::new(Reason::BadJson, "an object expected"));
    sink.push(formats::JSON, element.as_bytes(), draft);
}
