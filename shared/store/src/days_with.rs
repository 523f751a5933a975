//! Finds the days that have matching records.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mongodb::bson::{Document, doc};
use mongodb::error::Error;

use super::collections::is_unsupported;
use super::reader::OwnFilter;
use super::{Condition, IdRange, Lookup, NO_LIMIT, Order, Reader, StoreError, StoreErrorKind};
use record::{Day, time_of};

/// The most days of one query. A further day in a query costs a fraction of a query of its own. Several queries use
/// several of the server's processors.
const DAYS_PER_QUERY: usize = 16;
/// The most queries at the same time. The driver keeps up to 10 connections.
const QUERIES_AT_ONCE: usize = 8;

impl Reader<'_> {
    /// Returns the days that have matching records. Use it for a lookup that an index answers. Ignores the order and the
    /// limit of the lookup. Returns all `days` if the server cannot read several collections in one query (`$unionWith`,
    /// MongoDB 4.4).
    pub async fn days_with(self, days: &[Day], lookup: &Lookup) -> Result<Vec<Day>, StoreError> {
        let filters: Vec<_> = days.iter().map(|day| self.filter_for(*day, lookup)).collect();
        let filters: Vec<_> = stream::iter(filters).buffered(QUERIES_AT_ONCE).try_collect().await?;
        // Collected: a closure over borrowed slices would make the future not `Send`.
        let queries: Vec<_> =
            filters.chunks(DAYS_PER_QUERY).map(|days| self.some_days_with(days, lookup.max_time)).collect();
        let found = stream::iter(queries).buffer_unordered(QUERIES_AT_ONCE).try_concat().await;
        match found {
            Ok(with) => Ok(days.iter().copied().filter(|day| with.contains(day)).collect()),
            Err(error) if is_unsupported(&error) => Ok(days.to_vec()),
            Err(error) => Err(StoreError::DaysWith(error)),
        }
    }

    /// Returns the days that a search has to read: all, or only those with records of the transactions that it names.
    pub async fn days_for(self, condition: &Condition, max_time: Duration) -> Result<Vec<Day>, StoreError> {
        let days = self.days().await?;
        let Some(filter) = condition.of_transactions().cloned() else { return Ok(days) };
        let (ids, order, limit, projection) = (IdRange::default(), Order::Oldest, NO_LIMIT, None);
        match self.days_with(&days, &Lookup { filter, ids, order, limit, projection, max_time }).await {
            // Then the search itself says how far it got.
            Err(error) if error.kind() == StoreErrorKind::OutOfTime => Ok(days),
            with => with,
        }
    }

    async fn filter_for(self, day: Day, lookup: &Lookup) -> Result<(Day, OwnFilter), StoreError> {
        Ok((day, self.filter(day, lookup).await?))
    }

    /// Asks for all days in one query.
    async fn some_days_with(self, days: &[(Day, OwnFilter)], max_time: Duration) -> Result<HashSet<Day>, Error> {
        let Some(((first, filter), rest)) = days.split_first() else { return Ok(HashSet::new()) };
        let one = || doc! { "$limit": 1 };
        let others = rest.iter().map(|(day, filter)| {
            let pipeline = [doc! { "$match": filter.clone().into_document() }, one()];
            doc! { "$unionWith": { "coll": self.records_of(*day).name(), "pipeline": pipeline } }
        });
        // Once, for all: each stage of each day costs the server more than the search in an index does. It would copy a
        // `$project` here to each day.
        let id = doc! { "$group": { "_id": "$_id" } };
        let stages = std::iter::once(one()).chain(others).chain([id]);
        let records = self.records_of(*first);
        let found = records.aggregate(filter.clone(), stages).max_time(max_time).await?;
        // The id of a record has its time, which decides its day.
        let day = |document: Document| document.get_object_id("_id").ok().and_then(time_of).map(Day::of);
        found.try_filter_map(async |document| Ok(day(document))).try_collect().await
    }
}
