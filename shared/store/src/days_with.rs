//! On which days there are records of a lookup.

use std::collections::HashSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mongodb::bson::{Document, doc};
use mongodb::error::Error;

use super::collections::is_not_known;
use super::{Lookup, Store, StoreError};
use record::Day;

/// How many days are asked for in one question: a day in it costs a fraction of a question of its own, and a server's
/// processors can take several questions at once.
const DAYS_A_QUESTION: usize = 32;
/// How many questions are asked at the same time. The driver keeps up to 10 connections.
const QUESTIONS_AT_ONCE: usize = 8;

impl Store {
    /// Those of some days on which there are records of a lookup, for one that an index answers; its order and limit do not
    /// matter. All of them where the server does not know how to look at several collections at once (`$unionWith`, MongoDB
    /// since 4.4).
    pub async fn days_with(&self, days: &[Day], lookup: &Lookup) -> Result<Vec<Day>, StoreError> {
        // Collected, since a closure over borrowed slices is not general enough for the future to be `Send`.
        let asked: Vec<_> = days.chunks(DAYS_A_QUESTION).map(|days| self.ask(days, lookup)).collect();
        let found = stream::iter(asked).buffer_unordered(QUESTIONS_AT_ONCE).try_concat().await;
        match found {
            Ok(with) => Ok(days.iter().copied().filter(|day| with.contains(&day.to_string())).collect()),
            Err(error) if is_not_known(&error) => Ok(days.to_vec()),
            Err(error) => Err(StoreError::DaysWith(error)),
        }
    }

    /// The names of the days.
    async fn ask(&self, days: &[Day], lookup: &Lookup) -> Result<HashSet<String>, Error> {
        let Some((first, rest)) = days.split_first() else { return Ok(HashSet::new()) };
        let one_of = |day: &Day| {
            vec![
                doc! { "$match": lookup.condition() },
                doc! { "$limit": 1 },
                doc! { "$project": { "_id": 0, "day": { "$literal": day.to_string() } } },
            ]
        };
        let others = rest.iter().map(|day| {
            doc! { "$unionWith": { "coll": self.collection_name(*day), "pipeline": one_of(day) } }
        });
        let pipeline = one_of(first).into_iter().chain(others);
        let found = self.collection(*first).aggregate(pipeline).max_time(lookup.max_time).await?;
        let day = |document: Document| document.get_str("day").ok().map(str::to_owned);
        found.try_filter_map(async |document| Ok(day(document))).try_collect().await
    }
}
