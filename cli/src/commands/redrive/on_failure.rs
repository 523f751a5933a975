//! Records of failed invocations: what the event source mapping writes to S3 when it gives up a batch.
//!
//! Format: <https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html>. `payload` is the whole event
//! as a JSON string. A JSON object is accepted, too.

use std::borrow::Cow;
use std::io::Read;

use decode::{KinesisBatch, NotAnEvent};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// The largest record of a failed invocation that is read. The event in it has 6 MB at most.
pub(super) const MAX_RECORD_BYTES: u64 = 64 * 1024 * 1024;

/// Why an object or a file cannot be read. Never quotes its content.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Unreadable {
    /// It has another format.
    #[error("not a record of a failed invocation (line {line}, column {column})")]
    NotARecord { line: usize, column: usize },
    /// The invocation had no Kinesis batch.
    #[error("not of a Kinesis batch: it has no KinesisBatchInfo")]
    NotKinesis,
    /// It does not contain the Kinesis records.
    #[error("it has no payload: only what AWS writes to S3 contains the Kinesis records")]
    NoPayload,
    /// Its payload is not an event of Kinesis records.
    #[error("in its payload, {0}")]
    NotAnEvent(NotAnEvent),
    /// It is too large to be read.
    #[error("it is larger than {limit} bytes; AWS writes no such objects here")]
    TooLarge { limit: u64 },
}

/// The fields of an invocation record that are used here.
#[derive(Deserialize)]
struct InvocationRecord {
    #[serde(rename = "KinesisBatchInfo")]
    kinesis_batch_info: Option<IgnoredAny>,
    payload: Option<Box<RawValue>>,
}

/// Reads the batches of one record of a failed invocation, or of several in a row.
pub(super) fn batches(reader: impl Read) -> impl Iterator<Item = Result<KinesisBatch, Unreadable>> {
    let mut records = serde_json::Deserializer::from_reader(reader).into_iter::<InvocationRecord>();
    let mut is_broken = false;
    std::iter::from_fn(move || {
        // The end of broken JSON is unknown, so nothing after it can be read.
        let record = if is_broken { None } else { records.next() }?;
        is_broken = record.is_err();
        Some(record.map_err(|error| not_a_record(&error)).and_then(|record| batch(&record)))
    })
}

fn batch(record: &InvocationRecord) -> Result<KinesisBatch, Unreadable> {
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

/// Keeps the place of the error only: the parser's text may quote the content.
fn not_a_record(error: &serde_json::Error) -> Unreadable {
    Unreadable::NotARecord { line: error.line(), column: error.column() }
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, batches};

    /// As AWS writes it, with the event as text.
    const AS_TEXT: &str = include_str!("../../../tests/fixtures/on_failure.json");

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
    fn other_content_is_refused_without_being_quoted() {
        fn check(text: &str, expect: &str) {
            assert_eq!(shapes(text), [Err(expect.to_owned())], "{text}");
        }
        check("secret", "not a record of a failed invocation (line 1, column 1)");
        check(r#"["secret"]"#, "not a record of a failed invocation (line 1, column 10)");
        check("{}", "not of a Kinesis batch: it has no KinesisBatchInfo");
        check(r#"{"DDBStreamBatchInfo": {}, "payload": "{}"}"#, "not of a Kinesis batch: it has no KinesisBatchInfo");
        check(
            r#"{"KinesisBatchInfo": {}}"#,
            "it has no payload: only what AWS writes to S3 contains the Kinesis records",
        );
        check(
            r#"{"KinesisBatchInfo": {}, "payload": null}"#,
            "it has no payload: only what AWS writes to S3 contains the Kinesis records",
        );
        check(
            r#"{"KinesisBatchInfo": {}, "payload": "secret"}"#,
            "in its payload, the event is not a list of Kinesis records: `{` expected at line 1 column 1",
        );
        check(
            r#"{"KinesisBatchInfo": {}, "payload": {"Records": "secret"}}"#,
            "in its payload, the event is not a list of Kinesis records: `[` expected at line 1 column 13",
        );
    }

    #[test]
    fn nothing_is_read_after_broken_json() {
        let shapes = shapes(&format!("{AS_TEXT} {{\"a\": }} {AS_TEXT}"));
        assert_eq!(shapes.len(), 2);
        assert!(shapes[0].is_ok() && shapes[1].is_err(), "{shapes:?}");
    }
}
