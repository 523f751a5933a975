//! The totals of a transaction, added up over its pages.

use std::fmt::Write as _;

use jiff::Timestamp;
use record::level;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::completeness::{Completeness, Missing};
use super::escape::visible;
use super::other_ids::{Followed, OtherIds};
use super::quantity::count;
use super::style::{FAINT, HEADING, level_style, styled};
use super::time::{date_time, duration, ms_between};

/// One answer to `GET /transactions/{log_uid}`: the fields that are used.
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
    // Not flattened: the records stay as text then.
    #[serde(default)]
    also_known_as: Vec<String>,
    #[serde(default)]
    also_known_as_over: bool,
    followed: Option<Followed>,
    pinned: Option<Pinned>,
}

/// Why and until when a transaction is kept.
#[derive(Clone, Debug, Deserialize)]
struct Pinned {
    reason: String,
    until: Option<Timestamp>,
}

/// The totals of the pages so far.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    span: Option<(Timestamp, Timestamp)>,
    services: Vec<String>,
    records: u64,
    worst: Option<String>,
    missing: Missing,
    other_ids: OtherIds,
    pinned: Option<Pinned>,
}

impl Totals {
    /// Adds a page.
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
        self.pinned.clone_from(&page.pinned);
        self.other_ids.add(&page.also_known_as, page.also_known_as_over, page.followed.as_ref());
        if let Some(completeness) = &page.completeness {
            self.missing.add(completeness);
        }
    }

    /// Returns the start of the transaction.
    pub(crate) fn started(&self) -> Option<Timestamp> {
        self.span.map(|(started, _)| started)
    }

    /// Renders the totals: above the records, or below them if there are several pages.
    pub(crate) fn head(&self, uid: &str) -> String {
        let services = count(self.services.len() as u64, "service");
        let mut line = styled(&format!("transaction {}", visible(uid)), HEADING);
        let _ = write!(line, ": {}, {services}", count(self.records, "record"));
        if let Some((started, ended)) = self.span {
            let _ = write!(line, ", {}", duration(ms_between(started, ended)));
        }
        if let Some(worst) = &self.worst {
            let worst = styled(worst, level_style(level::number(worst)));
            let _ = write!(line, ", worst level {worst}");
        }
        if let Some(started) = self.started() {
            let _ = write!(line, "\n{}", styled(&format!("began {} UTC", date_time(started)), FAINT));
        }
        if let Some(others) = self.other_ids.line() {
            let _ = write!(line, "\n{}", styled(&others, FAINT));
        }
        if let Some(Pinned { reason, until }) = &self.pinned {
            let until = until.map_or_else(String::new, |until| format!(" until {} UTC", date_time(until)));
            let _ = write!(line, "\n{}", styled(&format!("pinned{until}: {}", visible(reason)), FAINT));
        }
        line.push('\n');
        line
    }

    /// Renders what the first page knows of a transaction of several pages.
    pub(crate) fn head_of_first_page(&self, uid: &str) -> String {
        let mut line = styled(&format!("transaction {}", visible(uid)), HEADING);
        let _ = write!(line, ": more than {}", count(self.records, "record"));
        if let Some(started) = self.started() {
            let _ = write!(line, "\n{}", styled(&format!("began {} UTC", date_time(started)), FAINT));
        }
        line.push('\n');
        line
    }

    /// Returns warnings if records may be missing.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let missing = self.span.map(|(_, ended)| self.missing.warnings(ended)).unwrap_or_default();
        missing.into_iter().chain(self.other_ids.warning()).collect()
    }
}
