//! `GET /logs/tail`: what was filed last, and what is filed from now on.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::Context;
use crate::answer::{MAX_BYTES, TIME_LIMIT, accept, now, respond};
use crate::error::QueryError;
use crate::events::{self, Live};
use crate::follow::Follower;
use crate::render::{Limits, Listing};
use crate::request::TailSearch;

const LAST_EVENT_ID: &str = "last-event-id";
/// The half of an answer's time that looking back may take; reading takes the other.
const HALVES: u32 = 2;

/// Answers with records in the order in which they were filed; with all that follow, too, where events are asked for.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, QueryError> {
    let last_event = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    let search = TailSearch::parse(uri.query(), accept(&headers), last_event, now()).map_err(QueryError::Parameter)?;
    match &context.live {
        Live::UntilStopped(stopping) if accept(&headers).is_some_and(events::are_accepted) => {
            let stopping = stopping.clone();
            return Ok(events::stream(context, search, stopping).await?.into_response());
        }
        Live::Never if accept(&headers).is_some_and(events::alone_are_accepted) => return Err(QueryError::NoEvents),
        _ => {}
    }
    let answer = timeout(TIME_LIMIT, answer(&context, &search)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?
}

async fn answer(context: &Context, search: &TailSearch) -> Result<Response, QueryError> {
    let follower = follower(context, search);
    let from = match search.after {
        Some(place) => place,
        None => follower.place_of_last(search.last()).await?,
    };
    let mut listing = Listing::new(search.format, Limits { records: search.limit(), bytes: MAX_BYTES });
    let rest = follower
        .read(from, &mut |record: &_, _| {
            listing.push(record).map_err(|source| QueryError::Render { id: record.id(), source })
        })
        .await?;
    let next = search.address_behind(rest);
    let body = listing.finish(Some(&next), None).map_err(QueryError::Summary)?;
    Ok(respond(search.format, body, Some(&next)))
}

/// What reads the journal for a search.
pub(crate) fn follower<'a>(context: &'a Context, search: &TailSearch) -> Follower<'a> {
    Follower { store: &context.store, condition: search.condition(), time: context.config.search_time / HALVES }
}
