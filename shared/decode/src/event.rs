//! The Kinesis event as Lambda sends it. Its wire format stays in this file.
//!
//! Shape: <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html>. Strings are borrowed from the event. All
//! payloads are decoded into one buffer.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use base64_simd::STANDARD_NO_PAD;
use record::{EventTime, Value};
use simdutf8::compat::Utf8Error;

use crate::{NotJson, Scanner};

/// How many base64 characters encode three bytes. Padding fills the last group.
const BASE64_GROUP: usize = 4;

/// The Kinesis records of one invocation, in shard order.
#[derive(Debug)]
pub struct KinesisBatch {
    /// The records.
    pub deliveries: Vec<Delivery>,
    payloads: Vec<u8>,
}

/// One Kinesis record.
#[derive(Debug)]
pub struct Delivery {
    /// The stream's name.
    pub stream: Arc<str>,
    /// The shard's id.
    pub shard: Arc<str>,
    /// Its sequence number in the shard. The reply to Lambda names the one from which to deliver again.
    pub sequence_number: String,
    /// When Kinesis received it.
    pub arrived: EventTime,
    payload: Payload,
}

#[derive(Debug)]
enum Payload {
    Decoded(Range<usize>),
    /// The text, which is not base64.
    Undecodable(String),
}

impl KinesisBatch {
    /// Reads an event.
    pub fn from_json(event: &[u8]) -> Result<Self, NotAnEvent> {
        let text = simdutf8::compat::from_utf8(event)?;
        Self::read(text).map_err(|NotJson { at, expected }| {
            let before = text.get(..at).unwrap_or(text);
            let last_line = before.rsplit('\n').next().unwrap_or_default();
            let (line, column) = (1 + before.matches('\n').count(), 1 + last_line.len());
            NotAnEvent::Json { expected, line, column }
        })
    }

    fn read(event: &str) -> Result<Self, NotJson> {
        let mut scanner = Scanner::new(event);
        let (mut deliveries, mut payloads) = (None, Vec::with_capacity(event.len() / 4 * 3));
        scanner.members(|scanner, name| match name {
            "Records" => {
                let deliveries: &mut Vec<Delivery> = deliveries.insert(Vec::new());
                scanner.elements(|scanner| {
                    let delivery = WireRecord::read(scanner)?.into_delivery(deliveries.last(), &mut payloads);
                    deliveries.push(delivery);
                    Ok(())
                })
            }
            _ => scanner.skip(),
        })?;
        let deliveries = deliveries.ok_or_else(|| scanner.not_json("`Records`"))?;
        Ok(Self { deliveries, payloads })
    }

    /// Returns a delivery's payload, or the text that should have been base64.
    pub fn payload<'a>(&'a self, delivery: &'a Delivery) -> Result<&'a [u8], &'a str> {
        match &delivery.payload {
            Payload::Decoded(range) => Ok(self.payloads.get(range.clone()).unwrap_or_default()),
            Payload::Undecodable(text) => Err(text),
        }
    }

    /// Returns the size of all payloads in bytes.
    #[must_use]
    pub fn payload_bytes(&self) -> usize {
        self.payloads.len()
    }
}

/// The bytes are not an event of Kinesis records. Lambda never sends such bytes, so the whole batch is delivered again.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotAnEvent {
    /// The bytes are not UTF-8.
    #[error("the event is not UTF-8")]
    Text(#[from] Utf8Error),
    /// The text is not JSON, or lacks a part of an event.
    #[error("the event is not a list of Kinesis records: {expected} expected at line {line} column {column}")]
    Json {
        /// What was expected.
        expected: &'static str,
        /// The line, from 1.
        line: usize,
        /// The byte in the line, from 1.
        column: usize,
    },
}

/// Decodes base64.
pub(crate) fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    append_base64(text, &mut bytes).map(|()| bytes)
}

/// Appends decoded base64 to `bytes`; appends nothing if the text is not base64. Padding is optional: the length
/// implies it.
fn append_base64(text: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let unpadded = &text[..text.len() - padding];
    if unpadded.len() + padding > unpadded.len().next_multiple_of(BASE64_GROUP) {
        return None;
    }
    STANDARD_NO_PAD.decode_append(unpadded, bytes).ok()
}

/// The needed fields of a record in the event.
struct WireRecord<'e> {
    sequence_number: Cow<'e, str>,
    data: Cow<'e, str>,
    arrived: EventTime,
    /// `shardId-000000000000:4954…`
    event_id: Cow<'e, str>,
    /// `arn:aws:kinesis:eu-west-1:123456789012:stream/name`
    event_source_arn: Cow<'e, str>,
}

