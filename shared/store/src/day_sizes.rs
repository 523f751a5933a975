//! The sizes of days, from the server's own statistics.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mongodb::bson::{Document, doc};
use mongodb::error::Error;
use record::Day;

use super::names::day_of;
use super::statistics::number;
use super::{IdRange, Store, StoreError};

/// The most days of one query for counts.
const DAYS_PER_QUERY: usize = 32;
/// The most queries at the same time. The driver keeps up to 10 connections.
const QUERIES_AT_ONCE: usize = 8;
/// How long the bytes of a day are used again while its number of records stays the same. A server reports hundreds of numbers
/// with the bytes, which costs it 2 ms of processor time for a day. Bytes change without records when somebody compacts the
/// collection.
const KEPT: Duration = Duration::from_mins(10);
/// The same for a day whose number of records has just changed: a server writes new records to its disk within a minute.
const KEPT_AFTER_CHANGE: Duration = Duration::from_mins(1);

/// The size of a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DayStatistics {
    /// How many records.
    pub records: u64,
    /// How many bytes they and their indexes take on the server's disk.
    pub bytes: u64,
}

/// The sizes of days that were asked before.
#[derive(Debug, Default)]
pub(crate) struct KnownSizes(Mutex<HashMap<Day, Known>>);

#[derive(Clone, Copy, Debug)]
struct Known {
    size: DayStatistics,
    at: SystemTime,
    kept: Duration,
}

impl Known {
    fn is_fresh(&self, now: SystemTime) -> bool {
        // A clock that was set back says nothing.
        now.duration_since(self.at).is_ok_and(|age| age < self.kept)
    }
}

impl KnownSizes {
    /// Returns the size of a day that still has this number of records.
    fn get(&self, day: Day, records: u64, now: SystemTime) -> Option<DayStatistics> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&day).filter(|known| known.is_fresh(now) && known.size.records == records).map(|known| known.size)
    }

    fn put(&self, day: Day, size: DayStatistics, now: SystemTime) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = all.get(&day).is_some_and(|known| known.size.records == size.records);
        let kept = if is_same { KEPT } else { KEPT_AFTER_CHANGE };
        all.insert(day, Known { size, at: now, kept });
    }

    /// Forgets days that are gone.
    fn retain(&self, days: &[Day]) {
        let days: HashSet<&Day> = days.iter().collect();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|day, _| days.contains(day));
    }
}

impl Store {
    /// Returns the sizes of days, in order. The server keeps these numbers, so it reads no records. The counts are of now; the
    /// bytes may be ten minutes old if the count is the same as then.
    pub async fn day_statistics(
        &self,
        days: &[Day],
        max_time: Duration,
    ) -> Result<Vec<(Day, DayStatistics)>, StoreError> {
        let own: Vec<Day> = days.iter().copied().filter(|day| !self.is_pinned_only(*day)).collect();
        // Collected: a closure over borrowed slices would make the future not `Send`.
        let queries: Vec<_> = own.chunks(DAYS_PER_QUERY).map(|days| self.counts_of_days(days, max_time)).collect();
        let counts = stream::iter(queries).buffer_unordered(QUERIES_AT_ONCE).try_concat().await;
        // A server that cannot count so, or a day that was dropped meanwhile: each day is asked for all.
        let counts = counts.unwrap_or_default();
        let sizes: Vec<_> = days.iter().map(|day| self.size_of(*day, counts.get(day).copied(), max_time)).collect();
        self.sizes.retain(&own);
        stream::iter(sizes).buffered(QUERIES_AT_ONCE).try_collect().await
    }

    async fn size_of(
        &self,
        day: Day,
        count: Option<u64>,
        max_time: Duration,
    ) -> Result<(Day, DayStatistics), StoreError> {
        let failed = |source| StoreError::Statistics { day, source };
        if self.is_pinned_only(day) {
            let collection = self.read_collection(day);
            let pinned = collection.count_documents(IdRange::default().within(day).condition());
            let records = pinned.max_time(max_time).await.map_err(failed)?;
            return Ok((day, DayStatistics { records, bytes: 0 }));
        }
        let now = SystemTime::now();
        if let Some(size) = count.and_then(|records| self.sizes.get(day, records, now)) {
            return Ok((day, size));
        }
        let max_time_ms = i64::try_from(max_time.as_millis()).unwrap_or(i64::MAX);
        let command = doc! { "collStats": self.collection_name(day), "maxTimeMS": max_time_ms };
        let statistics = self.database.run_command(command).await.map_err(failed)?;
        let size = DayStatistics {
            records: number(&statistics, "count"),
            bytes: number(&statistics, "storageSize") + number(&statistics, "totalIndexSize"),
        };
        self.sizes.put(day, size, now);
        Ok((day, size))
    }

    /// Asks for the numbers of records of all days in one query.
    async fn counts_of_days(&self, days: &[Day], max_time: Duration) -> Result<BTreeMap<Day, u64>, Error> {
        let Some((first, rest)) = days.split_first() else { return Ok(BTreeMap::new()) };
        let count = || doc! { "$collStats": { "count": {} } };
        let others =
            rest.iter().map(|day| doc! { "$unionWith": { "coll": self.collection_name(*day), "pipeline": [count()] } });
        let pipeline = [count()].into_iter().chain(others);
        let found = self.collection(*first).aggregate(pipeline).max_time(max_time).await?;
        let found: Vec<Document> = found.with_type().try_collect().await?;
        let mut counts = BTreeMap::new();
        for one in &found {
            let collection = one.get_str("ns").ok().and_then(|name| name.split_once('.')).map(|(_, name)| name);
            let Some(day) = collection.and_then(|name| day_of(&self.prefix, name)) else { continue };
            // Each shard of a cluster counts its own records.
            *counts.entry(day).or_default() += number(one, "count");
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{DayStatistics, KEPT, KEPT_AFTER_CHANGE, KnownSizes};

    #[test]
    fn a_size_is_known_while_it_is_fresh_and_the_count_is_the_same() {
        let (sizes, day) = (KnownSizes::default(), "2026-11-20".parse().unwrap());
        let (size, second) = (DayStatistics { records: 7, bytes: 4_096 }, Duration::from_secs(1));
        let mut then = SystemTime::UNIX_EPOCH + KEPT;
        assert_eq!(sizes.get(day, 7, then), None);
        for kept in [KEPT_AFTER_CHANGE, KEPT, KEPT] {
            sizes.put(day, size, then);
            assert_eq!(sizes.get(day, 7, then + kept - second), Some(size));
            assert_eq!(sizes.get(day, 7, then + kept), None);
            assert_eq!(sizes.get(day, 8, then), None);
            assert_eq!(sizes.get(day, 7, then - second), None);
            then += kept;
        }
        sizes.retain(&[]);
        assert_eq!(sizes.get(day, 7, then), None);
    }
}
