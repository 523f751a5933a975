//! What may be missing from a transaction, as warnings.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::quantity::count;
use super::time::date_time;

/// A shard was behind if it filed a record so much later than the record arrived.
const BEHIND: SignedDuration = SignedDuration::from_mins(1);
/// The reasons for doubt that have a warning of their own. `failed_batches` is told with its count.
const DOUBTS: [(&str, &str); 2] = [
    ("parallel_functions", "several functions file a shard at the same time: an earlier batch may hold more records"),
    ("secondary_reads", "records were read from a MongoDB server that may be behind the primary"),
];

/// What the query API knows of missing records.
#[derive(Debug, Deserialize)]
pub(super) struct Completeness {
    /// `None` where a tenant asks.
    #[serde(default)]
    quarantined: Option<u64>,
    #[serde(default)]
    failed_batches: Option<u64>,
    #[serde(default)]
    filed_until: Vec<Shard>,
    #[serde(default)]
    doubts: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Shard {
    arrived: Timestamp,
    #[serde(default)]
    filed_at: Option<Timestamp>,
}

/// What the pages so far say of missing records.
#[derive(Debug, Default)]
pub(super) struct Missing {
    /// The highest count of any page. Two pages can count the same payloads, so no sum is possible.
    quarantined: u64,
    /// The same of batches.
    failed_batches: u64,
    doubts: BTreeSet<String>,
    /// Up to which arrival the shards filed that were behind. The first page read it before all records.
    behind: Vec<Timestamp>,
    pages: u32,
}

impl Missing {
    /// Adds what a page says.
    pub(super) fn add(&mut self, page: &Completeness) {
        self.quarantined = self.quarantined.max(page.quarantined.unwrap_or_default());
        self.failed_batches = self.failed_batches.max(page.failed_batches.unwrap_or_default());
        self.doubts.extend(page.doubts.iter().cloned());
        if self.pages == 0 {
            self.behind = page.filed_until.iter().filter_map(Shard::behind).collect();
        }
        self.pages += 1;
    }

    /// Returns the warnings for a transaction that ended then.
    pub(super) fn warnings(&self, ended: Timestamp) -> Vec<String> {
        let or_more = if self.pages > 1 { " or more" } else { "" };
        let mut warnings = Vec::new();
        if self.quarantined > 0 {
            let payloads = count(self.quarantined, "payload");
            warnings.push(format!(
                "{payloads}{or_more} of the same streams and time could not be read: see `logbraid quarantine`"
            ));
        }
        if self.failed_batches > 0 {
            let batches = if self.failed_batches == 1 { "batch" } else { "batches" };
            let number = self.failed_batches;
            warnings.push(format!(
                "{number}{or_more} {batches} that Lambda gave up may hold more records: see `logbraid redrive --bucket`"
            ));
        }
        let behind: Vec<Timestamp> = self.behind.iter().copied().filter(|filed| *filed <= ended).collect();
        if let Some(filed) = behind.iter().min() {
            let (shards, filed) = (count(behind.len() as u64, "shard"), date_time(*filed));
            warnings
                .push(format!("{shards} filed no record yet that arrived after {filed} UTC: more records may follow"));
        }
        let doubts = DOUBTS.iter().filter(|(code, _)| self.doubts.contains(*code));
        warnings.extend(doubts.map(|(_, warning)| (*warning).to_owned()));
        warnings
    }
}

impl Shard {
    /// Returns up to which arrival the shard filed, if it was behind then. An idle shard was not.
    fn behind(&self) -> Option<Timestamp> {
        (self.filed_at?.duration_since(self.arrived) > BEHIND).then_some(self.arrived)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Missing;

    #[test]
    fn warnings_say_what_may_be_missing() {
        fn check(pages: &[Value], expect: &[&str]) {
            let mut missing = Missing::default();
            for page in pages {
                missing.add(&serde_json::from_value(page.clone()).unwrap());
            }
            let warnings = missing.warnings("2026-11-20T08:35:40Z".parse().unwrap());
            assert_eq!(warnings, expect, "{pages:?}");
        }
        let shard = |arrived: &str, filed_at: &str| json!({ "arrived": arrived, "filed_at": filed_at });
        let idle = shard("2026-11-20T07:00:00Z", "2026-11-20T07:00:02Z");
        let behind = shard("2026-11-20T08:35:00Z", "2026-11-20T08:40:00Z");
        let behind_more = shard("2026-11-20T08:00:00Z", "2026-11-20T08:40:00Z");
        let ahead = shard("2026-11-20T08:36:00Z", "2026-11-20T08:40:00Z");
        check(&[], &[]);
        check(&[json!({})], &[]);
        check(&[json!({ "quarantined": 0, "failed_batches": 0, "filed_until": [idle, ahead], "doubts": [] })], &[]);
        check(&[json!({ "failed_batches": null, "doubts": ["failed_batches_unknown", "new"] })], &[]);
        let of_tenant =
            json!({ "days": null, "quarantined": null, "failed_batches": null, "doubts": ["not_for_tenants"] });
        check(&[of_tenant], &[]);
        check(
            &[json!({ "quarantined": 1, "failed_batches": 1, "doubts": ["failed_batches", "parallel_functions"] })],
            &[
                "1 payload of the same streams and time could not be read: see `logbraid quarantine`",
                "1 batch that Lambda gave up may hold more records: see `logbraid redrive --bucket`",
                "several functions file a shard at the same time: an earlier batch may hold more records",
            ],
        );
        check(
            &[
                json!({ "failed_batches": 2, "filed_until": [behind, behind_more, idle] }),
                json!({ "doubts": ["secondary_reads"] }),
            ],
            &[
                "2 or more batches that Lambda gave up may hold more records: see `logbraid redrive --bucket`",
                "2 shards filed no record yet that arrived after 2026-11-20 08:00:00.000 UTC: more records may follow",
                "records were read from a MongoDB server that may be behind the primary",
            ],
        );
    }
}
