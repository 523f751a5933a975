//! Finds the days that have matching records.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mongodb::bson::{Document, doc};
use mongodb::error::Error;

use super::collections::is_unsupported;
use super::{Lookup, Store, StoreError};
use record::Day;

/// The most days of one query. A further day in a query costs a fraction of a query of its own. Several queries use
/// several of the server's processors.
const DAYS_PER_QUERY: usize = 32;
/// The most queries at the same time. The driver keeps up to 10 connections.
const QUERIES_AT_ONCE: usize = 8;

impl Store {
    /// Returns the days that have matching records. Use it for a lookup that an index answers. Ignores the order and the
    /// limit of the lookup. Returns all `days` if the server cannot read several collections in one query (`$unionWith`,
    /// MongoDB 4.4).
    pub async fn days_with(&self, days: &[Day], lookup: &Lookup) -> Result<Vec<Day>, StoreError> {
        let conditions: Vec<_> = days.iter().map(|day| self.condition_of(*day, lookup)).collect();
        let conditions: Vec<_> = stream::iter(conditions).buffered(QUERIES_AT_ONCE).try_collect().await?;
        // Collected: a closure over borrowed slices would make the future not `Send`.
        let queries: Vec<_> =
            conditions.chunks(DAYS_PER_QUERY).map(|days| self.names_of_days_with(days, lookup.max_time)).collect();
        let found = stream::iter(queries).buffer_unordered(QUERIES_AT_ONCE).try_concat().await;
        match found {
            Ok(with) => Ok(days.iter().copied().filter(|day| with.contains(&day.to_string())).collect()),
            Err(error) if is_unsupported(&error) => Ok(days.to_vec()),
            Err(error) => Err(StoreError::DaysWith(error)),
        }
    }

    async fn condition_of(&self, day: Day, lookup: &Lookup) -> Result<(Day, Document), StoreError> {
        Ok((day, self.condition(day, lookup).await?))
    }

    /// Asks for all days in one query. Returns the texts of the days that have matching records.
    async fn names_of_days_with(&self, days: &[(Day, Document)], max_time: Duration) -> Result<HashSet<String>, Error> {
        let Some((first, rest)) = days.split_first() else { return Ok(HashSet::new()) };
        let one_of = |(day, condition): &(Day, Document)| {
            vec![
                doc! { "$match": condition },
                doc! { "$limit": 1 },
                doc! { "$project": { "_id": 0, "day": { "$literal": day.to_string() } } },
            ]
        };
        let others = rest.iter().map(|day| {
            doc! { "$unionWith": { "coll": self.read_collection(day.0).name(), "pipeline": one_of(day) } }
        });
        let pipeline = one_of(first).into_iter().chain(others);
        let found = self.read_collection(first.0).aggregate(pipeline).max_time(max_time).await?;
        let day = |document: Document| document.get_str("day").ok().map(str::to_owned);
        found.try_filter_map(async |document| Ok(day(document))).try_collect().await
    }
}