impl<'e> WireRecord<'e> {
    fn read(scanner: &mut Scanner<'e>) -> Result<Self, NotJson> {
        let (mut sequence_number, mut data, mut arrived, mut event_id, mut event_source_arn) =
            (None, None, None, None, None);
        scanner.members(|scanner, name| {
            match name {
                "kinesis" => scanner.members(|scanner, name| {
                    match name {
                        "sequenceNumber" => sequence_number = Some(scanner.text()?),
                        "data" => data = Some(scanner.text()?),
                        "approximateArrivalTimestamp" => arrived = Some(arrival(scanner)?),
                        _ => scanner.skip()?,
                    }
                    Ok(())
                })?,
                "eventID" => event_id = Some(scanner.text()?),
                "eventSourceARN" => event_source_arn = Some(scanner.text()?),
                _ => scanner.skip()?,
            }
            Ok(())
        })?;
        let missing = |expected| scanner.not_json(expected);
        Ok(Self {
            sequence_number: sequence_number.ok_or_else(|| missing("`kinesis.sequenceNumber`"))?,
            data: data.ok_or_else(|| missing("`kinesis.data`"))?,
            arrived: arrived.ok_or_else(|| missing("`kinesis.approximateArrivalTimestamp`"))?,
            event_id: event_id.ok_or_else(|| missing("`eventID`"))?,
            event_source_arn: event_source_arn.ok_or_else(|| missing("`eventSourceARN`"))?,
        })
    }

    fn into_delivery(self, last: Option<&Delivery>, payloads: &mut Vec<u8>) -> Delivery {
        let start = payloads.len();
        let payload = match append_base64(self.data.as_bytes(), payloads) {
            Some(()) => Payload::Decoded(start..payloads.len()),
            None => Payload::Undecodable(self.data.into_owned()),
        };
        let stream = self.event_source_arn.rsplit_once('/').map_or(&*self.event_source_arn, |(_, stream)| stream);
        let shard = self.event_id.split_once(':').map_or(&*self.event_id, |(shard, _)| shard);
        Delivery {
            stream: shared_with_previous(last.map(|last| &last.stream), stream),
            shard: shared_with_previous(last.map(|last| &last.shard), shard),
            sequence_number: self.sequence_number.into_owned(),
            arrived: self.arrived,
            payload,
        }
    }
}

/// Returns the text as an `Arc`. Shares the previous record's, which nearly always is equal.
fn shared_with_previous(previous: Option<&Arc<str>>, text: &str) -> Arc<str> {
    previous.filter(|previous| ***previous == *text).map_or_else(|| Arc::from(text), Arc::clone)
}

/// Reads a time in seconds since the epoch, with milliseconds.
fn arrival(scanner: &mut Scanner<'_>) -> Result<EventTime, NotJson> {
    let mut arrived = None;
    let first = scanner.peek();
    scanner.scalar(first, |value| {
        arrived = match value {
            Value::Float(seconds) => EventTime::from_epoch(seconds),
            Value::Integer(seconds) => EventTime::from_epoch_integer(seconds),
            _ => None,
        }
    })?;
    arrived.ok_or_else(|| scanner.not_json("a time of arrival"))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::alphabet::STANDARD;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    use proptest::prelude::*;

    use super::{KinesisBatch, append_base64};

    fn event(data: &str) -> String {
        format!(
            r#"{{"Records": [{{"kinesis": {{"kinesisSchemaVersion": "1.0", "partitionKey": "k", "sequenceNumber": "4954",
            "data": "{data}", "approximateArrivalTimestamp": 1795163738.72}}, "eventSource": "aws:kinesis",
            "eventID": "shardId-000000000003:4954", "eventSourceARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/logs"}}]}}"#
        )
    }

    #[test]
    fn an_event_is_read() {
        let batch = KinesisBatch::from_json(event("eyJhIjoxfQ==").as_bytes()).unwrap();
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
            let batch = KinesisBatch::from_json(event(data).as_bytes()).unwrap();
            assert_eq!(batch.payload(&batch.deliveries[0]), expect, "{data}");
        }
        check("eyJhIjoxfQ==", Ok(br#"{"a":1}"#));
        check("eyJhIjoxfQ", Ok(br#"{"a":1}"#));
        check(r"Pz8\/", Ok(b"???"));
        check("", Ok(b""));
        check("%%%", Err("%%%"));
    }

    #[test]
    fn an_event_is_utf_8() {
        assert_eq!(KinesisBatch::from_json(b"{\xff").unwrap_err().to_string(), "the event is not UTF-8");
    }

    #[test]
    fn the_error_says_where_and_why() {
        fn check(event: &str, expect: &str) {
            let error = KinesisBatch::from_json(event.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, format!("the event is not a list of Kinesis records: {expect}"));
        }
        check("{}", "`Records` expected at line 1 column 3");
        check("{\"Records\": 1}", "`[` expected at line 1 column 13");
        check("{\n\"Records\": [{}]}", "`kinesis.sequenceNumber` expected at line 2 column 15");
        check(&event("").replace("1795163738.72", "null"), "a time of arrival expected at line 2 column 60");
        check("{", "a field's name in quotes expected at line 1 column 2");
    }

    proptest! {
        /// Compared with another decoder, with and without padding.
        #[test]
        fn base64_is_decoded_as_defined(
            text in prop_oneof![
                "[A-Za-z0-9+/]{0,200}={0,3}",
                "[A-Za-z0-9+/=_ -]{0,12}",
                prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| base64::prelude::BASE64_STANDARD.encode(bytes)),
            ],
        ) {
            let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
            let mut bytes = b"before".to_vec();
            let decoded = append_base64(text.as_bytes(), &mut bytes).map(|()| bytes[6..].to_vec());
            prop_assert_eq!(decoded, GeneralPurpose::new(&STANDARD, padding).decode(&text).ok());
            prop_assert!(bytes.starts_with(b"before"));
        }
    }
}
