//! What is known of whether a transaction is complete.

use std::time::Duration;

use record::{Day, EventTime};
use serde::Serialize;
use store::ShardProgress;

/// `{days: {count, first, last}, quarantined, failed_batches, filed_until: [{stream, shard, arrived, filed_at}],
/// silent_shards, doubts: [code]}`.
///
/// - `days`: the days that were looked at.
/// - `quarantined`: how many payloads of the same streams are quarantined that arrived when the answer's records happened.
/// - `failed_batches`: how many batches in the on-failure bucket may hold records of that time; null if nobody knows.
/// - `filed_until`: the progress of each shard. Records that arrived before `arrived` are in the answer, if there is no
///   doubt. Later records are missing, or there were none.
/// - `silent_shards`: how many shards are left out since they filed nothing for as long as the stream keeps records.
/// - `doubts`: why records may be missing that arrived earlier.
///
/// A tenant is told only the last of these, since the others are about everybody's records: `days`, `quarantined`, `failed_batches`
/// and `silent_shards` are null, `filed_until` is empty.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Completeness {
    days: Option<Days>,
    quarantined: Option<u64>,
    failed_batches: Option<u64>,
    filed_until: Vec<ListedShard>,
    silent_shards: Option<usize>,
    doubts: Vec<Doubt>,
}

#[derive(Clone, Debug, Serialize)]
struct Days {
    count: usize,
    first: Option<String>,
    last: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct ListedShard {
    stream: String,
    shard: String,
    arrived: String,
    filed_at: Option<String>,
}

/// `{days, filed_until}` of an answer without records.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Searched {
    days: Option<Days>,
    filed_until: Vec<ListedShard>,
}

/// Why records may be missing although they arrived before `filed_until`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Doubt {
    /// Several functions work on a shard: an earlier batch may still be in progress.
    ParallelFunctions,
    /// Records are read from servers that may be behind the primary.
    SecondaryReads,
    /// Batches were given up and lie in the on-failure bucket.
    FailedBatches,
    /// Nobody knows whether batches were given up.
    FailedBatchesUnknown,
    /// How far the shards are filed, and what is missing, is not told to a tenant.
    NotForTenants,
}

/// The progress of shards, as it was read before the records.
#[derive(Debug)]
pub(crate) struct Progress {
    /// All shards.
    pub(crate) shards: Vec<ShardProgress>,
    /// Whether records are read from the primary.
    pub(crate) is_from_primary: bool,
    /// When it was read.
    pub(crate) read_at: EventTime,
    /// How long the stream keeps records.
    pub(crate) retention: Duration,
}

impl Progress {
    /// Whether the stream keeps nothing any more that was on the shard when something was filed from it last.
    fn is_silent(&self, shard: &ShardProgress) -> bool {
        let last = shard.filed_at.unwrap_or(shard.arrived);
        let silence = u64::try_from(self.read_at.micros() - last.micros()).map(Duration::from_micros);
        silence.is_ok_and(|silence| silence > self.retention)
    }
}

impl Completeness {
    /// Describes an answer from these days, which are in order. Without progress it is a tenant's.
    pub(crate) fn new(days: &[Day], progress: Option<&Progress>) -> Self {
        let Some(progress) = progress else { return Self::of_tenant() };
        let text = |day: Option<&Day>| day.map(ToString::to_string);
        let days = Days { count: days.len(), first: text(days.first()), last: text(days.last()) };
        let (silent, active): (Vec<_>, Vec<_>) = progress.shards.iter().partition(|shard| progress.is_silent(shard));
        let is_parallel = active.iter().any(|shard| shard.is_parallel);
        let doubts = [
            is_parallel.then_some(Doubt::ParallelFunctions),
            (!progress.is_from_primary).then_some(Doubt::SecondaryReads),
        ];
        Self {
            days: Some(days),
            quarantined: Some(0),
            failed_batches: None,
            filed_until: active.into_iter().map(ListedShard::new).collect(),
            silent_shards: Some(silent.len()),
            doubts: doubts.into_iter().flatten().collect(),
        }
    }

    fn of_tenant() -> Self {
        Self {
            days: None,
            quarantined: None,
            failed_batches: None,
            filed_until: Vec::new(),
            silent_shards: None,
            doubts: vec![Doubt::NotForTenants],
        }
    }

    /// Sets how many payloads are quarantined.
    pub(crate) fn set_quarantined(&mut self, count: u64) {
        self.quarantined = Some(count);
    }

