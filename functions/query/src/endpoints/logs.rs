//! `GET /logs`: records of all days that match a filter, newest or oldest first.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use record::time_of;
use store::Store;
use tokio::time::timeout;

use crate::Context;
use crate::http::error::QueryError;
use crate::http::reply::{MAX_BYTES, TIME_LIMIT, accept, now, respond};
use crate::render::{Cut, Limits, Listing};
use crate::request::LogSearch;
use crate::search::scan::{RecordSelection, ScanEnd, scan};
use crate::search::scan_plan::{FirstWidth, ScanPlan};

/// Answers with the records found until the answer is full or the time is up.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, QueryError> {
    let search = LogSearch::parse(uri.query(), accept(&headers), now()).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, answer(&context.store, &search, context.config.search_time)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?
}

async fn answer(store: &Store, search: &LogSearch, search_time: Duration) -> Result<Response, QueryError> {
    let first_width = if search.condition().is_direct() { FirstWidth::Day } else { FirstWidth::Minute };
    let days = store.days().await.map_err(QueryError::Store)?;
    let mut plan = ScanPlan::new(search.order, days, search.ids(), first_width, now());
    let beginning = plan.cursor();
    let mut listing =
        Listing::new(search.format, search.fields.as_ref(), Limits { records: search.limit, bytes: MAX_BYTES });
    let (condition, order) = (search.condition().clone(), search.order);
    let projection = search.fields.as_ref().map(|fields| fields.projection(&[]));
    let selection = RecordSelection { condition, order, limit: search.limit, projection };
    let end = scan(store, &selection, &mut plan, search_time, |record| {
        listing.push(record).map_err(|source| QueryError::Render { id: record.id(), source })
    })
    .await?;
    let rest = if end == ScanEnd::Complete { None } else { plan.cursor() };
    let cut = match end {
        // Nothing was scanned, so a next page would be the same request again.
        ScanEnd::OutOfTime if rest == beginning => return Err(QueryError::OutOfTime { limit: search_time }),
        ScanEnd::OutOfTime => rest.and_then(time_of).map(Cut::of_time),
        ScanEnd::Complete | ScanEnd::Full => None,
    };
    let next = rest.map(|bound| search.address_of_rest(bound));
    let body = listing.finish(next.as_deref(), cut).map_err(QueryError::Summary)?;
    Ok(respond(search.format, body, next.as_deref()))
}
