//! Problem documents (RFC 9457) of the proxy itself, in the form of the query API's.

use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use runtime::telemetry;
use serde::Serialize;

use super::guard::Refusal;
use crate::api::{ApiError, PROBLEM_JSON};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD");
/// How many seconds the page waits before it asks again while the API is away.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// A problem document. Programs may rely on `type` and `status`; the rest is for people.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    name: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
}

impl Problem {
    fn new(name: &'static str, status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { name, title, status: status.as_u16(), detail: detail.into() }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let forbidden = |name, title, detail| Self::new(name, StatusCode::FORBIDDEN, title, detail);
        match refusal {
            Refusal::ForeignHost => forbidden(
                "/problems/foreign-host",
                "Foreign host",
                "`logbraid open` answers at 127.0.0.1 and localhost only, with its port. Use the address that it opened.",
            ),
            Refusal::WrongMethod => Self::new(
                "/problems/method-not-allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "Method not allowed",
                "`logbraid open` passes on GET and HEAD only.",
            ),
            Refusal::CrossSite => forbidden(
                "/problems/cross-site",
                "Cross-site request",
                "Another page links here or asks from here. `logbraid open` answers its own page only. Type or paste the \
                 address into the browser instead.",
            ),
            Refusal::NoSession => forbidden(
                "/problems/no-session",
                "No session",
                "This browser is not the one that `logbraid open` opened, or that was an earlier run of it. Run `logbraid \
                 open` again.",
            ),
            Refusal::TokenUsed => forbidden(
                "/problems/no-session",
                "No session",
                "The address opens the page once, and it was opened before. Run `logbraid open` again.",
            ),
        }
    }
}

impl From<&ApiError> for Problem {
    fn from(error: &ApiError) -> Self {
        let detail = |error: &str| format!("`logbraid open` has no answer from the query API: {error}.");
        // The causes of missing credentials are a page of places where there are none.
        if let ApiError::Aws(_)
        | ApiError::Forbidden { .. }
        | ApiError::WantsToken { .. }
        | ApiError::TokenRefused { .. } = error
        {
            let detail = detail(&error.to_string());
            return Self::new("/problems/credentials", StatusCode::FORBIDDEN, "Credentials", detail);
        }
        let detail = detail(&telemetry::chain(error));
        match error {
            ApiError::Connect { .. } | ApiError::Request { .. } => {
                Self::new("/problems/api-away", StatusCode::BAD_GATEWAY, "API away", detail)
            }
            _ => Self::new("/problems/internal", StatusCode::INTERNAL_SERVER_ERROR, "Internal error", detail),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match status {
            StatusCode::METHOD_NOT_ALLOWED => drop(headers.insert(ALLOW, METHODS)),
            StatusCode::BAD_GATEWAY => drop(headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS)),
            _ => {}
        }
        // It has texts and a number only, which always serialise.
        (status, headers, serde_json::to_vec(&self).unwrap_or_default()).into_response()
    }
}
