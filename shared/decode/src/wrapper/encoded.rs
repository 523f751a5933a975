//! Objects whose records are payloads in base64. Each payload is recognised from the top.
//!
//! | object | sender |
//! |---|---|
//! | `{"requestId": …, "timestamp": …, "records": [{"data": "…"}]}` | [Firehose, to HTTP](https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html) |
//! | `{"invocationId": …, "deliveryStreamArn": …, "records": [{"recordId": …, "data": "…"}]}` | [Firehose, to Lambda](https://docs.aws.amazon.com/lambda/latest/dg/services-kinesisfirehose.html) |
//! | `{"Records": [{"kinesis": {"data": "…"}, …}]}` | [Kinesis](https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html) |
//! | `{"eventSource": "aws:kafka", "records": {"orders-0": [{"value": "…"}]}}` | [Kafka](https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html) |

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::elements::each;
use crate::event::decode_base64;
use crate::{Sink, decode as decode_payload};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow, alias = "Records")]
    records: &'a RawValue,
    #[serde(borrow, default)]
    request_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    invocation_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow, default)]
    delivery_stream_arn: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "eventSource")]
    source: Cow<'a, str>,
}

#[derive(Deserialize)]
struct FirehoseRecord<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
}

#[derive(Deserialize)]
struct KinesisRecord<'a> {
    #[serde(borrow)]
    kinesis: FirehoseRecord<'a>,
}

#[derive(Deserialize)]
struct KafkaRecord<'a> {
    #[serde(borrow)]
    value: Cow<'a, str>,
}

/// What Kafka's event has for its source.
const KAFKA: [&str; 2] = ["aws:kafka", "SelfManagedKafka"];

/// Decodes the payloads in an object. Returns whether it holds any.
pub(super) fn decode(object: &str, sink: &mut Sink<'_, '_>) -> bool {
    let Ok(event) = serde_json::from_str::<Event<'_>>(object) else { return false };
    let payloads = if KAFKA.contains(&&*event.source) {
        let partitions: Result<BTreeMap<Cow<'_, str>, &RawValue>, _> = serde_json::from_str(event.records.get());
        partitions.ok().and_then(|partitions| {
            let payloads = partitions.values().map(|records| {
                payloads(records, |record| serde_json::from_str::<KafkaRecord<'_>>(record).map(|record| record.value))
            });
            payloads.collect::<Option<Vec<_>>>().map(|payloads| payloads.concat())
        })
    } else if (event.request_id.is_some() && event.timestamp.is_some())
        || (event.invocation_id.is_some() && event.delivery_stream_arn.is_some())
    {
        payloads(event.records, |record| serde_json::from_str::<FirehoseRecord<'_>>(record).map(|record| record.data))
    } else {
        payloads(event.records, |record| {
            serde_json::from_str::<KinesisRecord<'_>>(record).map(|record| record.kinesis.data)
        })
    };
    let Some(payloads) = payloads.filter(|payloads| !payloads.is_empty() && sink.check_wrappings().is_ok()) else {
        return false;
    };
    for payload in payloads {
        sink.decompressed(event.records.get().as_bytes(), &payload, |sink| decode_payload(&payload, sink));
    }
    true
}

/// Returns the payloads of some records; `None` if one has none.
fn payloads<'a>(
    records: &'a RawValue,
    base64: impl Fn(&'a str) -> Result<Cow<'a, str>, serde_json::Error>,
) -> Option<Vec<Vec<u8>>> {
    let mut payloads = Some(Vec::new());
    let read = each(records, |record| {
        let payload = base64(record.get()).ok().and_then(|text| decode_base64(text.as_bytes()));
        payloads = payloads.take().zip(payload).map(|(mut payloads, payload)| {
            payloads.push(payload);
            payloads
        });
        Ok::<_, Infallible>(())
    });
    payloads.filter(|_| read.is_ok())
}
