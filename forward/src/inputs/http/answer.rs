//! What a sender is told.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::spool::StoreError;

/// An answer. Texts are short and ASCII: some clients break on others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Answer {
    Stored,
    NoContent,
    EmptyProtobuf,
    /// The spool is full.
    Full,
    Ending,
    TooLarge,
    TooSlow,
    UnknownEncoding,
    NotFound,
}

impl Answer {
    /// Returns an answer in JSON.
    pub(super) fn json(body: impl Into<String>) -> Response {
        (StatusCode::OK, [(CONTENT_TYPE, "application/json")], body.into()).into_response()
    }

    /// Returns Elasticsearch's answer to so many documents.
    pub(super) fn bulk(documents: usize) -> Response {
        const ITEM: &str = r#"{"create":{"status":201}}"#;
        let mut body = String::with_capacity(64 + documents * (ITEM.len() + 1));
        body.push_str(r#"{"took":0,"errors":false,"items":["#);
        for index in 0..documents {
            if index > 0 {
                body.push(',');
            }
            body.push_str(ITEM);
        }
        body.push_str("]}");
        Self::json(body)
    }
}

/// Returns an answer as Elasticsearch gives it: its clients take no other for true, though all was stored.
pub(super) async fn of_elasticsearch(mut response: Response) -> Response {
    response.headers_mut().insert("x-elastic-product", HeaderValue::from_static("Elasticsearch"));
    response
}

impl From<StoreError> for Answer {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::Full,
            StoreError::TooLarge => Self::TooLarge,
            StoreError::Closed => Self::Ending,
        }
    }
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Self {
        let again = [(RETRY_AFTER, "1")];
        match answer {
            Answer::Stored => StatusCode::OK.into_response(),
            Answer::NoContent => StatusCode::NO_CONTENT.into_response(),
            Answer::EmptyProtobuf => (StatusCode::OK, [(CONTENT_TYPE, "application/x-protobuf")]).into_response(),
            Answer::Full => (StatusCode::SERVICE_UNAVAILABLE, again, "the spool is full").into_response(),
            Answer::Ending => {
                (StatusCode::SERVICE_UNAVAILABLE, again, "the forwarder is being stopped").into_response()
            }
            Answer::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too large").into_response(),
            Answer::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too slow").into_response(),
            Answer::UnknownEncoding => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unknown content encoding").into_response(),
            Answer::NotFound => (StatusCode::NOT_FOUND, "no such path").into_response(),
        }
    }
}
