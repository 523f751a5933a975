//! Removes the sketches of older words from days that have others.

use mongodb::bson::{DateTime, Document, doc};

use super::bits::SizeClass;
use super::marker::{REPLACED_AT, says_complete};
use super::merge::KEPT;
use super::{CLASS, MARKER};
use crate::{Store, StoreError};

impl Store {
    /// Removes the sketches of older words from the days whose records all have sketches of the words that searches ask for. Not
    /// before all searches have ended that may still read the older ones. Returns how many were removed.
    ///
    /// If it ends early, the next call goes on. Sketches of newer words stay, after a rollback.
    pub async fn remove_replaced_sketches(&self) -> Result<u64, StoreError> {
        let now = self.server_time().await?;
        let mut removed = 0;
        for day in self.own_days().await? {
            let Some(replaced) = self.marker(day).await?.and_then(|marker| removable_since(&marker, now)) else {
                continue;
            };
            let collection = self.sketches(day).await?;
            let failed = |source| StoreError::Insert { collection: collection.name().to_owned(), source };
            let older = doc! { CLASS: { "$lt": SizeClass::first_number() } };
            removed += collection.delete_many(older).await.map_err(failed)?.deleted_count;
            // Who marked the day since may have replaced others.
            let own = doc! { "_id": MARKER, REPLACED_AT: replaced };
            collection.update_one(own, doc! { "$unset": { REPLACED_AT: "" } }).await.map_err(failed)?;
        }
        Ok(removed)
    }
}

/// Returns since when older sketches are replaced, if that is long enough ago for all searches to have ended.
fn removable_since(marker: &Document, now: DateTime) -> Option<DateTime> {
    let replaced = *marker.get_datetime(REPLACED_AT).ok().filter(|_| says_complete(marker))?;
    let ago = u128::try_from(now.timestamp_millis() - replaced.timestamp_millis()).ok()?;
    (ago >= KEPT.as_millis()).then_some(replaced)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{DateTime, Document, doc};

    use super::super::WORDS_VERSION;
    use super::{KEPT, removable_since};

    #[test]
    fn older_sketches_stay_while_a_search_may_read_them() {
        let kept = i64::try_from(KEPT.as_millis()).unwrap();
        let at = DateTime::from_millis;
        let check = |marker: Document, now: i64, expect: bool| {
            assert_eq!(removable_since(&marker, at(now)), expect.then(|| at(7)), "{marker} {now}");
        };
        let marker = |words: i32| doc! { "day": "2026-11-20", "words": words, "replaced": at(7) };
        check(marker(WORDS_VERSION), 7 + kept, true);
        check(marker(WORDS_VERSION), 6 + kept, false);
        check(marker(WORDS_VERSION), 0, false);
        // A function of other words has the day now.
        check(marker(WORDS_VERSION - 1), 7 + kept, false);
        check(marker(WORDS_VERSION + 1), 7 + kept, false);
        // A run makes its sketches.
        check(doc! { "begun": at(7), "words": WORDS_VERSION, "replaced": at(7) }, 7 + kept, false);
        // They are removed.
        check(doc! { "day": "2026-11-20", "words": WORDS_VERSION }, 7 + kept, false);
    }
}
