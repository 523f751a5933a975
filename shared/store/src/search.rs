//! Reads a day's records, or counts them.

use std::time::Duration;

use futures_util::{Stream, TryStreamExt, future};
use mongodb::bson::{Bson, Document, doc, oid::ObjectId};
use record::{Day, LogRecord, time_of};

use super::{Lookup, Reader, StoreError};

/// The distance between Python's levels.
const LEVEL_STEP: i64 = 10;
/// The highest of Python's levels.
const MAX_LEVEL: i64 = 50;

/// How many records there are in a bucket of time, at one level.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Count {
    /// The number of the bucket, counted from 1970.
    pub bucket: i64,
    /// The number of the level, one of Python's; 0 for records without a level.
    pub level: i64,
    /// How many records.
    pub count: i64,
}

impl Count {
    fn read(document: &Document) -> Option<Self> {
        let number = |name| document.get_i64(name).ok();
        Some(Self { bucket: number("bucket")?, level: number("level")?, count: number("count")? })
    }
}

impl Reader<'_> {
    /// Streams a day's matching records. Skips documents that logbraid did not file.
    pub async fn records(
        self,
        day: Day,
        lookup: &Lookup,
    ) -> Result<impl Stream<Item = Result<LogRecord, StoreError>> + Send + use<>, StoreError> {
        let failed = move |source| StoreError::Find { day, source };
        let (records, filter) = (self.records_of(day), self.filter(day, lookup).await?);
        let mut find = records.find(filter).sort(lookup.sort()).limit(lookup.limit);
        if let Some(projection) = &lookup.projection {
            find = find.projection(projection.document());
        }
        let found = find.max_time(lookup.max_time).await.map_err(failed)?;
        let projection = lookup.projection.clone();
        Ok(found.map_err(failed).try_filter_map(move |document| {
            let restored = match &projection {
                Some(projection) => projection.restore(document),
                None => Ok(document),
            };
            future::ready(Ok(restored.ok().and_then(|document| LogRecord::from_stored(document).ok())))
        }))
    }

    /// Returns the record with an id.
    pub async fn record(self, id: ObjectId, max_time: Duration) -> Result<Option<LogRecord>, StoreError> {
        let Some(day) = time_of(id).map(Day::of) else { return Ok(None) };
        let records = self.store.read_collection(day);
        let found = self.find_one(&records, doc! { "_id": id }, max_time).await;
        let mut found = found.map_err(|source| StoreError::Find { day, source })?;
        if found.is_none() {
            // The day may be gone, and the record pinned.
            let pinned = self.store.pinned().await?;
            found = self.find_one(&pinned, doc! { "_id": id }, max_time).await.map_err(StoreError::ReadPins)?;
        }
        Ok(found.and_then(|document| LogRecord::from_stored(document).ok()))
    }

    /// Returns the ids of a day's matching records.
    pub async fn ids(self, day: Day, lookup: &Lookup) -> Result<Vec<ObjectId>, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let (records, filter) = (self.records_of(day), self.filter(day, lookup).await?);
        let found = records.find(filter).projection(doc! { "_id": 1 }).sort(lookup.sort());
        let found = found.limit(lookup.limit).max_time(lookup.max_time).await.map_err(failed)?;
        let ids = found.try_filter_map(async |document| Ok(document.get_object_id("_id").ok()));
        ids.try_collect().await.map_err(failed)
    }

    /// Counts a day's matching records by bucket and level. Ignores the order and the limit of the lookup.
    pub async fn count(self, day: Day, lookup: &Lookup, bucket_ms: i64) -> Result<Vec<Count>, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let (records, filter) = (self.records_of(day), self.filter(day, lookup).await?);
        let counted = records.aggregate(filter, counts(bucket_ms)).max_time(lookup.max_time);
        let counted = counted.await.map_err(failed)?;
        counted.try_filter_map(async |document| Ok(Count::read(&document))).try_collect().await.map_err(failed)
    }
}

/// Returns the pipeline of [`Store::count`]. A level between two of Python's counts for the lower one, as its name does.
fn counts(bucket_ms: i64) -> Vec<Document> {
    let floored = |number: Bson, by: i64| doc! { "$floor": { "$divide": [number, by] } };
    let in_tens = doc! { "$multiply": [floored("$levelno".into(), LEVEL_STEP), LEVEL_STEP] };
    let level = doc! { "$min": [{ "$max": [in_tens, 0] }, MAX_LEVEL] };
    let level = doc! { "$cond": [{ "$isNumber": "$levelno" }, level, 0] };
    let bucket = floored(doc! { "$toLong": "$time" }.into(), bucket_ms);
    let group = doc! { "_id": { "bucket": bucket, "level": level }, "count": { "$sum": 1 } };
    let long = |value: &str| doc! { "$toLong": value };
    vec![
        doc! { "$match": { "time": { "$type": "date" } } },
        doc! { "$group": group },
        doc! { "$project": { "_id": 0, "bucket": long("$_id.bucket"), "level": long("$_id.level"), "count": long("$count") } },
    ]
}
