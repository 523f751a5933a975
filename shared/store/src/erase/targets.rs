//! Looks which records have what is erased.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt as _;
use mongodb::bson::{doc, oid::ObjectId};
use record::{Day, time_of};

use super::{Erasable, Erasure};
use crate::lookup::UidFields;
use crate::{Store, StoreError};

/// The ids of the records of days, and of the copies of pinned records, that have what is erased.
pub(super) struct Targets {
    pub(super) days: Vec<(Day, Vec<ObjectId>)>,
    pub(super) copies: Vec<ObjectId>,
}

impl Targets {
    /// Counts them. A record that is in its day and pinned counts for the day only.
    pub(super) fn count(&self) -> Erasure {
        let in_days: BTreeSet<&ObjectId> = self.days.iter().flat_map(|(_, ids)| ids).collect();
        let mut pinned_days: BTreeMap<Day, u64> = BTreeMap::new();
        for id in self.copies.iter().filter(|id| !in_days.contains(id)) {
            if let Some(time) = time_of(*id) {
                *pinned_days.entry(Day::of(time)).or_default() += 1;
            }
        }
        Erasure {
            days: self.days.iter().map(|(day, ids)| (*day, ids.len() as u64)).collect(),
            pinned: self.copies.len() as u64,
            pinned_days: pinned_days.into_iter().collect(),
            ..Erasure::default()
        }
    }
}

impl Store {
    /// Looks which records and copies have it.
    pub(super) async fn targets(&self, what: &Erasable) -> Result<Targets, StoreError> {
        let mut days = Vec::new();
        // This list also says which days have an index of further ids.
        self.days().await?;
        for day in self.own_days().await? {
            let ids = self.own_reader().ids(day, &what.lookup()).await?;
            if !ids.is_empty() {
                days.push((day, ids));
            }
        }
        Ok(Targets { days, copies: self.copies(what).await? })
    }

    /// Returns the ids of the copies of pinned records that have it.
    async fn copies(&self, what: &Erasable) -> Result<Vec<ObjectId>, StoreError> {
        let (pinned, condition) = (self.pinned().await?, what.lookup().condition(UidFields::All));
        let found = pinned.find(condition).projection(doc! { "_id": 1 }).await.map_err(StoreError::Erase)?;
        let ids = found.try_filter_map(async |copy| Ok(copy.get_object_id("_id").ok()));
        ids.try_collect().await.map_err(StoreError::Erase)
    }
}

#[cfg(test)]
mod tests {
    use record::{EventTime, first_id};

    use super::Targets;

    #[test]
    fn a_copy_counts_for_its_day_unless_the_day_has_the_record() {
        let [old, new] = ["2026-11-19", "2026-11-20"].map(|day| day.parse().unwrap());
        let id = |time: &str| first_id(EventTime::from_rfc3339(time).unwrap());
        let both = id("2026-11-20T12:00:00Z");
        let copies =
            vec![id("2026-11-19T00:00:00Z"), id("2026-11-19T23:59:59.999999Z"), both, id("2026-11-20T13:00:00Z")];
        let found = Targets { days: vec![(new, vec![both])], copies }.count();
        assert_eq!((found.days, found.pinned, found.pinned_days), (vec![(new, 1)], 4, vec![(old, 2), (new, 1)]));
    }
}
