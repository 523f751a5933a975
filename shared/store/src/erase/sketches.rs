//! Makes the sketches again that may have the words of erased records.

use futures_util::TryStreamExt as _;
use mongodb::bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use record::Day;

use super::AT_ONCE;
use crate::sketches::{MARKED_AT, MARKED_DAY, MARKED_WORDS, MARKER, range_of, says_complete};
use crate::{IdRange, Store, StoreError};

/// What is missing in the sketches of a day while its records are erased.
#[derive(Debug, Default)]
pub(super) struct Unsketched {
    /// The ranges whose sketches were removed.
    ranges: Vec<IdRange>,
    /// Since when all records had sketches, if they had.
    since: Option<DateTime>,
}

/// What became of the sketches of a day.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Resketched {
    /// How many sketches were removed.
    pub(super) removed: u64,
    /// Whether searches scan the day now.
    pub(super) is_scanned: bool,
}

impl Store {
    /// Removes the sketches about the times of records that are about to be erased. Searches scan the day from then on.
    pub(super) async fn remove_sketches(&self, day: Day, erased: &[ObjectId]) -> Result<Unsketched, StoreError> {
        let sketches = self.sketches(day).await?;
        let fields = doc! { "_id": 1, MARKED_AT: 1, MARKED_DAY: 1, MARKED_WORDS: 1 };
        let found = sketches.find(doc! {}).projection(fields).await.map_err(StoreError::Erase)?;
        let found: Vec<Document> = found.try_collect().await.map_err(StoreError::Erase)?;
        let is_marker = |sketch: &&Document| sketch.get_str("_id").is_ok_and(|id| id == MARKER);
        // The sketches that stay may be of other words, or not be of all records.
        let marker = found.iter().find(is_marker).filter(|marker| says_complete(marker));
        let since = marker.map(|marker| marker.get_datetime(MARKED_AT).copied().unwrap_or(DateTime::from_millis(0)));
        let (mut ids, mut ranges): (Vec<Bson>, Vec<_>) = (Vec::new(), Vec::new());
        for sketch in &found {
            let Some(range) = sketch.get_binary_generic("_id").ok().and_then(|id| range_of(id)) else { continue };
            let first = erased.partition_point(|id| Some(*id) < range.first);
            if erased.get(first).is_some_and(|id| range.end.is_none_or(|end| *id < end)) {
                ids.extend(sketch.get("_id").cloned());
                ranges.push(range);
            }
        }
        if ids.is_empty() {
            return Ok(Unsketched::default());
        }
        self.unmark_sketched(day).await?;
        for ids in ids.chunks(AT_ONCE) {
            sketches.delete_many(doc! { "_id": { "$in": ids } }).await.map_err(StoreError::Erase)?;
        }
        Ok(Unsketched { ranges, since })
    }

    /// Makes the sketches of the records that are left. Searches go on to scan today and yesterday: ingest may have stored a sketch
    /// whose records follow.
    pub(super) async fn sketch_again(&self, day: Day, unsketched: Unsketched) -> Result<Resketched, StoreError> {
        let Unsketched { ranges, since } = unsketched;
        for range in &ranges {
            self.sketch_range(day, *range).await?;
        }
        let is_over = day < Day::yesterday();
        if let Some(since) = since.filter(|_| is_over) {
            // As before: what was not sure to have sketches has none now.
            self.mark_sketched(day, since).await?;
        }
        Ok(Resketched { removed: ranges.len() as u64, is_scanned: !is_over && since.is_some() })
    }
}
