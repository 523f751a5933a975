//! Makes the sketches of records that were filed without: of a range, of a day, or of a day over several runs.

use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt as _;
use mongodb::Cursor;
use mongodb::bson::{DateTime, Document, RawDocumentBuf, doc, oid::ObjectId};
use mongodb::error::Error;
use record::{Day, LogRecord};

use super::marker::{MARKED_AT, MARKED_DAY, MARKED_WORDS, MARKER, REPLACED_AT, WORDS_VERSION, is_trusted};
use crate::{IdRange, Store, StoreError};

/// How many records are sketched at once, and about how many bytes of them.
const RECORDS_AT_ONCE: usize = 8_192;
const BYTES_AT_ONCE: usize = 16 * 1024 * 1024;
/// In the marker: the first id whose records have no sketches yet.
const REACHED: &str = "reached";
/// In the marker: since when those before have sketches, by the server's clock.
const BEGUN_AT: &str = "begun";
/// No day is begun for so long after a function without sketches filed: it may go on, and all would be in vain.
const QUIET: Duration = Duration::from_hours(1);

/// What a run made of a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Filled {
    /// How many records it read.
    pub records: u64,
    /// Whether all records of the day have sketches now.
    pub is_whole: bool,
}

impl Store {
    /// Returns the days that searches scan since records of them have no sketches, the newest first. None while a function
    /// without sketches files.
    pub async fn days_without_sketches(&self) -> Result<Vec<Day>, StoreError> {
        let unsketched = self.last_without_sketches().await?;
        if !self.has_sketches || !is_quiet(unsketched, self.server_time().await?) {
            return Ok(Vec::new());
        }
        let mut days = Vec::new();
        for day in self.own_days().await?.into_iter().rev() {
            if !self.marker(day).await?.is_some_and(|marker| is_trusted(&marker, unsketched)) {
                days.push(day);
            }
        }
        Ok(days)
    }

    /// Makes sketches of a day, from where an earlier run came to, until `deadline`. Marks the day once all have some. Records
    /// may be filed at the same time.
    pub async fn fill_sketches(&self, day: Day, deadline: SystemTime) -> Result<Filled, StoreError> {
        let unsketched = self.last_without_sketches().await?;
        let now = self.server_time().await?;
        if !is_quiet(unsketched, now) {
            return Ok(Filled { records: 0, is_whole: false });
        }
        self.create_sketches(day).await?;
        let earlier = self.marker(day).await?.and_then(|marker| progress(&marker, day, unsketched));
        let (begun, mut reached) = match earlier {
            Some(earlier) => earlier,
            None => (now, ObjectId::from_bytes([0; 12])),
        };
        if earlier.is_none() {
            self.begin(day, begun, reached).await?;
        }
        let failed = |source| StoreError::Find { day, source };
        let rest = IdRange::default().from(reached).condition();
        let mut found = self.collection(day).find(rest).sort(doc! { "_id": 1 }).await.map_err(failed)?;
        let (mut records, mut is_whole) = (0, false);
        while !is_whole && SystemTime::now() < deadline {
            let chunk;
            (chunk, is_whole) = next_chunk(&mut found).await.map_err(failed)?;
            let Some(last) = chunk.last() else { continue };
            let next = IdRange::default().after(last.id()).first.unwrap_or(reached);
            self.insert_sketches_of(day, &chunk).await?;
            records += chunk.len() as u64;
            // Whoever took the marker away meanwhile took sketches away, too.
            let noted = doc! { "$set": { REACHED: next } };
            if !self.move_marker(day, begun, reached, noted).await? {
                return Ok(Filled { records, is_whole: false });
            }
            reached = next;
        }
        let is_whole = is_whole && self.mark_filled(day, begun, reached).await?;
        Ok(Filled { records, is_whole })
    }

