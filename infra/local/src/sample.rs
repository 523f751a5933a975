//! The sample: the log records of a shop's three services while they handled three orders.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::json;

use crate::error::Error;

/// Records captured from services that use Python's logging with a Kinesis handler.
const ORDER: &str = include_str!("../sample/order.jsonl");

/// The uid of the order that fails once and then succeeds.
pub(crate) const UID: &str = "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f";
/// The number of records of that order.
pub(crate) const RECORDS: usize = 9;

/// The records, ready for the stream.
#[derive(Debug)]
pub(crate) struct Sample {
    payloads: Vec<Payload>,
}

#[derive(Debug, PartialEq, Eq)]
struct Payload {
    data: String,
    partition_key: String,
}

/// The fields of a captured record that are read here. The handler sends times as text.
#[derive(Deserialize)]
struct Captured {
    created: String,
    pk: String,
}

impl Sample {
    /// Returns the sample with its times moved, as if it had just happened.
    pub(crate) fn ending_at(now: SystemTime) -> Result<Self, Error> {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        moved(ORDER, now).map(|payloads| Self { payloads })
    }

    pub(crate) fn len(&self) -> usize {
        self.payloads.len()
    }

    /// Returns the input for `aws kinesis put-records --cli-input-json`.
    pub(crate) fn put_records_input(&self, stream: &str) -> String {
        let records: Vec<_> = self
            .payloads
            .iter()
            .map(|payload| json!({ "Data": payload.data, "PartitionKey": payload.partition_key }))
            .collect();
        json!({ "StreamName": stream, "Records": records }).to_string()
    }
}

/// Moves all times by the same number of whole seconds, so that the last one lies within the second before `now`.
///
/// Only the digits before the point change, so the distances stay as captured.
fn moved(captured: &str, now: Duration) -> Result<Vec<Payload>, Error> {
    let mut lines = Vec::new();
    for (index, line) in captured.lines().enumerate() {
        let wrong = |problem| Error::Sample { line: index + 1, problem };
        let fields: Captured = serde_json::from_str(line).map_err(|_| wrong("no created and pk"))?;
        let (seconds, fraction) = fields.created.split_once('.').ok_or(wrong("created is no decimal number"))?;
        let seconds: u64 = seconds.parse().map_err(|_| wrong("created is no time"))?;
        let fraction = fraction.to_owned();
        lines.push((line, fields, seconds, fraction));
    }
    let last = lines.iter().map(|(_, _, seconds, _)| *seconds).max().unwrap_or_default();
    let end = now.as_secs().saturating_sub(1);
    Ok(lines
        .into_iter()
        .map(|(line, fields, seconds, fraction)| {
            let created = format!("{}.{fraction}", end.saturating_sub(last - seconds));
            Payload {
                data: line.replacen(&format!("\"{}\"", fields.created), &format!("\"{created}\""), 1),
                partition_key: fields.pk,
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_move_and_nothing_else_does() {
        let captured = concat!(
            r#"{"created": "100.0000001", "pk": "a", "msecs": "0.0"}"#,
            "\n",
            r#"{"msg": "x", "created": "103.25", "pk": "b"}"#,
        );
        let moved = moved(captured, Duration::from_millis(1_000_500)).unwrap();
        let expected = [
            (r#"{"created": "996.0000001", "pk": "a", "msecs": "0.0"}"#, "a"),
            (r#"{"msg": "x", "created": "999.25", "pk": "b"}"#, "b"),
        ];
        let expected = expected.map(|(data, key)| Payload { data: data.to_owned(), partition_key: key.to_owned() });
        assert_eq!(moved, expected);
    }

    #[test]
    fn a_line_that_cannot_be_moved_is_named() {
        let error = moved("{\"created\": \"1.0\", \"pk\": \"a\"}\n{}", Duration::ZERO).unwrap_err();
        assert_eq!(error.to_string(), "infra/local/sample/order.jsonl, line 2: no created and pk");
    }

    #[test]
    fn the_sample_is_what_it_is_said_to_be() {
        let sample = Sample::ending_at(SystemTime::now()).unwrap();
        assert_eq!(sample.len(), 27);
        let of_the_order = format!("\"log_uid\": \"{UID}\"");
        let records = sample.payloads.iter().filter(|payload| payload.data.contains(&of_the_order));
        assert_eq!(records.count(), RECORDS);
        let input: serde_json::Value = serde_json::from_str(&sample.put_records_input("s")).unwrap();
        assert_eq!(input["Records"].as_array().unwrap().len(), 27);
    }
}
