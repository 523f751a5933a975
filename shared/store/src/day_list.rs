//! Lists the days that have records.

use std::collections::{BTreeSet, HashSet};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc};
use record::Day;

use super::collections::CLUSTERED_WITH_FURTHER_IDS;
use super::names::day_of;
use super::{Store, StoreError};

/// The days that have records, as of one list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DayList {
    /// Those that have a collection.
    own: BTreeSet<Day>,
    /// Those of which only pinned records are left.
    pinned: BTreeSet<Day>,
}

impl DayList {
    /// Returns the days, in order.
    #[must_use]
    pub fn days(&self) -> Vec<Day> {
        self.own.union(&self.pinned).copied().collect()
    }

    /// Returns the days whose records are where an earlier list said, in order. Nobody has to look at them again.
    #[must_use]
    pub fn unmoved_since(&self, earlier: &Self) -> BTreeSet<Day> {
        let (own, pinned) = (&self.own & &earlier.own, &self.pinned & &earlier.pinned);
        &own | &pinned
    }
}

impl Store {
    /// Returns the days that have records, in order: those that have a collection, and those of pinned records.
    pub async fn days(&self) -> Result<Vec<Day>, StoreError> {
        self.list_days().await.map(|list| list.days())
    }

    /// Returns the last list that this process has read; an empty one if it has read none. Days may have come and gone since.
    pub(crate) fn last_list_of_days(&self) -> DayList {
        self.last_days.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lists the days.
    pub(crate) async fn list_days(&self) -> Result<DayList, StoreError> {
        let no_views = doc! { "type": { "$ne": "view" } };
        // Names alone are half the work, for the server and for this process.
        let names = if self.looked_at_days.lock().await.is_empty() {
            self.look_at_collections(no_views).await?
        } else {
            self.database.list_collection_names().filter(no_views).await.map_err(StoreError::Days)?
        };
        let own: BTreeSet<Day> = names.iter().filter_map(|name| day_of(&self.prefix, name)).collect();
        let new: Vec<String> = {
            let looked_at = self.looked_at_days.lock().await;
            own.iter().filter(|day| !looked_at.contains(day)).map(|day| self.collection_name(*day)).collect()
        };
        if !new.is_empty() {
            self.look_at_collections(doc! { "name": { "$in": new } }).await?;
        }
        if names.contains(&self.names().await?.quarantine()) {
            self.has_quarantine.store(true, Ordering::Relaxed);
        }
        let pinned = self.note_pinned_days(&own, &names).await?;
        let list = DayList { own, pinned };
        self.last_days.write().unwrap_or_else(PoisonError::into_inner).clone_from(&list);
        Ok(list)
    }

    /// Whether there is a quarantine, as of the last list of days. Without one, nothing is in it.
    #[must_use]
    pub fn may_have_quarantine(&self) -> bool {
        self.has_quarantine.load(Ordering::Relaxed)
    }

    /// Lists collections with their options. Notes which days were created with the index of further ids. Returns the names.
    async fn look_at_collections(&self, filter: Document) -> Result<Vec<String>, StoreError> {
        let found = self.database.list_collections().filter(filter).await.map_err(StoreError::Days)?;
        let found: Vec<_> = found.try_collect().await.map_err(StoreError::Days)?;
        let mut with_further_ids = HashSet::new();
        let mut looked_at = HashSet::new();
        for collection in &found {
            let Some(day) = day_of(&self.prefix, &collection.name) else { continue };
            looked_at.insert(day);
            let clustered = collection.options.clustered_index.as_ref().and_then(|index| index.name.as_deref());
            if clustered == Some(CLUSTERED_WITH_FURTHER_IDS) {
                with_further_ids.insert(day);
            }
        }
        self.with_further_ids.lock().await.extend(with_further_ids);
        self.looked_at_days.lock().await.extend(looked_at);
        Ok(found.into_iter().map(|collection| collection.name).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use record::Day;

    use super::DayList;

    #[test]
    fn a_day_moves_when_only_pinned_records_are_left_of_it() {
        let set = |days: &str| days.split_whitespace().map(|day| day.parse().unwrap()).collect::<BTreeSet<Day>>();
        let list = |own: &str, pinned: &str| DayList { own: set(own), pinned: set(pinned) };
        let earlier = list("2026-11-18 2026-11-19 2026-11-20", "2026-11-01 2026-11-02");
        let later = list("2026-11-02 2026-11-19 2026-11-20 2026-11-21", "2026-11-01 2026-11-18");
        assert_eq!(later.unmoved_since(&earlier), set("2026-11-01 2026-11-19 2026-11-20"));
        assert_eq!(later.unmoved_since(&DayList::default()), set(""));
        let all = "2026-11-01 2026-11-02 2026-11-18 2026-11-19 2026-11-20 2026-11-21";
        assert_eq!(later.days(), set(all).into_iter().collect::<Vec<_>>());
    }
}
