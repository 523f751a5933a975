//! Levels of many records: how many of each, and the worst.

use std::collections::BTreeMap;

use record::level;
use serde::Serialize;

use crate::render::NO_LEVEL;

/// The highest rank: all higher levels have the same name.
const MAX_RANK: i64 = 50;

/// A level in a byte, so that they compare: the number of a level up to Python's CRITICAL, 0 for none.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Rank(u8);

/// Counts by level.
#[derive(Clone, Debug, Default)]
pub(super) struct LevelCounts {
    counts: BTreeMap<&'static str, u64>,
    worst: Rank,
}

/// `{levels, worst_level}` of an answer.
#[derive(Debug, Serialize)]
pub(super) struct LevelFields<'a> {
    levels: &'a BTreeMap<&'static str, u64>,
    worst_level: Option<&'static str>,
}

impl Rank {
    /// Returns the rank of a level's number.
    pub(super) fn of(number: Option<i64>) -> Self {
        Self(number.unwrap_or_default().clamp(0, MAX_RANK).try_into().unwrap_or_default())
    }

    /// Returns Python's name; `None` for no level.
    pub(super) fn name(self) -> Option<&'static str> {
        level::name(self.0.into())
    }
}

impl LevelCounts {
    /// Counts a record.
    pub(super) fn add(&mut self, rank: Rank) {
        self.worst = self.worst.max(rank);
        *self.counts.entry(rank.name().unwrap_or(NO_LEVEL)).or_default() += 1;
    }

    /// Adds the counts of others.
    pub(super) fn merge(&mut self, other: &Self) {
        self.worst = self.worst.max(other.worst);
        for (name, count) in &other.counts {
            *self.counts.entry(name).or_default() += count;
        }
    }

    /// Returns the number of records.
    pub(super) fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Returns the highest rank.
    pub(super) fn worst(&self) -> Rank {
        self.worst
    }

    /// Returns the fields of an answer.
    pub(super) fn fields(&self) -> LevelFields<'_> {
        LevelFields { levels: &self.counts, worst_level: self.worst.name() }
    }
}

#[cfg(test)]
mod tests {
    use super::Rank;

    #[test]
    fn a_rank_has_the_name_of_its_level() {
        fn check(number: Option<i64>, expect: Option<&str>) {
            assert_eq!(Rank::of(number).name(), expect, "{number:?}");
        }
        check(None, None);
        check(Some(0), None);
        check(Some(i64::MIN), None);
        check(Some(5), Some("TRACE"));
        check(Some(35), Some("WARNING"));
        check(Some(50), Some("CRITICAL"));
        check(Some(i64::MAX), Some("CRITICAL"));
        assert!(Rank::of(None) < Rank::of(Some(10)));
    }
}
