//! The summary of `logbraid redrive`: what happened to the payloads.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};
use store::InsertCounts;

use super::mode::Mode;
use crate::run_end::RunEnd;

/// The source of the payloads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Origin {
    Quarantine,
    Bucket,
    Files,
}

impl Origin {
    fn name(self) -> &'static str {
        match self {
            Self::Quarantine => "quarantine",
            Self::Bucket => "bucket",
            Self::Files => "files",
        }
    }

    fn looked_at(self) -> Noun {
        match self {
            Self::Quarantine => Noun("payload looked at", "payloads looked at"),
            Self::Bucket => Noun("object looked at", "objects looked at"),
            Self::Files => Noun("batch looked at", "batches looked at"),
        }
    }
}

/// The counts so far.
#[derive(Debug)]
pub(super) struct RedriveSummary {
    origin: Origin,
    mode: Mode,
    /// The payloads, objects or batches that were read.
    pub(super) looked_at: u64,
    /// Those of them that cannot be decoded. They stay.
    pub(super) unreadable: u64,
    /// Those of them with a record that would be lost as a duplicate of another. They stay.
    pub(super) conflicts: u64,
    /// Those of them that were removed from their source.
    pub(super) removed: u64,
    /// Objects whose name is not that of a failed batch.
    pub(super) skipped: u64,
    /// The log records.
    records: InsertCounts,
    /// The payloads, or parts of them, that are not log records, by reason.
    set_aside: BTreeMap<String, u64>,
}

impl RedriveSummary {
    pub(super) fn new(origin: Origin, mode: Mode) -> Self {
        let (records, set_aside) = (InsertCounts::default(), BTreeMap::new());
        Self { origin, mode, looked_at: 0, unreadable: 0, conflicts: 0, removed: 0, skipped: 0, records, set_aside }
    }

    /// Adds log records.
    pub(super) fn add_records(&mut self, records: InsertCounts) {
        self.records = [self.records, records].into_iter().sum();
    }

    /// Adds payloads, or parts of them, that are not log records.
    pub(super) fn add_set_aside(&mut self, reason: &str, count: usize) {
        if count > 0 {
            *self.set_aside.entry(reason.to_owned()).or_default() += count as u64;
        }
    }

    /// Returns whether something could not be filed.
    pub(super) fn has_remaining(&self) -> bool {
        self.unreadable > 0 || self.conflicts > 0 || !self.set_aside.is_empty()
    }

    /// Returns the summary for programs. The names are stable.
    pub(super) fn json<E>(&self, result: &Result<RunEnd, E>) -> Value {
        json!({
            "from": self.origin.name(),
            "dry_run": self.mode == Mode::DryRun,
            "ended": RunEnd::name(result),
            "looked_at": self.looked_at,
            "stored": self.records.stored,
            "duplicates": self.records.duplicates,
            "set_aside": self.set_aside,
            "conflicts": self.conflicts,
            "unreadable": self.unreadable,
            "skipped": self.skipped,
            "removed": self.removed,
        })
    }

    fn lines(&self) -> Vec<(u64, String)> {
        let would = match self.mode {
            Mode::Write => "",
            Mode::DryRun => "would be ",
        };
        let reasons: Vec<String> = self.set_aside.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let set_aside = self.set_aside.values().sum();
        let stored = self.records.stored as u64;
        let duplicates = self.records.duplicates as u64;
        let is_set_aside = match (self.origin, self.mode) {
            (Origin::Quarantine, Mode::Write) => "still set aside",
            (Origin::Quarantine, Mode::DryRun) => "would still be set aside",
            (_, Mode::Write) => "set aside in the quarantine",
            (_, Mode::DryRun) => "would be set aside in the quarantine",
        };
        let mut lines = vec![
            (stored, format!("{} {would}stored", Noun("log record", "log records").of(stored))),
            (duplicates, format!("{} stored already", Noun("log record is", "log records are").of(duplicates))),
        ];
        let mut line_if_any = |count: u64, text: String| {
            if count > 0 {
                lines.push((count, text));
            }
        };
        line_if_any(set_aside, format!("{is_set_aside}: {}", reasons.join(", ")));
        line_if_any(self.conflicts, "stay: a record in them has the id of another stored record".to_owned());
        line_if_any(self.unreadable, "stay: they cannot be read".to_owned());
        line_if_any(self.skipped, "skipped: not the name of a failed batch".to_owned());
        let source = match self.origin {
            Origin::Quarantine => Some("the quarantine"),
            Origin::Bucket => Some("the bucket"),
            Origin::Files => None,
        };
        if let Some(source) = source {
            lines.push((self.removed, format!("{would}removed from {source}")));
        }
        lines
    }
}

