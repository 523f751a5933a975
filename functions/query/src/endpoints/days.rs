//! `GET /days`: the days, and how many records each has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use record::{Day, time_of};
use serde::Serialize;
use store::{Condition, DayStatistics, IdRange, Order, Reader, Store};
use tokio::time::timeout;

use crate::Context;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::http::reply::{TIME_LIMIT, now};
use crate::render::Cut;
use crate::request::DaysSearch;
use crate::search::scan::{RecordSelection, ScanClock, ScanEnd, Scanned};
use crate::search::scan_plan::{FirstWidth, ScanPlan};

/// The time limit for each query. The server has these numbers ready.
const MAX_TIME: Duration = Duration::from_secs(5);
/// How long the buckets are in which a tenant's records are counted: a day.
const BUCKET_MS: i64 = 24 * 60 * 60 * 1_000;

/// All days, newest first.
#[derive(Debug, Serialize)]
pub(crate) struct AllDays {
    days: Vec<OneDay>,
    /// Where the time was up. Only a tenant's records have to be counted. Of the last day, only those from there on are.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<Cut>,
    /// The path and query of what lies before; there if the time was up.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct OneDay {
    day: String,
    records: u64,
    /// The bytes of records and indexes on the server's disk; `None` for a tenant.
    bytes: Option<u64>,
}

/// Answers from the server's own statistics. Counts the records of a tenant.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<AllDays>, QueryError> {
    let ids = DaysSearch::parse(uri.query()).map_err(QueryError::Parameter)?.ids();
    let reader = context.reader(&caller);
    let answer = async {
        match reader.whole_store() {
            Some(store) => of_all(store, ids).await,
            None => of_tenant(reader, ids, context.config.search_time).await,
        }
    };
    timeout(TIME_LIMIT, answer).await.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?.map(Json)
}

async fn of_all(store: &Store, ids: IdRange) -> Result<AllDays, QueryError> {
    let mut days = store.days().await.map_err(QueryError::Store)?;
    days.retain(|day| ids.reaches(*day));
    days.reverse();
    let sizes = store.day_statistics(&days, MAX_TIME).await.map_err(QueryError::Store)?;
    let one = |(day, DayStatistics { records, bytes }): (Day, _)| OneDay {
        day: day.to_string(),
        records,
        bytes: Some(bytes),
    };
    Ok(AllDays { days: sizes.into_iter().map(one).collect(), cut: None, next: None })
}

/// Counts the tenant's records of each day, newest first, until the time is up. Leaves out the days without any.
async fn of_tenant(reader: Reader<'_>, ids: IdRange, search_time: Duration) -> Result<AllDays, QueryError> {
    let days = reader.days().await.map_err(QueryError::Store)?;
    let condition = Condition::everything();
    let plan = ScanPlan::new(Order::Newest, days, ids, FirstWidth::Day, now());
    let mut plan = plan.asking(reader.wanted(&condition));
    let selection = RecordSelection { condition, order: Order::Newest, limit: 0, projection: None };
    let beginning = plan.cursor();
    let mut counts: BTreeMap<Day, u64> = BTreeMap::new();
    let mut clock = ScanClock::start(search_time);
    let end = loop {
        let window = match clock.next_window(reader, &mut plan).await? {
            Ok(window) => window,
            Err(end) => break end,
        };
        let counted = reader.count(window.day, &selection.lookup(&window, 0), BUCKET_MS).await;
        let added = counted.map_err(QueryError::Store).map(|counted| {
            let records: u64 = counted.iter().filter_map(|count| u64::try_from(count.count).ok()).sum();
            *counts.entry(window.day).or_default() += records;
            Scanned::All
        });
        if let Some(end) = clock.advance(&mut plan, &window, added)? {
            break end;
        }
    };
    if end == ScanEnd::OutOfTime && plan.cursor() == beginning {
        return Err(QueryError::OutOfTime { limit: search_time });
    }
    let rest = plan.cursor().filter(|_| end == ScanEnd::OutOfTime);
    let own = counts.into_iter().rev().filter(|(_, records)| *records > 0);
    let days = own.map(|(day, records)| OneDay { day: day.to_string(), records, bytes: None }).collect();
    Ok(AllDays { days, cut: rest.and_then(time_of).map(Cut::of_time), next: rest.map(DaysSearch::address_of_rest) })
}
