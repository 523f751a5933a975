//! Reads the records of a day.

use std::time::Duration;

use futures_util::{Stream, TryStreamExt, future};
use mongodb::bson::{Bson, Document, doc, oid::ObjectId};

use super::filter::{Condition, IndexChoice};
use super::{Store, StoreError};
use record::Day;
use record::{EventTime, LogRecord, first_id, time_of};

/// The distance of Python's levels, and the highest of them.
const LEVEL_STEP: i64 = 10;
const MAX_LEVEL: i64 = 50;

/// A range of ids: of time, since ids sort by time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct IdRange {
    /// The first id in the range; open where `None`.
    pub first: Option<ObjectId>,
    /// The first id past the range; open where `None`.
    pub end: Option<ObjectId>,
}

impl IdRange {
    /// The ids of records from `from` on and before `to`.
    #[must_use]
    pub fn of_time(from: Option<EventTime>, to: Option<EventTime>) -> Self {
        Self { first: from.map(first_id), end: to.map(first_id) }
    }

    /// The range from the first to the last of some ids, which are in order.
    #[must_use]
    pub fn spanning(ids: &[ObjectId]) -> Self {
        Self { first: ids.first().copied(), end: ids.last().copied().map(successor) }
    }

    /// Those of its ids that come after `id`.
    #[must_use]
    pub fn after(self, id: ObjectId) -> Self {
        self.from(successor(id))
    }

    /// Those of its ids that do not come before `id`.
    #[must_use]
    pub fn from(self, id: ObjectId) -> Self {
        Self { first: self.first.max(Some(id)), ..self }
    }

    /// Those of its ids that come before `id`.
    #[must_use]
    pub fn before(self, id: ObjectId) -> Self {
        Self { end: Some(self.end.map_or(id, |end| end.min(id))), ..self }
    }

    /// Those of its ids that are of `day`.
    #[must_use]
    pub fn within(self, day: Day) -> Self {
        let midnight = |day: Day| day.start().map(first_id);
        let end = day.next().and_then(midnight);
        Self { first: self.first.max(midnight(day)), ..end.map_or(self, |end| self.before(end)) }
    }

    /// Whether there is no id in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.first.zip(self.end).is_some_and(|(first, end)| first >= end)
    }

    /// What an `_id` in it is like.
    pub(crate) fn condition(self) -> Document {
        // Of the type of the bound, whatever the bound: nothing that is no `ObjectId`.
        let first = self.first.unwrap_or(ObjectId::from_bytes([0; 12]));
        let mut range = doc! { "$gte": first };
        if let Some(end) = self.end {
            range.insert("$lt", end);
        }
        doc! { "_id": range }
    }

    /// Whether some of its ids are of `day`.
    #[must_use]
    pub fn reaches(self, day: Day) -> bool {
        let begins = self.first.and_then(time_of);
        let ends = self.end.zip(day.start());
        begins.is_none_or(|first| Day::of(first) <= day) && ends.is_none_or(|(end, midnight)| first_id(midnight) < end)
    }
}

/// In which order records are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// The last first.
    Newest,
    /// The first first.
    Oldest,
}

/// How many records there are of a time and a level.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Count {
    /// Which bucket of time, counted from 1970.
    pub bucket: i64,
    /// The number of the level, one of Python's; 0 where there is none.
    pub level: i64,
    /// How many.
    pub count: i64,
}

impl Count {
    fn read(document: &Document) -> Option<Self> {
        let number = |name| document.get_i64(name).ok();
        Some(Self { bucket: number("bucket")?, level: number("level")?, count: number("count")? })
    }
}

/// Which records of a day to read, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The condition that they match.
    pub filter: Condition,
    /// The ids they may have.
    pub ids: IdRange,
    /// The order.
    pub order: Order,
    /// How many at most.
    pub limit: i64,
    /// What it may cost the server.
    pub max_time: Duration,
}

impl Lookup {
    /// The whole filter. It always bounds the ids: what has no `ObjectId` is no record of ours.
    pub(super) fn condition(&self) -> Document {
        let mut all = vec![self.ids.condition()];
        if self.index() == IndexChoice::Errors {
            // The index knows times, to the millisecond; ids are exact.
            let bounds = [("$gte", self.ids.first), ("$lte", self.ids.end)]
                .map(|(operator, id)| (operator, id.and_then(time_of)));
            let range: Document = bounds
                .into_iter()
                .filter_map(|(operator, time)| Some((operator.to_owned(), time?.to_bson().into())))
                .collect();
            if !range.is_empty() {
                all.push(doc! { "time": range });
            }
        }
        let filter = self.filter.document();
        if !filter.is_empty() {
            all.push(filter);
        }
        doc! { "$and": all }
    }

