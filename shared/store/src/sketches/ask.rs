//! Asks the sketches of many days where the words of a search may be.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mongodb::bson::{Document, doc};
use record::{Day, time_of};

use super::build::range_of;
use super::marker::{MARKED_DAY, is_trusted};
use super::wanted::Wanted;
use super::{BITS, MARKER};
use crate::collections::is_unsupported;
use crate::shards::{UNSKETCHED, last_without_sketches};
use crate::{IdRange, Reader, Store, StoreError, StoreErrorKind};

/// The most days of one query. Several queries use several of the server's processors.
const DAYS_PER_QUERY: usize = 16;
/// The most queries at the same time. The driver keeps up to 10 connections.
const QUERIES_AT_ONCE: usize = 4;
/// If more sketches of a day have the words, the whole day is scanned: the words are common.
const MAX_SKETCHES: i32 = 2_000;
/// The ranges of a day with at most so many records are one: two queries take the server as long as reading them all.
const FEW_RECORDS: u64 = 2_048;
/// Ranges this close are one.
const NEAR: Duration = Duration::from_millis(100);

/// Where the matching records of a day may be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Candidates {
    /// Anywhere: the day has no sketches, or too many of them have the words.
    Anywhere,
    /// Only in these ranges, which are in order and apart.
    Ranges(Vec<IdRange>),
}

impl Reader<'_> {
    /// Returns where the matching records of days may be. A day that is not in the answer has to be scanned: so is each if
    /// the sketches take longer than `max_time`, or if the server cannot read several collections in one query (MongoDB 4.4).
    pub async fn candidates(
        self,
        days: &[Day],
        wanted: &Wanted,
        max_time: Duration,
    ) -> Result<BTreeMap<Day, Candidates>, StoreError> {
        let condition = doc! { "$or": [{ "_id": MARKER }, wanted.document()] };
        // Collected: a closure over borrowed slices would make the future not `Send`.
        let queries: Vec<_> =
            days.chunks(DAYS_PER_QUERY).map(|days| self.store.candidates_of_some(days, &condition, max_time)).collect();
        let mut candidates: BTreeMap<Day, Candidates> =
            stream::iter(queries).buffer_unordered(QUERIES_AT_ONCE).try_concat().await?;
        if wanted.is_indexed() {
            return Ok(candidates);
        }
        let scattered =
            |(_, told): &(&Day, &Candidates)| matches!(told, Candidates::Ranges(ranges) if ranges.len() > 1);
        let days: Vec<Day> = candidates.iter().filter(scattered).map(|(day, _)| *day).collect();
        let counts: Vec<_> = days.into_iter().map(|day| self.store.has_few_records(day, max_time)).collect();
        let few: Vec<Option<Day>> = stream::iter(counts).buffer_unordered(QUERIES_AT_ONCE).try_collect().await?;
        for day in few.into_iter().flatten() {
            if let Some(Candidates::Ranges(ranges)) = candidates.get_mut(&day) {
                *ranges = spanned(ranges).into_iter().collect();
            }
        }
        Ok(candidates)
    }
}

