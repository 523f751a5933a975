//! Compresses answers for clients that accept gzip, where it makes them smaller.

use std::io::Write as _;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::request::accept::wanted;

const GZIP: &str = "gzip";
/// A smaller body fits into one or two packets without compression.
const MIN_BYTES: u64 = 2_048;

/// Compresses an answer whose body is complete. Live events are sent as they come.
pub(crate) async fn compress(request: Request, next: Next) -> Response {
    let is_wanted = is_accepted(request.headers());
    let response = next.run(request).await;
    match response.body().size_hint().exact() {
        Some(bytes) if is_wanted && bytes >= MIN_BYTES && !response.headers().contains_key(CONTENT_ENCODING) => {
            compressed(response).await
        }
        _ => response,
    }
}

async fn compressed(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    // The body is in memory.
    let Ok(body) = to_bytes(body, usize::MAX).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let Some(smaller) = gzip(&body) else { return Response::from_parts(parts, Body::from(body)) };
    parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(GZIP));
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(smaller))
}

/// Compresses a body. Returns `None` where it would not be smaller as base64, the form in which a function returns it:
/// the answer could exceed what Lambda accepts.
fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    let smaller = encoder.write_all(body).and_then(|()| encoder.finish()).ok()?;
    (smaller.len().div_ceil(3) * 4 < body.len()).then_some(smaller)
}

/// Whether the client accepts gzip.
pub(crate) fn is_accepted(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(wanted).any(|(name, _)| name.eq_ignore_ascii_case(GZIP))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::{HeaderMap, Request};
    use axum::middleware::from_fn;
    use axum::routing::get;
    use flate2::read::GzDecoder;
    use lambda_http::tower::ServiceExt as _;

    use super::{compress, gzip, is_accepted};

    #[test]
    fn clients_say_whether_they_take_it() {
        fn check(accepted: &str, expect: bool) {
            let headers: HeaderMap =
                [("accept-encoding".parse().unwrap(), accepted.parse().unwrap())].into_iter().collect();
            assert_eq!(is_accepted(&headers), expect, "{accepted}");
        }
        check("gzip", true);
        check("br, GZIP;q=0.5, *;q=0", true);
        check("gzip;q=0", false);
        check("gzip; q=x", false);
        check("deflate, br", false);
        check("", false);
        assert!(!is_accepted(&HeaderMap::new()));
    }

    /// Returns the answer to a client that accepts gzip: its encoding and its bytes.
    async fn answer(body: &'static str) -> (Option<String>, Vec<u8>) {
        let app = Router::new().route("/", get(async move || body)).layer(from_fn(compress));
        let request = Request::builder().uri("/").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
        let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
        let encoding = parts.headers.get("content-encoding").map(|value| value.to_str().unwrap().to_owned());
        (encoding, to_bytes(body, usize::MAX).await.unwrap().to_vec())
    }

    #[tokio::test]
    async fn an_answer_is_the_same_when_it_is_unpacked() {
        let long: &'static str = "a record like all others\n".repeat(1_000).leak();
        let (encoding, bytes) = answer(long).await;
        assert_eq!(encoding.as_deref(), Some("gzip"));
        let mut unpacked = String::new();
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut unpacked).unwrap();
        assert!(unpacked == long && bytes.len() < long.len() / 10);
        assert_eq!(answer("short").await, (None, b"short".to_vec()));
    }

    #[test]
    fn what_would_not_be_smaller_as_base64_stays_as_it_is() {
        let mut state = 1_u64;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            b' ' + u8::try_from((state >> 33) % 95).unwrap()
        });
        assert_eq!(gzip(&noise.take(10_000).collect::<Vec<_>>()), None);
    }
}