    /// Makes the sketches of the records of a day in a range.
    pub(crate) async fn sketch_range(&self, day: Day, range: IdRange) -> Result<u64, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let mut found = self.collection(day).find(range.condition()).sort(doc! { "_id": 1 }).await.map_err(failed)?;
        let (mut count, mut is_last) = (0, false);
        while !is_last {
            let chunk;
            (chunk, is_last) = next_chunk(&mut found).await.map_err(failed)?;
            self.insert_sketches_of(day, &chunk).await?;
            count += chunk.len() as u64;
        }
        Ok(count)
    }

    /// Makes the sketches of a day that was filed without, and marks it. Returns `None` if there is no such day. Records may be
    /// filed at the same time: by a function without sketches, too. Then the day is not whole.
    pub async fn sketch_day(&self, day: Day) -> Result<Option<Filled>, StoreError> {
        if !self.own_days().await?.contains(&day) {
            return Ok(None);
        }
        let since = self.server_time().await?;
        self.create_sketches(day).await?;
        let records = self.sketch_range(day, IdRange::default()).await?;
        self.mark_sketched(day, since).await?;
        Ok(Some(Filled { records, is_whole: self.is_sketched(day).await? }))
    }

    /// Notes in the marker that the sketches of a day are made from its first record on. What the marker said of the day
    /// goes: it was about other words, or is no longer true.
    async fn begin(&self, day: Day, begun: DateTime, reached: ObjectId) -> Result<(), StoreError> {
        let collection = self.sketches(day).await?;
        let set = doc! { BEGUN_AT: begun, REACHED: reached, MARKED_WORDS: WORDS_VERSION };
        let noted = doc! { "$set": set, "$unset": { MARKED_AT: "", MARKED_DAY: "" } };
        let noted = collection.update_one(doc! { "_id": MARKER }, noted).upsert(true).await;
        let failed = |source| StoreError::Insert { collection: collection.name().to_owned(), source };
        noted.map(|_| ()).map_err(failed)
    }

    /// Marks a day whose records all have sketches, if the marker is as this run has left it. Returns whether it was.
    async fn mark_filled(&self, day: Day, begun: DateTime, reached: ObjectId) -> Result<bool, StoreError> {
        let marked = doc! {
            "$max": { MARKED_AT: begun },
            "$set": { MARKED_DAY: day.to_string() },
            "$currentDate": { REPLACED_AT: true },
            "$unset": { BEGUN_AT: "", REACHED: "" },
        };
        self.move_marker(day, begun, reached, marked).await
    }

    /// Changes the marker, if it is as this run has left it. Returns whether it was.
    async fn move_marker(
        &self,
        day: Day,
        begun: DateTime,
        reached: ObjectId,
        update: Document,
    ) -> Result<bool, StoreError> {
        let collection = self.sketches(day).await?;
        let own = doc! { "_id": MARKER, BEGUN_AT: begun, REACHED: reached, MARKED_WORDS: WORDS_VERSION };
        let moved = collection.update_one(own, update).await;
        let failed = |source| StoreError::Insert { collection: collection.name().to_owned(), source };
        moved.map(|moved| moved.matched_count > 0).map_err(failed)
    }
}

/// Takes the next records, as many as fit into the memory of a small function. Returns them, and whether they are the last.
async fn next_chunk(found: &mut Cursor<RawDocumentBuf>) -> Result<(Vec<LogRecord>, bool), Error> {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < RECORDS_AT_ONCE && bytes < BYTES_AT_ONCE {
        let Some(document) = found.try_next().await? else { return Ok((chunk, true)) };
        bytes += document.as_bytes().len();
        // Another document than logbraid's is not found by any search.
        chunk.extend(LogRecord::from_stored(document));
    }
    Ok((chunk, false))
}

/// Whether a function without sketches filed so long ago that it will not go on. A function of newer words is one, too: what it
/// began is left to it.
fn is_quiet(unsketched: Option<DateTime>, now: DateTime) -> bool {
    let ago = |last: DateTime| u128::try_from(now.timestamp_millis() - last.timestamp_millis());
    unsketched.is_none_or(|last| ago(last).is_ok_and(|ago| ago >= QUIET.as_millis()))
}

/// Returns since when the records before an id have sketches, and the id: from a marker that an earlier run left. `None` if
/// these are of other words, or if a function without sketches filed since.
fn progress(marker: &Document, day: Day, unsketched: Option<DateTime>) -> Option<(DateTime, ObjectId)> {
    let (begun, reached) = (*marker.get_datetime(BEGUN_AT).ok()?, marker.get_object_id(REACHED).ok()?);
    let words = marker.get_i32(MARKED_WORDS).ok()?;
    let as_marked = doc! { MARKED_AT: begun, MARKED_DAY: day.to_string(), MARKED_WORDS: words };
    is_trusted(&as_marked, unsketched).then_some((begun, reached))
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;
    use mongodb::bson::{DateTime, Document, doc};

    use super::super::marker::{MARGIN_MS, WORDS_VERSION};
    use super::progress;

    #[test]
    fn a_run_goes_on_where_the_sketches_are_true() {
        let at = |margins: i64| DateTime::from_millis(margins * MARGIN_MS);
        let check = |marker: Document, unsketched: Option<i64>, expect: bool| {
            let found = progress(&marker, "2026-11-20".parse().unwrap(), unsketched.map(at));
            assert_eq!(found, expect.then(|| (at(5), ObjectId::from_bytes([7; 12]))), "{marker} {unsketched:?}");
        };
        let left = |words: i32| doc! { "begun": at(5), "reached": ObjectId::from_bytes([7; 12]), "words": words };
        check(left(WORDS_VERSION), None, true);
        check(left(WORDS_VERSION), Some(3), true);
        check(left(WORDS_VERSION), Some(4), false);
        check(left(WORDS_VERSION), Some(6), false);
        check(left(WORDS_VERSION - 1), None, false);
        check(left(WORDS_VERSION + 1), None, false);
        check(doc! { "words": WORDS_VERSION, "day": "2026-11-20", "at": at(5) }, None, false);
        check(doc! { "begun": at(5), "reached": ObjectId::from_bytes([7; 12]) }, None, false);
        check(doc! {}, None, false);
    }
}