    /// Returns the index that finds the records best.
    pub(super) fn index(&self) -> IndexChoice {
        self.filter.index()
    }

    pub(super) fn sort(&self) -> Document {
        let direction = match self.order {
            Order::Newest => -1,
            Order::Oldest => 1,
        };
        match self.index() {
            IndexChoice::Ids => doc! { "_id": direction },
            IndexChoice::Errors => doc! { "time": direction, "_id": direction },
        }
    }
}

impl Store {
    /// Some of a day's records, read from MongoDB as they are taken. Documents that logbraid did not file are passed
    /// over.
    pub async fn records(
        &self,
        day: Day,
        lookup: &Lookup,
    ) -> Result<impl Stream<Item = Result<LogRecord, StoreError>> + Send + use<>, StoreError> {
        let failed = move |source| StoreError::Find { day, source };
        let collection = self.collection(day);
        let found = collection.find(lookup.condition()).sort(lookup.sort()).limit(lookup.limit);
        let found = found.max_time(lookup.max_time).await.map_err(failed)?;
        Ok(found.map_err(failed).try_filter_map(|document| future::ready(Ok(LogRecord::from_stored(document).ok()))))
    }

    /// The record that has an id.
    pub async fn record(&self, id: ObjectId, max_time: Duration) -> Result<Option<LogRecord>, StoreError> {
        let Some(day) = time_of(id).map(Day::of) else { return Ok(None) };
        let found = self.collection(day).find_one(doc! { "_id": id }).max_time(max_time).await;
        let found = found.map_err(|source| StoreError::Find { day, source })?;
        Ok(found.and_then(|document| LogRecord::from_stored(document).ok()))
    }

    /// How many of a day's records there are by time and level. A lookup's order and limit do not matter.
    pub async fn count(&self, day: Day, lookup: &Lookup, bucket_ms: i64) -> Result<Vec<Count>, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let collection = self.collection(day);
        let counted = collection.aggregate(counts(lookup, bucket_ms)).max_time(lookup.max_time);
        let counted = counted.await.map_err(failed)?;
        counted.try_filter_map(async |document| Ok(Count::read(&document))).try_collect().await.map_err(failed)
    }

    /// The ids of some of a day's records.
    pub async fn ids(&self, day: Day, lookup: &Lookup) -> Result<Vec<ObjectId>, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let collection = self.collection(day);
        let found = collection.find(lookup.condition()).projection(doc! { "_id": 1 }).sort(lookup.sort());
        let found = found.limit(lookup.limit).max_time(lookup.max_time).await.map_err(failed)?;
        let ids = found.try_filter_map(async |document| Ok(document.get_object_id("_id").ok()));
        ids.try_collect().await.map_err(failed)
    }
}

/// What [`Store::count`] asks the server to do. Levels in between count for the one below, as their names do.
fn counts(lookup: &Lookup, bucket_ms: i64) -> Vec<Document> {
    let floored = |number: Bson, by: i64| doc! { "$floor": { "$divide": [number, by] } };
    let in_tens = doc! { "$multiply": [floored("$levelno".into(), LEVEL_STEP), LEVEL_STEP] };
    let level = doc! { "$min": [{ "$max": [in_tens, 0] }, MAX_LEVEL] };
    let level = doc! { "$cond": [{ "$isNumber": "$levelno" }, level, 0] };
    let bucket = floored(doc! { "$toLong": "$time" }.into(), bucket_ms);
    let group = doc! { "_id": { "bucket": bucket, "level": level }, "count": { "$sum": 1 } };
    let long = |value: &str| doc! { "$toLong": value };
    vec![
        doc! { "$match": { "$and": [lookup.condition(), { "time": { "$type": "date" } }] } },
        doc! { "$group": group },
        doc! { "$project": { "_id": 0, "bucket": long("$_id.bucket"), "level": long("$_id.level"), "count": long("$count") } },
    ]
}

/// The id right after `id`.
fn successor(id: ObjectId) -> ObjectId {
    let mut bytes = id.bytes();
    for byte in bytes.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            return ObjectId::from_bytes(bytes);
        }
    }
    // There is none after the last.
    id
}

