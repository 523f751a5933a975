//! A transaction as a whole: what its parts come to.

use std::fmt::Write as _;

use jiff::Timestamp;
use record::level;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::escape::visible;
use super::span::{count, date_time, duration, ms_between};
use super::style::{FAINT, HEAD, of_level, styled};

/// One answer to `GET /transactions/{log_uid}`; only what is used.
#[derive(Debug, Deserialize)]
pub(crate) struct TransactionPage {
    pub(crate) records: Vec<Box<RawValue>>,
    pub(crate) next: Option<String>,
    #[serde(default)]
    pub(crate) services: Vec<String>,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
    worst_level: Option<String>,
    completeness: Option<Completeness>,
}

/// What the query API knows of what may be missing.
#[derive(Debug, Deserialize)]
struct Completeness {
    #[serde(default)]
    quarantined: u64,
}

/// What the answers so far come to.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    span: Option<(Timestamp, Timestamp)>,
    services: Vec<String>,
    records: u64,
    worst: Option<String>,
    /// The most that an answer told of.
    quarantined: u64,
    answers: u32,
}

impl Totals {
    /// Takes the next answer.
    pub(crate) fn add(&mut self, page: &TransactionPage) {
        if let (Some(started), Some(ended)) = (page.started, page.ended) {
            let (first, last) = self.span.unwrap_or((started, ended));
            self.span = Some((first.min(started), last.max(ended)));
        }
        for service in &page.services {
            if !self.services.contains(service) {
                self.services.push(service.clone());
            }
        }
        self.records += page.records.len() as u64;
        self.worst =
            page.worst_level.clone().into_iter().chain(self.worst.take()).max_by_key(|name| level::number(name));
        // Each answer says it of the time of its own records, and those of two may be the same.
        self.quarantined = self.quarantined.max(page.completeness.as_ref().map_or(0, |known| known.quarantined));
        self.answers += 1;
    }

    /// When the transaction began.
    pub(crate) fn started(&self) -> Option<Timestamp> {
        self.span.map(|(started, _)| started)
    }

    /// The line above all records, or for long transactions a second one below.
    pub(crate) fn head(&self, uid: &str) -> String {
        let services = count(self.services.len() as u64, "service");
        let mut line = styled(&format!("transaction {}", visible(uid)), HEAD);
        let _ = write!(line, ": {}, {services}", count(self.records, "record"));
        if let Some((started, ended)) = self.span {
            let _ = write!(line, ", {}", duration(ms_between(started, ended)));
        }
        if let Some(worst) = &self.worst {
            let worst = styled(worst, of_level(level::number(worst)));
            let _ = write!(line, ", worst level {worst}");
        }
        if let Some(started) = self.started() {
            let _ = write!(line, "\n{}", styled(&format!("began {} UTC", date_time(started)), FAINT));
        }
        line.push('\n');
        line
    }

    /// The line above the records of a transaction that comes in several answers.
    pub(crate) fn head_of_long(&self, uid: &str) -> String {
        let mut line = styled(&format!("transaction {}", visible(uid)), HEAD);
        let _ = write!(line, ": more than {}", count(self.records, "record"));
        if let Some(started) = self.started() {
            let _ = write!(line, "\n{}", styled(&format!("began {} UTC", date_time(started)), FAINT));
        }
        line.push('\n');
        line
    }

    /// What may be missing.
    pub(crate) fn doubt(&self) -> Option<String> {
        let payloads = count(self.quarantined, "payload");
        let or_more = if self.answers > 1 { " or more" } else { "" };
        (self.quarantined > 0).then(|| {
            format!("{payloads}{or_more} of the same streams and time could not be read and are in quarantine: see `logbraid redrive`")
        })
    }
}
