//! Passes the browser's requests on to the query API, and its answers back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, HeaderName, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;

use super::activity::{Activity, InProgress};
use super::guard::{Admission, Guard, Refusal};
use super::headers;
use super::problem::Problem;
use crate::api::Forwarder;
use crate::stderr;

const REFERRER_POLICY: HeaderName = HeaderName::from_static("referrer-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What the proxy needs for every request.
pub(super) struct Proxy {
    guard: Guard,
    is_token_used: AtomicBool,
    is_reuse_reported: AtomicBool,
    forwarder: Forwarder,
    activity: Arc<Activity>,
}

/// Returns the router: it sends every path through the proxy.
pub(super) fn router(proxy: Proxy) -> Router {
    Router::new().fallback(answer).with_state(Arc::new(proxy))
}

async fn answer(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let answer = proxy.answer(&head.method, &head.uri, &head.headers).await;
    let mut response = answer.unwrap_or_else(Problem::into_response);
    // No other page embeds an answer, whatever the API allows.
    response.headers_mut().insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}

impl Proxy {
    /// Puts the parts together.
    pub(super) fn new(guard: Guard, forwarder: Forwarder, activity: Arc<Activity>) -> Self {
        let (is_token_used, is_reuse_reported) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { guard, is_token_used, is_reuse_reported, forwarder, activity }
    }

    async fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Response, Problem> {
        let admission = self.guard.judge(method, uri, headers)?;
        // What is refused does not keep the command running.
        let in_progress = self.activity.begin();
        match admission {
            Admission::Pass => self.forward(method, uri, headers, in_progress).await,
            Admission::Known(location) => Ok(redirect(&location, None)),
            Admission::WithToken(location) => {
                self.use_token()?;
                Ok(redirect(&location, Some(self.guard.set_cookie())))
            }
        }
    }

    /// Uses the token up. Somebody who comes with a used one may have been too late: a person should know.
    fn use_token(&self) -> Result<(), Refusal> {
        if !self.is_token_used.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        if !self.is_reuse_reported.swap(true, Ordering::Relaxed) {
            stderr::print(
                "the address was opened a second time, without the cookie of the first. If the page did not open for you, \
                 somebody else may read your logs: press Ctrl-C",
            );
        }
        Err(Refusal::TokenUsed)
    }

    async fn forward(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        in_progress: InProgress,
    ) -> Result<Response, Problem> {
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let answer = self.forwarder.send(method.clone(), target, headers::of_request(headers)).await;
        let (head, body) = axum::http::Response::from(answer.map_err(|error| Problem::from(&error))?).into_parts();
        let mut headers = headers::of_answer(&head.headers);
        let location = headers.get(LOCATION).and_then(|location| location.to_str().ok());
        // The page stays on the proxy.
        if let Some(local) = location.and_then(|location| self.forwarder.target_of(location)?.try_into().ok()) {
            headers.insert(LOCATION, local);
        }
        // Each part goes on as it comes. The request lasts until the last one.
        let parts = Body::new(body).into_data_stream().map(move |part| {
            let _ = &in_progress;
            part
        });
        Ok((head.status, headers, Body::from_stream(parts)).into_response())
    }
}

/// Sends the browser to an address without a token, and perhaps gives it the cookie.
fn redirect(location: &str, cookie: Option<String>) -> Response {
    let cookie = cookie.map(|cookie| [(SET_COOKIE, cookie)]);
    // The page must not learn the address with the token.
    let headers = [(LOCATION, location), (CACHE_CONTROL, "no-store"), (REFERRER_POLICY, "no-referrer")];
    (StatusCode::SEE_OTHER, headers, cookie, ()).into_response()
}
