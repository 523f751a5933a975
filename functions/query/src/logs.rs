//! `GET /logs`: the records that a filter asks for, newest or oldest first, over all days.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use futures_util::TryStreamExt as _;
use shared::record::time_of;
use shared::store::{Lookup, Store};
use tokio::time::timeout;

use crate::Context;
use crate::answer::{MAX_BYTES, TIME_LIMIT, accept, now, respond};
use crate::error::QueryError;
use crate::render::{Cut, Limits, Listing, Pushed};
use crate::request::LogSearch;
use crate::walk::{Stride, Walk, Window};

/// How a search ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// Everything was looked at.
    All,
    /// The answer is full.
    Full,
    /// The time was up.
    Late,
}

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
    let mut walk = Walk::new(search.order, days, search.ids(), stride);
    let beginning = walk.bound();
    let mut listing = Listing::new(search.format, Limits { records: search.limit, bytes: MAX_BYTES });
    let end = collect(store, search, &mut walk, &mut listing, search_time).await?;
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

/// Takes records, window by window.
async fn collect(
    store: &Store,
    search: &LogSearch,
    walk: &mut Walk,
    listing: &mut Listing,
    search_time: Duration,
) -> Result<End, QueryError> {
    let began = Instant::now();
    loop {
        let time_left = search_time.saturating_sub(began.elapsed());
        let Some(window) = walk.window(time_left) else { return Ok(End::All) };
        // MongoDB takes a time of 0 for no limit.
        if time_left < Duration::from_millis(1) {
            return Ok(End::Late);
        }
        let window_began = Instant::now();
        match look_at(store, search, &window, walk, listing).await {
            Ok(Pushed::Full) => return Ok(End::Full),
            Ok(Pushed::Taken) => walk.passed(&window, window_began.elapsed()),
            Err(error) if error.is_out_of_time() => {
                if !walk.narrow() {
                    return Ok(End::Late);
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// Takes the records of a window until there are no more or there is no room.
async fn look_at(
    store: &Store,
    search: &LogSearch,
    window: &Window,
    walk: &mut Walk,
    listing: &mut Listing,
) -> Result<Pushed, QueryError> {
    // One more than is wanted, to know whether there is more.
    let limit = i64::try_from(search.limit - listing.len() + 1).unwrap_or(i64::MAX);
    let Window { day, ids, max_time } = *window;
    let (filter, along, order) = (search.condition(), search.along(), search.order);
    let lookup = Lookup { filter, ids, along, order, limit, max_time };
    let mut records = pin!(store.records(day, &lookup).await.map_err(QueryError::Store)?);
    while let Some(record) = records.try_next().await.map_err(QueryError::Store)? {
        let pushed = listing.push(&record).map_err(|source| QueryError::Render { id: record.id(), source })?;
        if pushed == Pushed::Full {
            return Ok(Pushed::Full);
        }
        walk.took(record.id());
    }
    Ok(Pushed::Taken)
}
