//! Summarises records: their time, services, count and worst level.

use record::{EventTime, LogRecord, level};
use serde::Serialize;

/// The summary of the records added so far. They are added in time order.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    span: Option<(EventTime, EventTime)>,
    services: Vec<String>,
    record_count: usize,
    worst: Option<i64>,
}

/// The fields of a summary in an answer.
#[derive(Debug, Serialize)]
pub(super) struct SummaryFields<'a> {
    started: String,
    ended: String,
    duration_ms: f64,
    services: &'a [String],
    record_count: usize,
    worst_level: Option<&'static str>,
}

impl Summary {
    /// Adds a record.
    pub(super) fn add(&mut self, record: &LogRecord) {
        let (started, _) = self.span.unwrap_or((record.time(), record.time()));
        self.span = Some((started, record.time()));
        self.record_count += 1;
        self.worst = self.worst.max(record.level_number());
        if let Some(service) = self.new_service(record) {
            self.services.push(service.to_owned());
        }
    }

    /// Returns the time of the first and of the last record.
    pub(super) fn span(&self) -> Option<(EventTime, EventTime)> {
        self.span
    }

    /// Returns the number of records.
    pub(super) fn record_count(&self) -> usize {
        self.record_count
    }

    /// Returns the record's service if no earlier record has it.
    pub(super) fn new_service<'r>(&self, record: &'r LogRecord) -> Option<&'r str> {
        record.service().filter(|service| !self.services.iter().any(|known| known == service))
    }

    /// Returns the fields. `None` without records.
    pub(super) fn fields(&self) -> Option<SummaryFields<'_>> {
        let (started, ended) = self.span?;
        Some(SummaryFields {
            started: started.to_string(),
            ended: ended.to_string(),
            duration_ms: millis(ended.distance(started)),
            services: &self.services,
            record_count: self.record_count,
            worst_level: self.worst.and_then(level::name),
        })
    }
}

/// Returns milliseconds with three decimals.
#[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 microseconds: 285 years")]
pub(super) fn millis(duration: std::time::Duration) -> f64 {
    duration.as_micros() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use bson::doc;
    use insta::assert_snapshot;
    use record::LogRecord;

    use super::Summary;
    use crate::test_records::{record, stored};

    fn json(records: &[LogRecord]) -> String {
        let mut summary = Summary::default();
        for record in records {
            summary.add(record);
        }
        serde_json::to_string(&summary.fields()).unwrap()
    }

    #[test]
    fn records_are_summed_up() {
        let records = [
            record(0, "shop", 20),
            record(1, "stock", 10),
            record(2, "shop", 40),
            stored(87_157, doc! { "levelno": 35_i64 }),
        ];
        assert_snapshot!(json(&records), @r#"{"started":"2026-11-20T08:35:39.000000Z","ended":"2026-11-20T08:35:39.087157Z","duration_ms":87.157,"services":["shop","stock"],"record_count":4,"worst_level":"ERROR"}"#);
        assert_snapshot!(json(&records[..1]), @r#"{"started":"2026-11-20T08:35:39.000000Z","ended":"2026-11-20T08:35:39.000000Z","duration_ms":0.0,"services":["shop"],"record_count":1,"worst_level":"INFO"}"#);
    }

    #[test]
    fn the_worst_level_has_pythons_name() {
        let worst = |level: i64| json(&[record(0, "s", level)]).split_once("worst_level").unwrap().1.to_owned();
        assert_snapshot!(worst(35), @r#"":"WARNING"}"#);
        assert_snapshot!(worst(99), @r#"":"CRITICAL"}"#);
        assert_snapshot!(worst(0), @r#"":null}"#);
        assert_snapshot!(json(&[stored(0, doc! { "levelno": "high" })]), @r#"{"started":"2026-11-20T08:35:39.000000Z","ended":"2026-11-20T08:35:39.000000Z","duration_ms":0.0,"services":[],"record_count":1,"worst_level":null}"#);
    }

    #[test]
    fn nothing_comes_to_nothing() {
        assert_eq!(json(&[]), "null");
    }
}
