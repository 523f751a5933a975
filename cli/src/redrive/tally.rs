//! What became of everything, counted: for a person and for a program.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};
use store::InsertCounts;

use super::session::{Ended, Mode};
use crate::error::Error;

/// Where things are brought back from.
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

/// What became of everything.
#[derive(Debug)]
pub(super) struct Tally {
    origin: Origin,
    mode: Mode,
    /// Payloads, objects or batches looked at.
    pub(super) seen: u64,
    /// Of those, the ones that cannot be read; they stay.
    pub(super) unreadable: u64,
    /// Of those, the ones that would be lost as duplicates of other records; they stay.
    pub(super) conflicts: u64,
    /// Of those, the ones that are gone from where they were.
    pub(super) removed: u64,
    /// Objects that are none of ours.
    pub(super) skipped: u64,
    /// Log records.
    records: InsertCounts,
    /// Payloads, or parts of them, that are no log records, by reason.
    set_aside: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn new(origin: Origin, mode: Mode) -> Self {
        let (records, set_aside) = (InsertCounts::default(), BTreeMap::new());
        Self { origin, mode, seen: 0, unreadable: 0, conflicts: 0, removed: 0, skipped: 0, records, set_aside }
    }

    /// Log records are filed.
    pub(super) fn filed(&mut self, records: InsertCounts) {
        self.records = [self.records, records].into_iter().sum();
    }

    /// Payloads, or parts of them, are no log records.
    pub(super) fn still_set_aside(&mut self, reason: &str, count: usize) {
        *self.set_aside.entry(reason.to_owned()).or_default() += count as u64;
    }

    /// Whether something could not be brought back.
    pub(super) fn remains(&self) -> bool {
        self.unreadable > 0 || self.conflicts > 0 || !self.set_aside.is_empty()
    }

    /// For programs. The names stay.
    pub(super) fn json(&self, ended: &Result<Ended, Error>) -> Value {
        json!({
            "from": self.origin.name(),
            "dry_run": self.mode == Mode::DryRun,
            "ended": match ended {
                Ok(Ended::AllDone) => "done",
                Ok(Ended::Interrupted) => "interrupted",
                Err(_) => "failed",
            },
            "looked_at": self.seen,
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
        line_if_any(self.conflicts, "stay: a record in them has the id of another one that is stored".to_owned());
        line_if_any(self.unreadable, "stay: they cannot be read".to_owned());
        line_if_any(self.skipped, "skipped: not the name of a failed batch".to_owned());
        let place = match self.origin {
            Origin::Quarantine => Some("the quarantine"),
            Origin::Bucket => Some("the bucket"),
            Origin::Files => None,
        };
        if let Some(place) = place {
            lines.push((self.removed, format!("{would}removed from {place}")));
        }
        lines
    }
}

/// For people.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = (self.seen, self.origin.looked_at().of(self.seen).to_owned());
        let lines: Vec<_> = std::iter::once(first).chain(self.lines()).collect();
        let width = lines.iter().map(|(count, _)| count.to_string().len()).max().unwrap_or_default();
        lines.iter().try_for_each(|(count, text)| writeln!(f, "{count:>width$}  {text}"))
    }
}

/// One, and several.
struct Noun(&'static str, &'static str);

impl Noun {
    fn of(&self, count: u64) -> &'static str {
        if count == 1 { self.0 } else { self.1 }
    }
}

#[cfg(test)]
mod tests {
    use store::InsertCounts;

    use super::{Origin, Tally};
    use crate::error::Error;
    use crate::redrive::session::{Ended, Mode};

    #[test]
    fn outcomes_add_up() {
        let mut tally = Tally::new(Origin::Quarantine, Mode::Write);
        assert!(!tally.remains());
        tally.seen = 12;
        tally.filed(InsertCounts { stored: 7, duplicates: 1 });
        tally.filed(InsertCounts { stored: 2, duplicates: 0 });
        assert!(!tally.remains());
        tally.still_set_aside("bad_json", 1);
        tally.still_set_aside("empty", 1);
        tally.still_set_aside("bad_json", 1);
        tally.removed = 9;
        assert!(tally.remains());
        assert_eq!(
            tally.to_string(),
            "12  payloads looked at\n 9  log records stored\n 1  log record is stored already\n \
             3  still set aside: 2 bad_json, 1 empty\n 9  removed from the quarantine\n"
        );
        assert_eq!(
            tally.json(&Ok(Ended::AllDone)).to_string(),
            r#"{"conflicts":0,"dry_run":false,"duplicates":1,"ended":"done","from":"quarantine","looked_at":12,"#
                .to_owned()
                + r#""removed":9,"set_aside":{"bad_json":2,"empty":1},"skipped":0,"stored":9,"unreadable":0}"#
        );
    }

    #[test]
    fn a_dry_run_says_what_would_be() {
        let mut tally = Tally::new(Origin::Bucket, Mode::DryRun);
        (tally.seen, tally.skipped, tally.removed) = (1, 1, 1);
        tally.filed(InsertCounts { stored: 1, duplicates: 0 });
        tally.still_set_aside("empty", 1);
        assert_eq!(
            tally.to_string(),
            "1  object looked at\n1  log record would be stored\n0  log records are stored already\n\
             1  would be set aside in the quarantine: 1 empty\n1  skipped: not the name of a failed batch\n\
             1  would be removed from the bucket\n"
        );
    }

    #[test]
    fn what_cannot_be_read_or_would_be_lost_remains() {
        for remains in [|tally: &mut Tally| tally.unreadable = 1, |tally: &mut Tally| tally.conflicts = 1] {
            let mut tally = Tally::new(Origin::Quarantine, Mode::Write);
            remains(&mut tally);
            assert!(tally.remains());
        }
        let mut skipped = Tally::new(Origin::Bucket, Mode::Write);
        skipped.skipped = 1;
        assert!(!skipped.remains());
        assert_eq!(skipped.json(&Err(Error::Region))["ended"], "failed");
    }
}
