//! Metrics of an invocation: one log line, from which CloudWatch makes metrics.
//!
//! The embedded metric format: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
//! The numbers that `_aws` names become metrics. All fields can be searched. The line never holds parts of a payload.

use std::collections::BTreeMap;
use std::time::Duration;

use record::{DecodedBatch, REFUSED_BY_MONGODB};
use serde_json::{Map, Value, json};
use store::InsertCounts;

/// The namespace of the metrics.
const NAMESPACE: &str = "logbraid";
/// The only dimension. Each additional one would multiply the cost of the metrics.
const DIMENSION: &str = "stream";

/// The metrics of an invocation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Metrics {
    /// The stream's name.
    pub(crate) stream: String,
    /// The number of Kinesis records in the batch.
    pub(crate) deliveries: usize,
    /// The size of their payloads.
    pub(crate) bytes: usize,
    /// How many log records are new, and how many were stored before.
    pub(crate) records: InsertCounts,
    /// How many new log records have the `record_id` of a different stored one.
    pub(crate) conflicting: usize,
    /// How many payloads, items of payloads and refused records were quarantined, by reason.
    pub(crate) quarantined: BTreeMap<&'static str, usize>,
    /// How many messages were ignored on purpose: they hold no log records and are not meant to.
    pub(crate) ignored: usize,
    /// How many values of the log records were masked.
    pub(crate) redacted: u64,
    /// How many Kinesis records will be delivered again.
    pub(crate) to_be_delivered_again: usize,
    /// The time since Kinesis received the first record of the batch.
    pub(crate) iterator_age: Duration,
    /// The time that decoding took.
    pub(crate) decode: Duration,
    /// The rest of the invocation's time: storing goes on while the next part is decoded.
    pub(crate) write: Duration,
}

impl Metrics {
    /// Adds a decoded part of the batch, and the time that decoding took.
    pub(crate) fn add(&mut self, part: &DecodedBatch, decode: Duration) {
        for (reason, count) in &part.reasons {
            *self.quarantined.entry(reason).or_default() += count;
        }
        self.ignored += part.ignored;
        self.redacted += part.redacted;
        self.decode += decode;
    }

    /// Adds log records that MongoDB refused and that are in the quarantine.
    pub(crate) fn add_refused(&mut self, count: usize) {
        if count > 0 {
            *self.quarantined.entry(REFUSED_BY_MONGODB).or_default() += count;
        }
    }

    /// Returns the log line for a time in milliseconds since the epoch.
    pub(crate) fn line(&self, now_ms: u64) -> Value {
        let mut metrics = EmbeddedMetrics::default();
        metrics.count("Deliveries", self.deliveries);
        metrics.add("Bytes", "Bytes", json!(self.bytes));
        metrics.count("Stored", self.records.stored);
        metrics.count("Duplicates", self.records.duplicates);
        metrics.count("ConflictingRecordIds", self.conflicting);
        metrics.count("Quarantined", self.quarantined.values().sum());
        for (reason, count) in &self.quarantined {
            metrics.count(&format!("Quarantined.{reason}"), *count);
        }
        metrics.count("Ignored", self.ignored);
        metrics.add("Redacted", "Count", json!(self.redacted));
        metrics.count("ToBeDeliveredAgain", self.to_be_delivered_again);
        metrics.duration("IteratorAge", self.iterator_age);
        metrics.duration("DecodeTime", self.decode);
        metrics.duration("WriteTime", self.write);
        metrics.line(&self.stream, now_ms)
    }
}

#[derive(Default)]
struct EmbeddedMetrics {
    names_and_units: Vec<Value>,
    values: Map<String, Value>,
}

impl EmbeddedMetrics {
    fn add(&mut self, name: &str, unit: &str, value: Value) {
        self.names_and_units.push(json!({ "Name": name, "Unit": unit }));
        self.values.insert(name.to_owned(), value);
    }

    fn count(&mut self, name: &str, value: usize) {
        self.add(name, "Count", json!(value));
    }

    /// Adds a time in milliseconds with three decimals, since a batch is often decoded in less than a millisecond.
    fn duration(&mut self, name: &str, value: Duration) {
        self.add(name, "Milliseconds", json!((value.as_secs_f64() * 1e6).round() / 1e3));
    }

    fn line(self, stream: &str, now_ms: u64) -> Value {
        let directive = json!({
            "Namespace": NAMESPACE,
            "Dimensions": [[DIMENSION]],
            "Metrics": self.names_and_units,
        });
        let mut line = json!({
            "level": "INFO",
            "message": "batch filed",
            DIMENSION: stream,
            "_aws": { "Timestamp": now_ms, "CloudWatchMetrics": [directive] },
        });
        if let Some(fields) = line.as_object_mut() {
            fields.extend(self.values);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use store::InsertCounts;

    use super::Metrics;

    #[test]
    fn the_line_names_every_metric_and_has_its_value() {
        let summary = Metrics {
            stream: "logs".to_owned(),
            deliveries: 7,
            bytes: 7_000,
            records: InsertCounts { stored: 4, duplicates: 1 },
            conflicting: 1,
            quarantined: [("bad_json", 1), ("empty", 1)].into(),
            ignored: 4,
            redacted: 2,
            to_be_delivered_again: 0,
            iterator_age: Duration::from_millis(250),
            decode: Duration::from_micros(21),
            write: Duration::from_micros(1_500),
        };
        let line = summary.line(1_795_163_740_000);
        let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        assert!(metrics.iter().all(|metric| line[metric["Name"].as_str().unwrap()].is_number()));
        insta::assert_json_snapshot!(line);
    }
}