#[cfg(test)]
mod tests {
    use std::slice;
    use std::time::Duration;

    use mongodb::bson::{Document, doc, oid::ObjectId};

    use super::{Condition, IdRange, Lookup, Order};
    use record::{EventTime, first_id};

    fn time(text: &str) -> Option<EventTime> {
        (!text.is_empty()).then(|| EventTime::from_rfc3339(text).unwrap())
    }

    #[test]
    fn a_range_reaches_the_days_that_may_hold_its_ids() {
        fn check(from: &str, to: &str, expect: &str) {
            let range = IdRange::of_time(time(from), time(to));
            let days = ["2026-11-19", "2026-11-20", "2026-11-21"];
            let reached: Vec<&str> = days.into_iter().filter(|day| range.reaches(day.parse().unwrap())).collect();
            assert_eq!(reached.join(" "), expect, "{from} to {to}");
        }
        check("", "", "2026-11-19 2026-11-20 2026-11-21");
        check("2026-11-20T00:00:00Z", "", "2026-11-20 2026-11-21");
        check("2026-11-20T23:59:59.999999Z", "", "2026-11-20 2026-11-21");
        check("", "2026-11-20T00:00:00Z", "2026-11-19");
        check("", "2026-11-20T00:00:00.000001Z", "2026-11-19 2026-11-20");
        check("2026-11-20T12:00:00Z", "2026-11-20T13:00:00Z", "2026-11-20");
        check("2027-01-01T00:00:00Z", "", "");
        check("", "1960-01-01T00:00:00Z", "");
    }

    #[test]
    fn what_comes_after_an_id_begins_with_the_next() {
        fn check(id: &str, expect: &str) {
            let range = IdRange::default().after(id.parse().unwrap());
            assert_eq!(range.first.map(ObjectId::to_hex).as_deref(), Some(expect));
        }
        check("6b00065b28841133e527503d", "6b00065b28841133e527503e");
        check("6b00065b28841133e52750ff", "6b00065b28841133e5275100");
        check("00ffffffffffffffffffffff", "010000000000000000000000");
        check("ffffffffffffffffffffffff", "ffffffffffffffffffffffff");
    }

    #[test]
    fn the_ids_of_a_days_first_microsecond_are_of_the_day() {
        let mut bytes = first_id(time("2026-11-20T00:00:00Z").unwrap()).bytes();
        bytes[11] = 7;
        let range = IdRange::default().before(ObjectId::from_bytes(bytes));
        assert!(range.reaches("2026-11-20".parse().unwrap()));
        assert!(!range.within("2026-11-20".parse().unwrap()).is_empty());
        assert!(range.within("2026-11-21".parse().unwrap()).is_empty());
    }

    #[test]
    fn a_lookup_asks_for_records_alone() {
        fn check(from: &str, to: &str, filter: Condition, expect: &[Document]) {
            let ids = IdRange::of_time(time(from), time(to));
            let max_time = Duration::from_secs(1);
            let lookup = Lookup { filter, ids, order: Order::Newest, limit: 1, max_time };
            assert_eq!(lookup.condition(), doc! { "$and": expect }, "{from} {to}");
        }
        let least = doc! { "_id": { "$gte": ObjectId::from_bytes([0; 12]) } };
        let errors = doc! { "levelno": { "$gte": 40_i64 } };
        check("", "", Condition::everything(), slice::from_ref(&least));
        check("", "", Condition::MinLevel(40), &[least, errors.clone()]);
        let (from, to) = ("2026-11-20T08:00:00.0015Z", "2026-11-20T09:00:00Z");
        let at = |text: &str| EventTime::from_rfc3339(text).unwrap();
        let ids = doc! { "_id": { "$gte": first_id(at(from)), "$lt": first_id(at(to)) } };
        check(from, to, Condition::everything(), slice::from_ref(&ids));
        let times = doc! { "time": { "$gte": at("2026-11-20T08:00:00.001Z").to_bson(), "$lte": at(to).to_bson() } };
        check(from, to, Condition::MinLevel(40), &[ids, times, errors]);
    }

    #[test]
    fn an_id_before_the_range_does_not_widen_it() {
        let range = IdRange::of_time(time("2026-11-20T00:00:00Z"), None);
        assert_eq!(range.after(ObjectId::from_bytes([1; 12])), range);
    }
}
