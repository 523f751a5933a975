//! What all lists of records have in common when they are answered.

use std::time::{Duration, SystemTime};

use axum::http::header::{ACCEPT, CONTENT_TYPE, LINK};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use shared::record::EventTime;

use crate::request::Format;

/// What an answer takes at most. Lambda takes 6 MB (6,291,556 bytes) of a function, headers included:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub(crate) const MAX_BYTES: usize = 6_000_000;
/// How long an answer may take. The function is stopped after 29 seconds, an HTTP API gives up after 30.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(25);

/// The forms that a client accepts.
pub(crate) fn accept(headers: &HeaderMap) -> Option<&str> {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok())
}

/// This moment, to which relative times relate.
pub(crate) fn now() -> EventTime {
    SystemTime::now().into()
}

/// The answer, which says in its headers too where the rest is.
pub(crate) fn respond(format: Format, body: Vec<u8>, next: Option<&str>) -> Response {
    let mut response = ([(CONTENT_TYPE, HeaderValue::from_static(format.content_type()))], body).into_response();
    // All of an address is ASCII.
    if let Some(link) = next.and_then(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\"")).ok()) {
        response.headers_mut().insert(LINK, link);
    }
    response
}
