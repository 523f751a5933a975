//! What the event source mapping writes to S3 of a batch that it gives up.
//!
//! Shape: <https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html>. The `payload` is the whole
//! event as text; it is taken as JSON too.

use std::borrow::Cow;
use std::io::Read;

use decode::{KinesisBatch, NotAnEvent};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// The file name that AWS gives ends with a UUID.
const UUID_CHARS: usize = 36;

/// Why an object or file cannot be filed. Never holds anything of it.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Unreadable {
    /// It is not what AWS writes.
    #[error("no record of a failed invocation (line {line}, column {column})")]
    NotARecord { line: usize, column: usize },
    /// It is of something else than a Kinesis batch.
    #[error("not of a Kinesis batch: it has no KinesisBatchInfo")]
    NotKinesis,
    /// The records are not in it.
    #[error("it has no payload: only what AWS writes to S3 has the records in it")]
    NoPayload,
    /// The records in it are no event.
    #[error("in its payload, {0}")]
    NotAnEvent(NotAnEvent),
    /// It is not read at all.
    #[error("it is larger than {limit} bytes, which nothing is that AWS writes here")]
    TooLarge { limit: u64 },
}

/// An invocation record, as far as it matters here.
#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "KinesisBatchInfo")]
    kinesis_batch_info: Option<IgnoredAny>,
    payload: Option<Box<RawValue>>,
}

/// The batches in what `reader` gives: one record of a failed invocation, or several one after the other.
pub(super) fn batches(reader: impl Read) -> impl Iterator<Item = Result<KinesisBatch, Unreadable>> {
    let mut records = serde_json::Deserializer::from_reader(reader).into_iter::<Wire>();
    let mut is_broken = false;
    std::iter::from_fn(move || {
        // What follows broken JSON cannot be told.
        let record = if is_broken { None } else { records.next() }?;
        is_broken = record.is_err();
        Some(record.map_err(|error| not_a_record(&error)).and_then(|record| batch(&record)))
    })
}

fn batch(record: &Wire) -> Result<KinesisBatch, Unreadable> {
    if record.kinesis_batch_info.is_none() {
        return Err(Unreadable::NotKinesis);
    }
    let payload = record.payload.as_deref().map(RawValue::get).filter(|payload| *payload != "null");
    let payload = payload.ok_or(Unreadable::NoPayload)?;
    let event: Cow<'_, str> = if payload.starts_with('"') {
        serde_json::from_str(payload).map_err(|error| not_a_record(&error))?
    } else {
        Cow::Borrowed(payload)
    };
    KinesisBatch::from_json(event.as_bytes()).map_err(Unreadable::NotAnEvent)
}

/// What the parser says may quote what it found; where it found it is enough.
fn not_a_record(error: &serde_json::Error) -> Unreadable {
    Unreadable::NotARecord { line: error.line(), column: error.column() }
}

/// Whether a key is one that AWS gives to a failed batch:
/// `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>`, wherever that was copied to.
pub(super) fn is_key(key: &str) -> bool {
    let mut parts = key.rsplit('/');
    let mut part = || parts.next().unwrap_or_default();
    let (name, day, month, year, shard, mapping) = (part(), part(), part(), part(), part(), part());
    let place = (part(), part());
    place == ("lambda", "aws")
        && is_uuid(mapping)
        && shard.starts_with("shardId-")
        && name.strip_prefix(&format!("{year}-{month}-{day}T")).is_some_and(is_time_and_uuid)
}

/// `HH.MM.SS-<uuid>`
fn is_time_and_uuid(text: &str) -> bool {
    text.split_once('-').is_some_and(|(time, uuid)| is_like(time, "00.00.00") && is_uuid(uuid))
}

