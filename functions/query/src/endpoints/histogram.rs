//! `GET /histogram`: counts by time and level.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use record::time_of;
use store::{Order, Reader};
use tokio::time::timeout;

use crate::Context;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::http::reply::{TIME_LIMIT, now};
use crate::render::{Cut, Histogram};
use crate::request::HistogramSearch;
use crate::search::scan::{RecordSelection, ScanClock, ScanEnd, Scanned, searched};
use crate::search::scan_plan::{FirstWidth, ScanPlan};

/// Answers with the counts of what it scans in the time limit, newest first.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Histogram>, QueryError> {
    let search = HistogramSearch::parse(uri.query(), now()).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, answer(context.reader(&caller), &search, context.config.search_time)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?.map(Json)
}

async fn answer(reader: Reader<'_>, search: &HistogramSearch, search_time: Duration) -> Result<Histogram, QueryError> {
    let days = reader.days_for(search.condition(), search_time).await.map_err(QueryError::Store)?;
    let plan = ScanPlan::new(Order::Newest, days, search.ids(), FirstWidth::Minute, now());
    let mut plan = plan.asking(reader.wanted(search.condition()));
    let mut histogram = Histogram::new(search.from, search.to, search.bucket_ms);
    let condition = search.condition().clone();
    let selection = RecordSelection { condition, order: Order::Newest, limit: 0, projection: None };
    let beginning = plan.cursor();
    let mut clock = ScanClock::start(search_time);
    let end = loop {
        let window = match clock.next_window(reader, &mut plan).await? {
            Ok(window) => window,
            Err(end) => break end,
        };
        let counts = reader.count(window.day, &selection.lookup(&window, 0), search.bucket_ms).await;
        let added = counts.map(|counts| histogram.add(&counts)).map_err(QueryError::Store);
        if let Some(end) = clock.advance(&mut plan, &window, added.map(|()| Scanned::All))? {
            break end;
        }
    };
    let bound = plan.cursor();
    if end == ScanEnd::OutOfTime {
        if bound == beginning {
            return Err(QueryError::OutOfTime { limit: search_time });
        }
        if let Some(reached) = bound.and_then(time_of) {
            histogram.cut(Cut::of_time(reached), search.address_before(reached));
        }
    }
    if let Some(searched) = searched(reader, search.condition(), &plan) {
        histogram.searched(searched);
    }
    Ok(histogram)
}
