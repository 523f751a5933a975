//! Lists the quarantine: its days, its counts by reason, its newest entries.

use std::time::Duration;

use futures_util::{Stream, TryStreamExt as _};
use mongodb::bson::{Document, doc};
use record::{Day, QuarantineEntry, first_id, time_of};

use super::statistics::number;
use super::{IdRange, Store, StoreError};

/// How many payloads are quarantined for one reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QuarantineCount {
    /// The reason; `None` for documents without one.
    pub reason: Option<String>,
    /// How many payloads.
    pub count: u64,
}

/// Which entries of the quarantine to list. An entry's id begins with its time of arrival, and has an index.
#[derive(Clone, Debug, PartialEq)]
pub struct QuarantineLookup {
    /// The ids that the entries may have.
    pub ids: IdRange,
    /// The reasons that the entries may have; empty for any reason.
    pub reasons: Vec<String>,
    /// The time limit for the server.
    pub max_time: Duration,
}

impl Store {
    /// Returns the days on which payloads arrived that are quarantined, in time order. Reads one index entry a day.
    pub async fn quarantine_days(&self, ids: IdRange, max_time: Duration) -> Result<Vec<Day>, StoreError> {
        let mut days = Vec::new();
        let mut rest = ids;
        while let Some(day) = self.newest_quarantine_day(rest, max_time).await? {
            days.push(day);
            let Some(midnight) = day.start() else { break };
            rest = rest.before(first_id(midnight));
        }
        days.reverse();
        Ok(days)
    }

    /// Counts the entries by reason, in no order.
    pub async fn quarantine_counts(&self, lookup: &QuarantineLookup) -> Result<Vec<QuarantineCount>, StoreError> {
        let group = doc! { "$group": { "_id": "$reason", "count": { "$sum": 1 } } };
        let pipeline = [doc! { "$match": lookup.condition() }, group];
        let counted = self.quarantine_collection().await?.aggregate(pipeline).max_time(lookup.max_time).await;
        let counted = counted.map_err(StoreError::CountQuarantined)?;
        let counts = counted.map_ok(|document| QuarantineCount::read(&document));
        counts.try_collect().await.map_err(StoreError::CountQuarantined)
    }

    /// Streams the entries, newest first.
    pub async fn quarantine_entries(
        &self,
        lookup: &QuarantineLookup,
        limit: i64,
    ) -> Result<impl Stream<Item = Result<QuarantineEntry, StoreError>> + Send + use<>, StoreError> {
        let quarantine = self.quarantine_collection().await?;
        let found = quarantine.find(lookup.condition()).sort(doc! { "_id": -1 }).limit(limit);
        let found = found.max_time(lookup.max_time).await.map_err(StoreError::ReadQuarantined)?;
        Ok(found.map_ok(QuarantineEntry::from_stored).map_err(StoreError::ReadQuarantined))
    }

    async fn newest_quarantine_day(&self, ids: IdRange, max_time: Duration) -> Result<Option<Day>, StoreError> {
        let quarantine = self.quarantine_collection().await?;
        let newest = quarantine.find_one(ids.condition()).sort(doc! { "_id": -1 }).projection(doc! { "_id": 1 });
        let newest = newest.max_time(max_time).await.map_err(StoreError::ReadQuarantined)?;
        let id = newest.and_then(|document| document.get_object_id("_id").ok());
        Ok(id.and_then(time_of).map(Day::of))
    }
}

impl QuarantineLookup {
    fn condition(&self) -> Document {
        let mut condition = self.ids.condition();
        if !self.reasons.is_empty() {
            condition.insert("reason", doc! { "$in": &self.reasons });
        }
        condition
    }
}

impl QuarantineCount {
    fn read(document: &Document) -> Self {
        Self { reason: document.get_str("_id").ok().map(str::to_owned), count: number(document, "count") }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mongodb::bson::{doc, oid::ObjectId};

    use super::QuarantineLookup;
    use crate::IdRange;

    #[test]
    fn a_lookup_always_bounds_the_ids() {
        let lookup = |reasons: &[&str]| QuarantineLookup {
            ids: IdRange::default(),
            reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
            max_time: Duration::from_secs(1),
        };
        let any_id = doc! { "$gte": ObjectId::from_bytes([0; 12]) };
        assert_eq!(lookup(&[]).condition(), doc! { "_id": &any_id });
        assert_eq!(
            lookup(&["$ne", "empty"]).condition(),
            doc! { "_id": &any_id, "reason": { "$in": ["$ne", "empty"] } }
        );
    }
}