fn is_uuid(text: &str) -> bool {
    let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == UUID_CHARS
        && text.bytes().enumerate().all(|(at, byte)| if is_dash(at) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// Whether a text has digits where the pattern has them, and is the pattern elsewhere.
fn is_like(text: &str, pattern: &str) -> bool {
    let fits = |(byte, like): (u8, u8)| if like.is_ascii_digit() { byte.is_ascii_digit() } else { byte == like };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, batches, is_key};

    /// As AWS writes it, with the event as text.
    const AS_TEXT: &str = include_str!("../../tests/fixtures/on_failure.json");

    fn shapes(text: &str) -> Vec<Result<usize, String>> {
        let shape = |batch: Result<decode::KinesisBatch, Unreadable>| {
            batch.map(|batch| batch.deliveries.len()).map_err(|error| error.to_string())
        };
        batches(text.as_bytes()).map(shape).collect()
    }

    #[test]
    fn what_aws_writes_is_read() {
        let batch = batches(AS_TEXT.as_bytes()).next().unwrap().unwrap();
        let [first, second] = batch.deliveries.as_slice() else { panic!("two: {batch:?}") };
        assert_eq!((&*first.stream, &*first.shard), ("mystream", "shardId-000000000001"));
        assert_eq!(first.sequence_number, "49601189658422359378836298521827638475320189012309704722");
        assert_eq!(second.arrived.to_string(), "2026-11-20T00:38:05.580000Z");
        assert_eq!(batch.payload(first), Ok(br#"{"message":"first"}"#.as_slice()));
    }

    #[test]
    fn the_event_may_be_json_and_records_may_follow_each_other() {
        let mut record: serde_json::Value = serde_json::from_str(AS_TEXT).unwrap();
        let event: serde_json::Value = serde_json::from_str(record["payload"].as_str().unwrap()).unwrap();
        record["payload"] = event;
        assert_eq!(shapes(&record.to_string()), [Ok(2)]);
        assert_eq!(shapes(&format!("{AS_TEXT}\n{record}{AS_TEXT}")), [Ok(2), Ok(2), Ok(2)]);
        assert_eq!(shapes(""), []);
    }

    #[test]
    fn what_is_none_is_refused_without_quoting_it() {
        fn check(text: &str, expect: &str) {
            assert_eq!(shapes(text), [Err(expect.to_owned())], "{text}");
        }
        check("secret", "no record of a failed invocation (line 1, column 1)");
        check(r#"["secret"]"#, "no record of a failed invocation (line 1, column 10)");
        check("{}", "not of a Kinesis batch: it has no KinesisBatchInfo");
        check(r#"{"DDBStreamBatchInfo": {}, "payload": "{}"}"#, "not of a Kinesis batch: it has no KinesisBatchInfo");
        check(r#"{"KinesisBatchInfo": {}}"#, "it has no payload: only what AWS writes to S3 has the records in it");
        check(
            r#"{"KinesisBatchInfo": {}, "payload": null}"#,
            "it has no payload: only what AWS writes to S3 has the records in it",
        );
        check(
            r#"{"KinesisBatchInfo": {}, "payload": "secret"}"#,
            "in its payload, the event is none of Kinesis records: `{` expected at line 1 column 1",
        );
        check(
            r#"{"KinesisBatchInfo": {}, "payload": {"Records": "secret"}}"#,
            "in its payload, the event is none of Kinesis records: `[` expected at line 1 column 13",
        );
    }

    #[test]
    fn what_follows_broken_json_is_not_guessed() {
        let shapes = shapes(&format!("{AS_TEXT} {{\"a\": }} {AS_TEXT}"));
        assert_eq!(shapes.len(), 2);
        assert!(shapes[0].is_ok() && shapes[1].is_err(), "{shapes:?}");
    }

    #[test]
    fn keys_are_recognised() {
        fn check(key: &str, expect: bool) {
            assert_eq!(is_key(key), expect, "{key}");
        }
        let uuid = "5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10";
        let shard = "shardId-000000000000";
        let name = format!("2026-11-20T08.35.39-{uuid}");
        check(&format!("aws/lambda/{uuid}/{shard}/2026/11/20/{name}"), true);
        check(&format!("copied/to/aws/lambda/{uuid}/{shard}/2026/11/20/{name}"), true);
        check(&format!("aws/lambda/async/query/2026/11/20/{name}"), false);
        check(&format!("aws/lambda/{uuid}/{shard}/2026/11/21/{name}"), false);
        check(&format!("aws/lambda/{uuid}/{shard}/2026/11/20/{name}.json"), false);
        check(&format!("aws/lambda/{uuid}/orders/2026/11/20/{name}"), false);
        check(&format!("{uuid}/{shard}/2026/11/20/{name}"), false);
        check("aws/lambda/readme.txt", false);
        check("", false);
    }
}
