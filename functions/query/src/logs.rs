//! `GET /logs`: the records that a filter asks for, newest or oldest first, over all days.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use record::time_of;
use store::Store;
use tokio::time::timeout;

use crate::Context;
use crate::answer::{MAX_BYTES, TIME_LIMIT, accept, now, respond};
use crate::collect::{End, Wanted, collect};
use crate::error::QueryError;
use crate::render::{Cut, Limits, Listing};
use crate::request::LogSearch;
use crate::walk::{Stride, Walk};

/// Answers with what is found until the answer is full or the time is up.
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
    let stride = if search.is_direct() { Stride::Days } else { Stride::Minutes };
    let days = store.days().await.map_err(QueryError::Store)?;
    let mut walk = Walk::new(search.order, days, search.ids(), stride, now());
    let beginning = walk.bound();
    let mut listing = Listing::new(search.format, Limits { records: search.limit, bytes: MAX_BYTES });
    let (condition, along) = (search.condition(), search.along());
    let wanted = Wanted { condition, along, order: search.order, limit: search.limit };
    let end = collect(store, &wanted, &mut walk, search_time, |record| {
        listing.push(record).map_err(|source| QueryError::Render { id: record.id(), source })
    })
    .await?;
    let rest = if end == End::All { None } else { walk.bound() };
    let cut = match end {
        // Not even the first step could be done: to go on from there would be to ask the same again.
        End::Late if rest == beginning => return Err(QueryError::OutOfTime { limit: search_time }),
        End::Late => rest.and_then(time_of).map(Cut::of_time),
        End::All | End::Full => None,
    };
    let next = rest.map(|bound| search.address_of_rest(bound));
    let body = listing.finish(next.as_deref(), cut).map_err(QueryError::Summary)?;
    Ok(respond(search.format, body, next.as_deref()))
}
