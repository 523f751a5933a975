//! The kinds of searches that are timed, by sketches, by a scan and by `ClickHouse`.

use crate::records::PER_TRANSACTION;

/// Timed searches of each kind by sketches, after one that warms up.
pub(super) const ASKED: usize = 15;
/// Words that half of the records have next to each other.
const COMMON: &str = "order+for";
/// How many records of the common words are asked for.
pub(super) const PAGE: usize = 100;

/// A kind of search.
pub(super) struct Kind<'a> {
    /// The row of the sketches, that of the scan, and that of `ClickHouse`.
    pub(super) names: [&'static str; 3],
    /// What to search, in turns, and how many records there are.
    pub(super) texts: &'a [&'a str],
    pub(super) found: usize,
}

/// Returns all kinds: for a value that a transaction has, for one that no record has, and for words that many have.
pub(super) fn all<'a>(uids: &'a [&'a str]) -> [Kind<'a>; 3] {
    [
        Kind { names: ["search-value", "scan-value", "clickhouse-value"], texts: uids, found: PER_TRANSACTION },
        Kind {
            names: ["search-nowhere", "scan-nowhere", "clickhouse-nowhere"],
            texts: &["nowhere", "VND-007000", "neverland"],
            found: 0,
        },
        Kind { names: ["search-common", "scan-common", "clickhouse-common"], texts: &[COMMON], found: PAGE },
    ]
}
