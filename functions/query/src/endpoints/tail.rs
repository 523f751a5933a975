//! `GET /logs/tail`: the records filed last, and those filed from now on.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::tail_events;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::http::reply::{MAX_BYTES, TIME_LIMIT, accept, now, respond};
use crate::render::{Limits, Listing};
use crate::request::TailSearch;
use crate::search::follow::{Followed, Follower};
use crate::{Context, SseMode};

const LAST_EVENT_ID: &str = "last-event-id";
/// Answers with records in the order of filing. A client that wants events also gets all later records.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, QueryError> {
    let last_event = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    let search = TailSearch::parse(uri.query(), accept(&headers), last_event, now()).map_err(QueryError::Parameter)?;
    match &context.sse_mode {
        SseMode::UntilStopped(stopping) if accept(&headers).is_some_and(tail_events::are_accepted) => {
            let stopping = stopping.clone();
            return Ok(tail_events::stream(context, caller, search, stopping).await?.into_response());
        }
        SseMode::Never if accept(&headers).is_some_and(tail_events::alone_are_accepted) => {
            return Err(QueryError::NoEvents);
        }
        _ => {}
    }
    let answer = timeout(TIME_LIMIT, answer(&context, &caller, &search)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?
}

async fn answer(context: &Context, caller: &Caller, search: &TailSearch) -> Result<Response, QueryError> {
    let follower = Follower::new(context, caller, search);
    let (from, cut) = follower.begin(search).await?;
    let mut listing =
        Listing::new(search.format, search.fields.as_ref(), Limits { records: search.limit(), bytes: MAX_BYTES });
    let Followed { place, progress } = follower
        .read(from, &mut |record: &_, _| {
            listing.push(record).map_err(|source| QueryError::Render { id: record.id(), source })
        })
        .await?;
    let next = search.address_behind(place);
    let body = listing.finish_tail(&next, cut, progress).map_err(QueryError::Summary)?;
    Ok(respond(search.format, body, Some(&next)))
}
