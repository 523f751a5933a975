//! `GET /days`: the days, and how many records each has.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use record::Day;
use serde::Serialize;
use store::{DayStatistics, Store};
use tokio::time::timeout;

use crate::Context;
use crate::http::error::QueryError;
use crate::http::reply::TIME_LIMIT;
use crate::request::Parameters;
use crate::search::transaction_lookup::DAYS_AT_ONCE;

/// The time limit for a day. The server has these numbers ready.
const DAY_MAX_TIME: Duration = Duration::from_secs(5);

/// All days, newest first.
#[derive(Debug, Serialize)]
pub(crate) struct Days {
    days: Vec<OneDay>,
}

#[derive(Debug, Serialize)]
struct OneDay {
    day: String,
    records: u64,
    /// The bytes of records and indexes on the server's disk.
    bytes: u64,
}

impl OneDay {
    fn new(day: Day, statistics: DayStatistics) -> Self {
        let DayStatistics { records, bytes } = statistics;
        Self { day: day.to_string(), records, bytes }
    }
}

/// Answers from the server's own statistics.
pub(crate) async fn get(State(context): State<Arc<Context>>, uri: Uri) -> Result<Json<Days>, QueryError> {
    Parameters::parse(uri.query(), &[]).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, answer(&context.store)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?.map(Json)
}

async fn answer(store: &Store) -> Result<Days, QueryError> {
    let mut days = store.days().await.map_err(QueryError::Store)?;
    days.reverse();
    let statistics = days.into_iter().map(async |day| {
        let statistics = store.day_statistics(day, DAY_MAX_TIME).await.map_err(QueryError::Store)?;
        Ok::<_, QueryError>(OneDay::new(day, statistics))
    });
    let days = stream::iter(statistics).buffered(DAYS_AT_ONCE).try_collect().await?;
    Ok(Days { days })
}
