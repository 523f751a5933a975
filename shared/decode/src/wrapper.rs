//! Objects that hold many records in an array, as collectors send them in one request.
//!
//! | object | sender |
//! |---|---|
//! | `{"Records": […]}`, `{"records": […]}`, `{"logs": […]}`, alone or beside `common` | `CloudTrail`, Azure, New Relic, mParticle |
//! | `{"requestId": …, "timestamp": …, "records": [{"data": "<base64>"}]}` | Firehose |
//! | `{"streams": [{"stream": {…}, "values": [["<ns>", "line"]]}]}` | Loki |
//! | `{…, "messageType": "DATA_MESSAGE", …, "logEvents": […]}` | CloudWatch Logs, its members in another order |
//!
//! Other members make an object an ordinary record: an order may have `records` too.

use std::borrow::Cow;
use std::convert::Infallible;

use record::{EventTime, FieldSink, Surroundings, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::elements::each;
use super::event::decode_base64;
use super::{Scanner, Sink, cloudwatch, envelope, json, text};
use crate::rejection::{Reason, Rejection};

/// The objects' members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapper<'a> {
    #[serde(borrow, rename = "Records", alias = "records", alias = "logs")]
    records: &'a RawValue,
    #[serde(borrow, default)]
    common: Option<&'a RawValue>,
    /// Firehose's.
    #[serde(borrow, default, rename = "requestId")]
    request_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    timestamp: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Firehoses<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Loki<'a> {
    #[serde(borrow)]
    streams: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LokiStream<'a> {
    #[serde(borrow)]
    stream: &'a RawValue,
    #[serde(borrow)]
    values: &'a RawValue,
}

/// Decodes the records of an object whose member `items` may hold many. Returns whether it does.
pub(super) fn decode(items: &str, object: &str, sink: &mut Sink<'_, '_>) -> bool {
    if !sink.spend(object.len()) {
        return false;
    }
    match items {
        "logevents" => cloudwatch::is_subscription(object) && cloudwatch::decode_whole(object, sink),
        "streams" => loki(object, sink),
        _ => records(object, sink),
    }
}

fn records(object: &str, sink: &mut Sink<'_, '_>) -> bool {
    let Ok(wrapper) = serde_json::from_str::<Wrapper<'_>>(object) else { return false };
    let is_firehoses = wrapper.request_id.is_some() && wrapper.timestamp.is_some() && wrapper.common.is_none();
    let is_alone = wrapper.request_id.is_none() && wrapper.timestamp.is_none();
    let (mut count, mut are_objects) = (0_usize, true);
    let counted = each(wrapper.records, |element| {
        count += 1;
        are_objects &= element.get().starts_with('{');
        Ok::<_, Infallible>(())
    });
    if counted.is_err() || count == 0 || !are_objects || !(is_firehoses || is_alone) {
        return false;
    }
    if is_firehoses {
        return firehose(wrapper.records, sink);
    }
    // Every element is an object of valid JSON.
    let _ = each(wrapper.records, |element| {
        if !sink.is_over() {
            push_object(element.get(), wrapper.common, sink);
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
        text::read_json(element, &mut draft);
        text::read_bare_line(&mut draft);
        draft
    });
    let draft = draft.ok_or_else(|| Rejection::new(Reason::BadJson, "an object expected"));
    sink.push(json::FORMAT, element.as_bytes(), draft);
}

/// Decodes the payloads of a request of Firehose's.
fn firehose(records: &RawValue, sink: &mut Sink<'_, '_>) -> bool {
    let mut payloads = Vec::new();
    let read = each(records, |element| {
        let Firehoses { data } = serde_json::from_str(element.get())?;
        payloads.push(decode_base64(data.as_bytes()));
        Ok::<_, serde_json::Error>(())
    });
    if read.is_err() || payloads.iter().any(Option::is_none) || sink.check_wrappings().is_err() {
        return false;
    }
    for payload in payloads.into_iter().flatten() {
        sink.decompressed(records.get().as_bytes(), &payload, |sink| super::decode(&payload, sink));
    }
    true
}

fn loki(object: &str, sink: &mut Sink<'_, '_>) -> bool {
    let Ok(Loki { streams }) = serde_json::from_str(object) else { return false };
    let mut is_loki = true;
    let mut each_line = |on_line: &mut dyn FnMut(&str, &str, &str)| {
        each(streams, |stream| {
            let LokiStream { stream, values } = serde_json::from_str(stream.get())?;
            each(values, |value| {
                let parts: Vec<&RawValue> = serde_json::from_str(value.get())?;
                match parts.as_slice() {
                    [time, line, ..] => on_line(stream.get(), time.get(), line.get()),
                    _ => is_loki = false,
                }
                Ok::<_, serde_json::Error>(())
            })
        })
        .is_ok()
    };
    // The whole request is checked first.
    let mut are_texts = true;
    let mut check = |labels: &str, time: &str, line: &str| {
        are_texts &= labels.starts_with('{') && time.starts_with('"') && line.starts_with('"');
    };
    if !each_line(&mut check) || !are_texts {
        return false;
    }
    let mut push = |labels: &str, time: &str, line: &str| {
        if sink.is_over() || !sink.spend(labels.len()) {
            return;
        }
        let (Ok(time), Ok(line)) = (serde_json::from_str::<Cow<'_, str>>(time), serde_json::from_str::<String>(line))
        else {
            return;
        };
        let mut draft = text::record(&line, sink);
        let _ = Scanner::read_object(labels, &mut draft);
        let created = EventTime::from_text(&time).map(EventTime::seconds);
        draft.surround(&Surroundings { created, ..Surroundings::default() });
        draft.push("timeUnixNano", Value::Text(&time));
        sink.push(json::FORMAT, line.as_bytes(), Ok(draft));
    };
    each_line(&mut push) && is_loki
}
