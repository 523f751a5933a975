//! The marker of a day: all of its records have sketches.

use mongodb::bson::{DateTime, Document, doc};
use record::Day;

use crate::collections::created_or_exists;
use crate::{Store, StoreError};

/// The `_id` of the marker, beside the sketches.
pub(crate) const MARKER: &str = "complete";
/// Since when all records of the day have sketches, by the server's clock.
pub(super) const MARKED_AT: &str = "at";

impl Store {
    /// Creates the collection of a day's sketches, unless it exists.
    pub(crate) async fn create_sketches(&self, day: Day) -> Result<(), StoreError> {
        let name = self.names().await?.sketches(day);
        let created = self.create_clustered(&name, None, None).await;
        created_or_exists(created).map_err(|source| StoreError::Create { collection: name, source })
    }

    pub(super) async fn sketches(&self, day: Day) -> Result<mongodb::Collection<Document>, StoreError> {
        Ok(self.database.collection(&self.names().await?.sketches(day)))
    }

    /// Whether all records of a day have sketches.
    pub(crate) async fn is_sketched(&self, day: Day) -> Result<bool, StoreError> {
        let found = self.sketches(day).await?.find_one(doc! { "_id": MARKER }).await;
        Ok(found.map_err(StoreError::Sketches)?.is_some())
    }

    /// Marks a day: all of its records have sketches, and so will those that come. The marker has a time from before that
    /// was so, since a function without sketches may file at the same time, or later.
    pub(crate) async fn mark_sketched(&self, day: Day, since: DateTime) -> Result<(), StoreError> {
        let collection = self.sketches(day).await?;
        let marker = doc! { "$max": { MARKED_AT: since } };
        let marked = collection.update_one(doc! { "_id": MARKER }, marker).upsert(true).await;
        let failed = |source| StoreError::Insert { collection: collection.name().to_owned(), source };
        marked.map(|_| ()).map_err(failed)
    }

    /// Takes the marker away. Searches scan the day from then on.
    pub(super) async fn unmark_sketched(&self, day: Day) -> Result<(), StoreError> {
        let collection = self.sketches(day).await?;
        let unmarked = collection.delete_one(doc! { "_id": MARKER }).await;
        let failed = |source| StoreError::Insert { collection: collection.name().to_owned(), source };
        unmarked.map(|_| ()).map_err(failed)
    }
}
