//! What is known of whether a transaction is complete.

use record::Day;
use serde::Serialize;
use store::FiledUntil;

/// `{days: {count, first, last}, quarantined, filed_until: [{stream, shard, arrived}]}`.
///
/// - `days`: those that were looked at.
/// - `quarantined`: how many payloads of the same streams are set aside that arrived when the answer's records happened.
/// - `filed_until`: until when each shard is filed. What arrives later may not be in the answer.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Completeness {
    days: Days,
    quarantined: u64,
    filed_until: Vec<Filed>,
}

#[derive(Clone, Debug, Serialize)]
struct Days {
    count: usize,
    first: Option<String>,
    last: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Filed {
    stream: String,
    shard: String,
    arrived: String,
}

impl Completeness {
    /// After looking at these days, which are in order.
    pub(crate) fn new(days: &[Day], filed_until: Vec<FiledUntil>) -> Self {
        let text = |day: Option<&Day>| day.map(ToString::to_string);
        let days = Days { count: days.len(), first: text(days.first()), last: text(days.last()) };
        let shard = |FiledUntil { stream, shard, arrived }| Filed { stream, shard, arrived: format!("{arrived}") };
        Self { days, quarantined: 0, filed_until: filed_until.into_iter().map(shard).collect() }
    }

    /// How many payloads are set aside.
    pub(super) fn quarantined(&self) -> u64 {
        self.quarantined
    }

    /// Says how many payloads are set aside.
    pub(super) fn set_quarantined(&mut self, count: u64) {
        self.quarantined = count;
    }
}
