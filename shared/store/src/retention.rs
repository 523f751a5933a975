//! Drops whole days: the records, the sketches and the view of each.

use futures_util::TryStreamExt as _;
use mongodb::bson::doc;
use mongodb::results::{CollectionSpecification, CollectionType};
use record::Day;

use super::names::day_of;
use super::{Store, StoreError};

impl Store {
    /// Returns the days before a day that have a collection of records, oldest first.
    pub async fn days_before(&self, first_kept: Day) -> Result<Vec<Day>, StoreError> {
        let mut days = self.own_days().await?;
        days.retain(|day| *day < first_kept);
        Ok(days)
    }

    /// Returns the days that have a collection of records, without those of which only pinned records are left, oldest first.
    pub async fn own_days(&self) -> Result<Vec<Day>, StoreError> {
        let collections = self.database.list_collections().await.map_err(StoreError::Days)?;
        let collections: Vec<_> = collections.try_collect().await.map_err(StoreError::Days)?;
        let own = collections.iter().filter(|one| one.collection_type == CollectionType::Collection);
        let mut days: Vec<Day> = own.filter_map(|one| day_of(&self.prefix, &one.name)).collect();
        days.sort_unstable();
        Ok(days)
    }

    /// Drops a past day: its view, its sketches, its records. Refuses today and the future. Drops nothing else that has one of
    /// these names: no view of other records, no collection in place of the view.
    ///
    /// The records are the last, so that a day that was dropped in part is still a day, which searches scan and the next
    /// run drops.
    pub async fn drop_day(&self, day: Day) -> Result<(), StoreError> {
        if day >= Day::today() {
            return Err(StoreError::NotPast { day });
        }
        let names = self.claim_names().await?;
        let (records, sketches, view) = (self.collection_name(day), names.sketches(day), names.view(day));
        let found = self.database.list_collections().filter(doc! { "name": { "$in": [&records, &sketches, &view] } });
        let found = found.await.map_err(StoreError::Days)?;
        let found: Vec<CollectionSpecification> = found.try_collect().await.map_err(StoreError::Days)?;
        let is_there = |name: &str, is_own: &dyn Fn(&CollectionSpecification) -> bool| {
            found.iter().any(|one| one.name == name && is_own(one))
        };
        let is_collection = |one: &CollectionSpecification| one.collection_type == CollectionType::Collection;
        let shows_the_day = |one: &CollectionSpecification| one.options.view_on.as_deref() == Some(&records);
        if is_there(&view, &shows_the_day) {
            self.drop_collection(&view).await?;
        }
        if is_there(&sketches, &is_collection) {
            self.drop_collection(&sketches).await?;
        }
        if is_there(&records, &is_collection) {
            self.drop_collection(&records).await?;
        }
        // It may come back, and then as the server creates it now.
        self.with_further_ids.lock().await.remove(&day);
        self.looked_at_days.lock().await.remove(&day);
        Ok(())
    }

    async fn drop_collection(&self, name: &str) -> Result<(), StoreError> {
        let dropped = self.database.collection::<mongodb::bson::Document>(name).drop().await;
        dropped.map_err(|source| StoreError::Drop { collection: name.to_owned(), source })
    }
}