/// The summary for people.
impl fmt::Display for RedriveSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = (self.looked_at, self.origin.looked_at().of(self.looked_at).to_owned());
        let lines: Vec<_> = std::iter::once(first).chain(self.lines()).collect();
        let width = lines.iter().map(|(count, _)| count.to_string().len()).max().unwrap_or_default();
        lines.iter().try_for_each(|(count, text)| writeln!(f, "{count:>width$}  {text}"))
    }
}

/// A noun in singular and plural.
struct Noun(&'static str, &'static str);

impl Noun {
    fn of(&self, count: u64) -> &'static str {
        if count == 1 { self.0 } else { self.1 }
    }
}

#[cfg(test)]
mod tests {
    use store::InsertCounts;

    use super::{Origin, RedriveSummary};
    use crate::commands::redrive::mode::Mode;
    use crate::run_end::RunEnd;

    #[test]
    fn outcomes_add_up() {
        let mut summary = RedriveSummary::new(Origin::Quarantine, Mode::Write);
        assert!(!summary.has_remaining());
        summary.looked_at = 12;
        summary.add_records(InsertCounts { stored: 7, duplicates: 1 });
        summary.add_records(InsertCounts { stored: 2, duplicates: 0 });
        assert!(!summary.has_remaining());
        summary.add_set_aside("bad_json", 1);
        summary.add_set_aside("empty", 1);
        summary.add_set_aside("bad_json", 1);
        summary.removed = 9;
        assert!(summary.has_remaining());
        assert_eq!(
            summary.to_string(),
            "12  payloads looked at\n 9  log records stored\n 1  log record is stored already\n \
             3  still set aside: 2 bad_json, 1 empty\n 9  removed from the quarantine\n"
        );
        assert_eq!(
            summary.json(&Ok::<_, ()>(RunEnd::Done)).to_string(),
            r#"{"conflicts":0,"dry_run":false,"duplicates":1,"ended":"done","from":"quarantine","looked_at":12,"#
                .to_owned()
                + r#""removed":9,"set_aside":{"bad_json":2,"empty":1},"skipped":0,"stored":9,"unreadable":0}"#
        );
    }

    #[test]
    fn a_dry_run_shows_what_would_happen() {
        let mut summary = RedriveSummary::new(Origin::Bucket, Mode::DryRun);
        (summary.looked_at, summary.skipped, summary.removed) = (1, 1, 1);
        summary.add_records(InsertCounts { stored: 1, duplicates: 0 });
        summary.add_set_aside("empty", 1);
        assert_eq!(
            summary.to_string(),
            "1  object looked at\n1  log record would be stored\n0  log records are stored already\n\
             1  would be set aside in the quarantine: 1 empty\n1  skipped: not the name of a failed batch\n\
             1  would be removed from the bucket\n"
        );
    }

    #[test]
    fn unreadable_and_conflicting_payloads_remain() {
        for remains in [
            |summary: &mut RedriveSummary| summary.unreadable = 1,
            |summary: &mut RedriveSummary| summary.conflicts = 1,
        ] {
            let mut summary = RedriveSummary::new(Origin::Quarantine, Mode::Write);
            remains(&mut summary);
            assert!(summary.has_remaining());
        }
        let mut skipped = RedriveSummary::new(Origin::Bucket, Mode::Write);
        skipped.skipped = 1;
        assert!(!skipped.has_remaining());
        assert_eq!(skipped.json(&Err(()))["ended"], "failed");
    }
}
