//! The marker of a day: all of its records have sketches.

use mongodb::bson::{DateTime, Document, doc};
use record::Day;

use crate::collections::created_or_exists;
use crate::{Store, StoreError};

/// The `_id` of the marker, beside the sketches.
pub(crate) const MARKER: &str = "complete";
/// Since when all records of the day have sketches, by the server's clock.
pub(crate) const MARKED_AT: &str = "at";

/// The day, since a search reads those of many days at once. Markers from before are not trusted: some sketches of their days
/// have sizes that no search asks for.
pub(crate) const MARKED_DAY: &str = "day";
/// Which words the sketches of the day have. Markers of others are not trusted.
pub(crate) const MARKED_WORDS: &str = "words";
/// Changes when the same text has other words: with a table of letters, for one.
pub(crate) const WORDS_VERSION: i32 = 3;
/// Since when no search that begins asks for sketches of older words, by the server's clock. Absent once they are removed.
pub(super) const REPLACED_AT: &str = "replaced";
/// A function may have filed for so long after it said so last: it says so again when a second of arrivals has passed.
pub(super) const MARGIN_MS: i64 = 10_000;

/// Whether a marker is about the words that a search asks for, and from after the last time that a function without sketches
/// filed.
pub(super) fn is_trusted(marker: &Document, unsketched: Option<DateTime>) -> bool {
    let is_after = |last: DateTime| {
        let since = marker.get_datetime(MARKED_AT).map(|at| at.timestamp_millis());
        since.is_ok_and(|at| at - last.timestamp_millis() > MARGIN_MS)
    };
    says_complete(marker) && unsketched.is_none_or(is_after)
}

/// Whether a marker said of all records that they have sketches of the words that a search asks for. One without a day only
/// says how far the sketches are.
pub(crate) fn says_complete(marker: &Document) -> bool {
    marker.contains_key(MARKED_DAY) && marker.get_i32(MARKED_WORDS).is_ok_and(|words| words == WORDS_VERSION)
}

impl Store {
    /// Creates the collection of a day's sketches, unless it exists.
    pub(crate) async fn create_sketches(&self, day: Day) -> Result<(), StoreError> {
        let name = self.names().await?.sketches(day);
        let created = self.create_clustered(&name, None, None).await;
        created_or_exists(created).map_err(|source| StoreError::Create { collection: name, source })
    }

    pub(crate) async fn sketches(&self, day: Day) -> Result<mongodb::Collection<Document>, StoreError> {
        Ok(self.database.collection(&self.names().await?.sketches(day)))
    }

    /// Reads the marker of a day.
    pub(super) async fn marker(&self, day: Day) -> Result<Option<Document>, StoreError> {
        self.sketches(day).await?.find_one(doc! { "_id": MARKER }).await.map_err(StoreError::Sketches)
    }

    /// Whether all records of a day have sketches.
    pub(crate) async fn is_sketched(&self, day: Day) -> Result<bool, StoreError> {
        let Some(marker) = self.marker(day).await? else { return Ok(false) };
        Ok(is_trusted(&marker, self.last_without_sketches().await?))
    }

    /// Marks a day: all of its records have sketches, and so will those that come. The marker has a time from before that
    /// was so, since a function without sketches may file at the same time, or later.
    pub(crate) async fn mark_sketched(&self, day: Day, since: DateTime) -> Result<(), StoreError> {
        let collection = self.sketches(day).await?;
        let moved = doc! {
            "$max": { MARKED_AT: since },
            "$set": { MARKED_DAY: day.to_string(), MARKED_WORDS: WORDS_VERSION },
            "$currentDate": { REPLACED_AT: true },
        };
        let marked = collection.update_one(doc! { "_id": MARKER }, moved).upsert(true).await;
        let failed = |source| StoreError::Insert { collection: collection.name().to_owned(), source };
        marked.map(|_| ()).map_err(failed)
    }

    /// Takes the marker away. Searches scan the day from then on.
    pub(crate) async fn unmark_sketched(&self, day: Day) -> Result<(), StoreError> {
        let collection = self.sketches(day).await?;
        let unmarked = collection.delete_one(doc! { "_id": MARKER }).await;
        let failed = |source| StoreError::Insert { collection: collection.name().to_owned(), source };
        unmarked.map(|_| ()).map_err(failed)
    }
}