impl Store {
    /// Returns the day if it has few records. If counting takes longer than `max_time`, it has not.
    async fn has_few_records(&self, day: Day, max_time: Duration) -> Result<Option<Day>, StoreError> {
        let count = self.read_collection(day).estimated_document_count().max_time(max_time).await;
        match count.map_err(StoreError::Sketches) {
            Ok(count) => Ok((count <= FEW_RECORDS).then_some(day)),
            Err(error) if error.kind() == StoreErrorKind::OutOfTime => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn candidates_of_some(
        &self,
        days: &[Day],
        condition: &Document,
        max_time: Duration,
    ) -> Result<BTreeMap<Day, Candidates>, StoreError> {
        let names = self.names().await?;
        let one = || vec![doc! { "$match": condition }, doc! { "$limit": MAX_SKETCHES }];
        let Some((first, others)) = days.split_first() else { return Ok(BTreeMap::new()) };
        let others =
            others.iter().map(|day| doc! { "$unionWith": { "coll": names.sketches(*day), "pipeline": one() } });
        let unsketched = doc! { "$unionWith": { "coll": names.shards(), "pipeline": last_without_sketches() } };
        // Once, for all: a stage for each day costs the server as much as a day's sketches do.
        let without_bits = doc! { "$project": { BITS: 0 } };
        let pipeline = one().into_iter().chain(others).chain([unsketched, without_bits]);
        let read = async {
            let found = self.sketches(*first).await?.aggregate(pipeline).max_time(max_time).await;
            found.map_err(StoreError::Sketches)?.try_collect::<Vec<Document>>().await.map_err(StoreError::Sketches)
        };
        match read.await {
            Ok(found) => Ok(by_day(&found)),
            Err(error) if error.kind() == StoreErrorKind::OutOfTime => Ok(BTreeMap::new()),
            Err(StoreError::Sketches(error)) if is_unsupported(&error) => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }
}

/// Reads `{_id}` of sketches, `{_id, day, at}` of markers, and `{unsketched}`. A day without a marker says nothing. Nor does
/// one that was marked before a function without sketches filed last: its records may be of any day.
fn by_day(found: &[Document]) -> BTreeMap<Day, Candidates> {
    let unsketched = found.iter().filter_map(|document| document.get_datetime(UNSKETCHED).ok()).max().copied();
    let mut sketches: BTreeMap<Day, (bool, Vec<IdRange>)> = BTreeMap::new();
    for sketch in found {
        if let Some(range) = sketch.get_binary_generic("_id").ok().and_then(|id| range_of(id)) {
            // A record's id has its time, which decides its day.
            let Some(day) = range.first.and_then(time_of).map(Day::of) else { continue };
            sketches.entry(day).or_default().1.push(range);
        } else if let Some(day) = sketch.get_str(MARKED_DAY).ok().and_then(|day| day.parse().ok()) {
            sketches.entry(day).or_default().0 = is_trusted(sketch, unsketched);
        }
    }
    let all = MAX_SKETCHES.unsigned_abs() as usize;
    let marked = sketches.into_iter().filter(|(_, (is_marked, _))| *is_marked);
    let candidates = |ranges: Vec<IdRange>| {
        if ranges.len() + 1 >= all { Candidates::Anywhere } else { Candidates::Ranges(united(ranges)) }
    };
    marked.map(|(day, (_, ranges))| (day, candidates(ranges))).collect()
}

/// Returns the range from the first to the last of ranges that are in order.
fn spanned(ranges: &[IdRange]) -> Option<IdRange> {
    Some(IdRange { first: ranges.first()?.first, end: ranges.last()?.end })
}

/// Unites ranges that overlap or are close.
fn united(mut ranges: Vec<IdRange>) -> Vec<IdRange> {
    ranges.sort_unstable_by_key(|range| range.first);
    let mut united: Vec<IdRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match united.last_mut().filter(|last| last.is_near(range, NEAR)) {
            Some(last) => last.end = last.end.max(range.end),
            None => united.push(range),
        }
    }
    united
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;
    use mongodb::bson::spec::BinarySubtype;
    use mongodb::bson::{Binary, DateTime, Document, doc};
    use record::{EventTime, first_id};

    use super::super::marker::{MARGIN_MS, MARKED_WORDS, WORDS_VERSION};
    use super::{Candidates, IdRange, MAX_SKETCHES, by_day};

    fn id(millis: i64) -> ObjectId {
        first_id(EventTime::from_millis(1_795_163_739_000 + millis).unwrap())
    }

    /// Returns a sketch of 2026-11-20.
    fn sketch(from: i64, to: i64) -> Document {
        let bytes = [&id(from).bytes()[..7], &id(to).bytes()[..7], &[0; 8]].concat();
        doc! { "_id": Binary { subtype: BinarySubtype::Generic, bytes } }
    }

    fn marker(day: &str) -> Document {
        doc! { "_id": "complete", "day": day, MARKED_WORDS: WORDS_VERSION }
    }

    #[test]
    fn a_day_that_was_marked_before_somebody_filed_without_sketches_says_nothing() {
        let time = DateTime::from_millis;
        let marked = |at: i64| {
            let mut marked = marker("2026-11-20");
            marked.insert("at", time(at * MARGIN_MS));
            marked
        };
        let unsketched = |at: i64| doc! { "_id": null, "unsketched": time(at * MARGIN_MS) };
        let is_told = |found: &[Document]| !by_day(found).is_empty();
        assert!(is_told(&[marked(5)]));
        assert!(is_told(&[marker("2026-11-20")]));
        assert!(is_told(&[marked(6), unsketched(4)]));
        assert!(!is_told(&[marked(5), unsketched(4)]));
        assert!(!is_told(&[marked(5), unsketched(5)]));
        assert!(!is_told(&[unsketched(6), marked(5)]));
        assert!(!is_told(&[marker("2026-11-20"), unsketched(4)]));
        assert!(!is_told(&[marked(5), unsketched(4), unsketched(6)]));
    }

    #[test]
    fn ranges_that_overlap_or_are_close_are_one() {
        let day = "2026-11-20";
        let found = [marker(day), sketch(5_000, 6_000), sketch(0, 10), sketch(5, 1_000), sketch(1_090, 2_000)];
        let millis = |range: &IdRange| {
            let millis = |id: ObjectId| record::time_of(id).unwrap().micros() / 1_000 - 1_795_163_739_000;
            (millis(range.first.unwrap()), millis(range.end.unwrap()))
        };
        let Some(Candidates::Ranges(ranges)) = by_day(&found).remove(&day.parse().unwrap()) else { panic!() };
        assert_eq!(ranges.iter().map(millis).collect::<Vec<_>>(), [(0, 2_000), (5_000, 6_000)]);
    }

    #[test]
    fn a_day_with_sketches_of_other_words_says_nothing() {
        for words in [None, Some(WORDS_VERSION - 1), Some(WORDS_VERSION + 1)] {
            let mut other = doc! { "_id": "complete", "day": "2026-11-20" };
            other.extend(words.map(|words| (MARKED_WORDS.to_owned(), words.into())));
            assert_eq!(by_day(&[other]).len(), 0, "{words:?}");
        }
    }

    #[test]
    fn a_day_without_a_marker_says_nothing() {
        let days = by_day(&[sketch(0, 1), marker("2026-11-21")]);
        assert_eq!(days, [("2026-11-21".parse().unwrap(), Candidates::Ranges(Vec::new()))].into());
        let many: Vec<Document> = (1..MAX_SKETCHES).map(|at| sketch(at.into(), at.into())).collect();
        let days = by_day(&[&[marker("2026-11-20")], &many[..]].concat());
        assert_eq!(days, [("2026-11-20".parse().unwrap(), Candidates::Anywhere)].into());
    }
}
