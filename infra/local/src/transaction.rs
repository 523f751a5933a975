//! A transaction: parsed from the query API's answer, rendered as text.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::error::Error;

/// All records with one uid.
#[derive(Debug, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) log_uid: String,
    duration_ms: f64,
    services: Vec<String>,
    pub(crate) record_count: usize,
    worst_level: Option<String>,
    pub(crate) records: Vec<Record>,
}

/// The fields of a log record that are shown.
#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    time: Timestamp,
    service: Option<String>,
    pub(crate) levelname: Option<String>,
    #[serde(default)]
    pub(crate) message: String,
}

/// Whether levels are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Coloured,
}

impl Transaction {
    pub(crate) fn parse(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map_err(|source| Error::Answer { what: "the query API", source })
    }

    /// Renders a head line, and a line for each record: time, +ms, service, level, message.
    pub(crate) fn render(&self, style: Style) -> String {
        let mut text = format!(
            "transaction {}: {} records, {} services, {:.1} ms, worst level {}\n",
            self.log_uid,
            self.record_count,
            self.services.len(),
            self.duration_ms,
            self.worst_level.as_deref().unwrap_or("unknown"),
        );
        let service_width = self.records.iter().map(|record| record.service().len()).max().unwrap_or(0);
        let level_width = self.records.iter().map(|record| record.level().len()).max().unwrap_or(0);
        let Some(start) = self.records.first().map(|record| record.time) else { return text };
        for record in &self.records {
            let time = record.time.to_zoned(TimeZone::UTC).strftime("%H:%M:%S%.6f");
            let offset_ms = (record.time - start).total(jiff::Unit::Millisecond).unwrap_or_default();
            let (service, level) = (record.service(), record.level());
            let (colour, end) = style.of(level);
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "  {time}  {offset_ms:>+9.1} ms  {service:service_width$}  {colour}{level:level_width$}{end}  {}",
                record.message.lines().next().unwrap_or_default(),
            );
        }
        text
    }
}

impl Record {
    fn service(&self) -> &str {
        self.service.as_deref().unwrap_or("-")
    }

    fn level(&self) -> &str {
        self.levelname.as_deref().unwrap_or("-")
    }
}

impl Style {
    /// Returns the escape sequences before and after a level.
    fn of(self, level: &str) -> (&'static str, &'static str) {
        const END: &str = "\x1b[0m";
        match (self, level) {
            (Self::Coloured, "CRITICAL" | "FATAL" | "ERROR") => ("\x1b[1;31m", END),
            (Self::Coloured, "WARNING" | "WARN") => ("\x1b[33m", END),
            (Self::Coloured, "INFO") => ("\x1b[32m", END),
            (Self::Coloured, "DEBUG" | "TRACE") => ("\x1b[2m", END),
            _ => ("", ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"log_uid": "u-1", "started": "2026-11-20T08:35:39.165953Z",
        "ended": "2026-11-20T08:35:39.201314Z", "duration_ms": 35.361, "services": ["ordering", "shop"],
        "record_count": 2, "worst_level": "ERROR", "records": [
        {"id": "a", "time": "2026-11-20T08:35:39.165953Z", "service": "shop", "levelname": "INFO", "message": "go"},
        {"id": "b", "time": "2026-11-20T08:35:39.201314Z", "service": "ordering", "levelname": "ERROR",
         "message": "failed\nTraceback"}]}"#;

    #[test]
    fn a_line_for_each_record() {
        assert_eq!(
            Transaction::parse(ANSWER).unwrap().render(Style::Plain),
            "transaction u-1: 2 records, 2 services, 35.4 ms, worst level ERROR\n  \
             08:35:39.165953       +0.0 ms  shop      INFO   go\n  \
             08:35:39.201314      +35.4 ms  ordering  ERROR  failed\n"
        );
    }

    #[test]
    fn levels_have_colours_on_a_terminal() {
        let text = Transaction::parse(ANSWER).unwrap().render(Style::Coloured);
        assert!(text.contains("\x1b[1;31mERROR\x1b[0m  failed"), "{text:?}");
    }

    #[test]
    fn a_record_may_lack_everything_but_its_time() {
        let answer = r#"{"log_uid": "u", "duration_ms": 0, "services": [], "record_count": 1,
            "worst_level": null, "records": [{"time": "2026-11-20T08:35:39Z"}]}"#;
        assert_eq!(
            Transaction::parse(answer).unwrap().render(Style::Plain),
            "transaction u: 1 records, 0 services, 0.0 ms, worst level unknown\n  \
             08:35:39.000000       +0.0 ms  -  -  \n"
        );
    }
}
