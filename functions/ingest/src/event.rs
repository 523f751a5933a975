//! The Kinesis event as Lambda sends it. Its wire structs stay here.
//!
//! Shape: <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html>. Read in one pass: strings are borrowed from
//! the event, and all payloads are decoded into one buffer.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use shared::record::EventTime;

/// Padding says nothing that the length does not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The Kinesis records of one invocation, in the order of their shard.
#[derive(Debug)]
pub struct Batch {
    /// What was delivered.
    pub deliveries: Vec<Delivery>,
    payloads: Vec<u8>,
}

/// One Kinesis record.
#[derive(Debug)]
pub struct Delivery {
    /// The stream's name.
    pub stream: String,
    /// The shard's id.
    pub shard: String,
    /// Its number in the shard, by which Lambda is told what to deliver again.
    pub sequence_number: String,
    /// When Kinesis took it.
    pub arrived: EventTime,
    payload: Payload,
}

#[derive(Debug)]
enum Payload {
    Decoded(Range<usize>),
    /// Not base64: kept as it came.
    Undecodable(String),
}

impl Batch {
    /// The bytes that a delivery's sender put on the stream, or the text that should have been base64.
    pub fn payload<'a>(&'a self, delivery: &'a Delivery) -> Result<&'a [u8], &'a str> {
        match &delivery.payload {
            Payload::Decoded(range) => Ok(self.payloads.get(range.clone()).unwrap_or_default()),
            Payload::Undecodable(text) => Err(text),
        }
    }

    /// The bytes of all payloads together.
    pub(crate) fn payload_bytes(&self) -> usize {
        self.payloads.len()
    }
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let WireEvent { records } = WireEvent::deserialize(deserializer)?;
        let encoded: usize = records.iter().map(|record| record.kinesis.data.len()).sum();
        let mut payloads = Vec::with_capacity(encoded / 4 * 3);
        let deliveries = records.into_iter().map(|record| record.deliver(&mut payloads)).collect();
        Ok(Self { deliveries, payloads })
    }
}

/// The bytes that a text of base64 stands for.
pub(crate) fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

#[derive(Deserialize)]
struct WireEvent<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<WireRecord<'a>>,
}

#[derive(Deserialize)]
struct WireRecord<'a> {
    #[serde(borrow)]
    kinesis: WireKinesis<'a>,
    /// `shardId-000000000000:4954…`
    #[serde(borrow, rename = "eventID")]
    event_id: Cow<'a, str>,
    /// `arn:aws:kinesis:eu-west-1:123456789012:stream/name`
    #[serde(borrow, rename = "eventSourceARN")]
    event_source_arn: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireKinesis<'a> {
    #[serde(borrow)]
    sequence_number: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(deserialize_with = "arrival")]
    approximate_arrival_timestamp: EventTime,
}

impl WireRecord<'_> {
    fn deliver(self, payloads: &mut Vec<u8>) -> Delivery {
        let start = payloads.len();
        let payload = if BASE64.decode_vec(self.kinesis.data.as_ref(), payloads).is_ok() {
            Payload::Decoded(start..payloads.len())
        } else {
            payloads.truncate(start);
            Payload::Undecodable(self.kinesis.data.into_owned())
        };
        let after = |text: &str, separator| text.rsplit_once(separator).map(|(_, rest)| rest.to_owned());
        let shard = self.event_id.split_once(':').map(|(shard, _)| shard.to_owned());
        Delivery {
            stream: after(&self.event_source_arn, '/').unwrap_or_else(|| self.event_source_arn.into_owned()),
            shard: shard.unwrap_or_else(|| self.event_id.into_owned()),
            sequence_number: self.kinesis.sequence_number.into_owned(),
            arrived: self.kinesis.approximate_arrival_timestamp,
            payload,
        }
    }
}

/// Seconds since the epoch, to the millisecond.
fn arrival<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EventTime, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    EventTime::from_epoch(seconds).ok_or_else(|| D::Error::custom(format_args!("{seconds} is no time of arrival")))
}

#[cfg(test)]
mod tests {
    use super::Batch;

    fn event(data: &str) -> String {
        format!(
            r#"{{"Records": [{{"kinesis": {{"kinesisSchemaVersion": "1.0", "partitionKey": "k", "sequenceNumber": "4954",
            "data": "{data}", "approximateArrivalTimestamp": 1795163738.72}}, "eventSource": "aws:kinesis",
            "eventID": "shardId-000000000003:4954", "eventSourceARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/logs"}}]}}"#
        )
    }

    #[test]
    fn an_event_is_read() {
        let batch: Batch = serde_json::from_str(&event("eyJhIjoxfQ==")).unwrap();
        let delivery = &batch.deliveries[0];
        assert_eq!(
            (&*delivery.stream, &*delivery.shard, &*delivery.sequence_number),
            ("logs", "shardId-000000000003", "4954")
        );
        assert_eq!(delivery.arrived.to_string(), "2026-11-20T08:35:38.720000Z");
    }

    #[test]
    fn payloads_are_decoded_or_kept() {
        fn check(data: &str, expect: Result<&[u8], &str>) {
            let batch: Batch = serde_json::from_str(&event(data)).unwrap();
            assert_eq!(batch.payload(&batch.deliveries[0]), expect, "{data}");
        }
        check("eyJhIjoxfQ==", Ok(br#"{"a":1}"#));
        check("eyJhIjoxfQ", Ok(br#"{"a":1}"#));
        check(r"Pz8\/", Ok(b"???"));
        check("", Ok(b""));
        check("%%%", Err("%%%"));
    }
}
