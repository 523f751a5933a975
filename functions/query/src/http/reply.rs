//! What replies have in common: limits, headers, tags.

use std::time::{Duration, SystemTime};

use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use record::EventTime;

use crate::request::Format;

/// The largest answer. Lambda accepts 6 MB (6,291,556 bytes), including headers:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub(crate) const MAX_BYTES: usize = 6_000_000;
/// The time limit of an answer. Lambda stops the function after 29 seconds, an HTTP API gives up after 30.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(25);

/// The header for the limit that ended the following of ids.
const FOLLOW_CUT: HeaderName = HeaderName::from_static("logbraid-follow-cut");

/// Returns the media types that a client accepts.
pub(crate) fn accept(headers: &HeaderMap) -> Option<&str> {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok())
}

/// Returns the current time. Relative times in a request refer to it.
pub(crate) fn now() -> EventTime {
    SystemTime::now().into()
}

/// Builds a reply. Its header `Link` names the next page.
pub(crate) fn respond(format: Format, body: Vec<u8>, next: Option<&str>) -> Response {
    let mut response = ([(CONTENT_TYPE, HeaderValue::from_static(format.content_type()))], body).into_response();
    // An address is ASCII.
    if let Some(link) = next.and_then(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\"")).ok()) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// Adds the header that says which limit ended the following of ids, for the formats that have no other place for it.
pub(crate) fn with_follow_cut(mut response: Response, cut: Option<&'static str>) -> Response {
    if let Some(cut) = cut {
        response.headers_mut().insert(FOLLOW_CUT, HeaderValue::from_static(cut));
    }
    response
}

/// Returns the tags of the answers that the client has.
pub(crate) fn known(headers: &HeaderMap) -> Option<&str> {
    headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok())
}

/// Adds the tag of an answer, or replies that the client has this answer already. Two answers with the same tag say the
/// same, but can differ in bytes.
pub(crate) fn tagged(response: Response, tag: u64, known: Option<&str>) -> Response {
    let tag = format!("W/\"{tag:016x}\"");
    let is_known = known.is_some_and(|known| known.split(',').any(|own| is_tag(own.trim(), &tag)));
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { response };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    // The tag is hexadecimal digits between quotes.
    response.headers_mut().extend(HeaderValue::try_from(tag).ok().map(|tag| (ETAG, tag)));
    response
}

/// Compares tags as `If-None-Match` does: weak or not does not matter.
fn is_tag(own: &str, tag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    own == "*" || opaque(own) == opaque(tag)
}

#[cfg(test)]
mod tests {
    use axum::response::{IntoResponse as _, Response};

    use super::tagged;

    fn answer(known: Option<&str>) -> Response {
        tagged("x".into_response(), 0x1f, known)
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        fn check(known: &str, expect: u16) {
            assert_eq!(answer(Some(known)).status().as_u16(), expect, "{known}");
        }
        check("W/\"000000000000001f\"", 304);
        check("\"000000000000001f\"", 304);
        check("\"a\", W/\"000000000000001f\"", 304);
        check("*", 304);
        check("W/\"000000000000002f\"", 200);
        check("000000000000001f", 200);
        check("", 200);
        assert_eq!(answer(None).status(), 200);
    }

    #[test]
    fn only_the_client_itself_keeps_an_answer() {
        for known in [None, Some("*")] {
            let response = answer(known);
            assert_eq!(response.headers()["cache-control"], "private, no-cache");
            assert_eq!(response.headers()["etag"], "W/\"000000000000001f\"");
        }
    }
}