    /// Sets how many batches in the on-failure bucket may hold records; `None` if nobody knows.
    pub(crate) fn set_failed_batches(&mut self, count: Option<u64>) {
        self.failed_batches = count;
        self.doubts.extend(match count {
            None => Some(Doubt::FailedBatchesUnknown),
            Some(0) => None,
            Some(_) => Some(Doubt::FailedBatches),
        });
    }

    /// Returns where was looked.
    pub(super) fn searched(&self) -> Searched {
        Searched { days: self.days.clone(), filed_until: self.filed_until.clone() }
    }

    /// What an answer says beside its records and the progress of shards: a client that has all of this has no news.
    pub(super) fn tag(&self) -> String {
        format!("{:?} {:?} {:?}", self.quarantined, self.failed_batches, self.doubts)
    }
}

impl ListedShard {
    fn new(shard: &ShardProgress) -> Self {
        Self {
            stream: shard.stream.clone(),
            shard: shard.shard.clone(),
            arrived: shard.arrived.to_string(),
            filed_at: shard.filed_at.map(|time| time.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use record::EventTime;
    use store::ShardProgress;

    use super::{Completeness, Progress};

    fn shard(arrived: &str, filed_at: &str, is_parallel: bool) -> ShardProgress {
        let time = EventTime::from_rfc3339;
        ShardProgress {
            stream: "logs".to_owned(),
            shard: "0".to_owned(),
            arrived: time(arrived).unwrap(),
            filed_at: time(filed_at),
            is_parallel,
        }
    }

    fn known(shards: Vec<ShardProgress>, is_from_primary: bool) -> Completeness {
        let read_at = EventTime::from_rfc3339("2026-11-20T12:00:00Z").unwrap();
        let progress = Progress { shards, is_from_primary, read_at, retention: Duration::from_hours(24) };
        Completeness::new(&[], Some(&progress))
    }

    #[test]
    fn a_shard_is_silent_when_nothing_was_filed_from_it_for_the_retention() {
        fn check(arrived: &str, filed_at: &str, expect: [usize; 2]) {
            let known = known(vec![shard(arrived, filed_at, false)], true);
            assert_eq!([known.filed_until.len(), known.silent_shards.unwrap()], expect, "{arrived} {filed_at}");
        }
        check("2026-11-20T11:00:00Z", "2026-11-20T11:00:01Z", [1, 0]);
        check("2026-11-19T12:00:00Z", "2026-11-19T12:00:00Z", [1, 0]);
        check("2026-11-19T11:59:58Z", "2026-11-19T11:59:59Z", [0, 1]);
        // It is behind, not silent.
        check("2026-11-13T12:00:00Z", "2026-11-20T11:59:59Z", [1, 0]);
        // An earlier version did not write when it filed.
        check("2026-11-20T11:00:00Z", "", [1, 0]);
        check("2026-11-18T11:00:00Z", "", [0, 1]);
        // Clocks differ.
        check("2026-11-20T12:00:01Z", "2026-11-20T12:00:02Z", [1, 0]);
    }

    #[test]
    fn doubts_are_said() {
        fn check(is_parallel: bool, is_from_primary: bool, failed_batches: Option<u64>, expect: &str) {
            let shards = vec![shard("2026-11-20T11:00:00Z", "2026-11-20T11:00:00Z", is_parallel)];
            let mut known = known(shards, is_from_primary);
            known.set_failed_batches(failed_batches);
            assert_eq!(serde_json::to_string(&known.doubts).unwrap(), expect);
        }
        check(false, true, Some(0), "[]");
        check(true, true, Some(0), r#"["parallel_functions"]"#);
        check(false, false, Some(2), r#"["secondary_reads","failed_batches"]"#);
        check(true, false, None, r#"["parallel_functions","secondary_reads","failed_batches_unknown"]"#);
    }

    #[test]
    fn a_tenant_is_told_nothing_of_others() {
        let known = Completeness::new(&["2026-11-20".parse().unwrap()], None);
        assert_eq!(
            serde_json::to_string(&known).unwrap(),
            r#"{"days":null,"quarantined":null,"failed_batches":null,"filed_until":[],"silent_shards":null,"doubts":["not_for_tenants"]}"#
        );
    }

    #[test]
    fn a_silent_shard_is_no_doubt() {
        let known = known(vec![shard("2026-11-10T11:00:00Z", "2026-11-10T11:00:00Z", true)], true);
        assert!(known.doubts.is_empty(), "{known:?}");
    }
}
