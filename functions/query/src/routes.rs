//! Routes each path to its endpoint.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, VARY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::Context;
use crate::caller::Caller;
use crate::current_address::with_current_address;
use crate::endpoints::{
    around, days, health, histogram, logs, openapi, outline, page, page_config, pin, quarantine, services, tail,
    transaction, transactions, values,
};
use crate::http::compress::compress;
use crate::http::error::{PINNING, QueryError, READING};
use crate::paths::{
    ASSETS, DAYS, HEALTH, HISTOGRAM, LOGS, OPENAPI, PAGE, PAGE_CONFIG, PINS, QUARANTINE, SERVICES, TAIL,
    TRANSACTION_PREFIX, TRANSACTIONS, VALUES,
};
use crate::request::{is_outline, is_pin};

/// Returns the router of all paths. HEAD works wherever GET does.
pub fn router(context: Arc<Context>) -> Router {
    Router::new()
        .route(TRANSACTIONS, get(transactions::get))
        // The uid is the rest of the path: an HTTP API decodes an escaped slash.
        .route(
            &format!("{TRANSACTION_PREFIX}{{*log_uid}}"),
            get(transaction_or_part).put(pin::put).delete(pin::delete).fallback(wrong_method),
        )
        .route(PINS, get(pin::list))
        .route(LOGS, get(logs::get))
        .route(TAIL, get(tail::get))
        .route(&format!("{LOGS}/{{id}}"), get(around::get))
        .route(HISTOGRAM, get(histogram::get))
        .route(SERVICES, get(services::get))
        .route(VALUES, get(values::get))
        .route(DAYS, get(days::get))
        .route(QUARANTINE, get(quarantine::get))
        .route(OPENAPI, get(openapi::get))
        .route(HEALTH, get(health::get))
        .route("/", get(page::root))
        .route(PAGE.trim_end_matches('/'), get(page::shell))
        .route(PAGE, get(page::shell))
        .route(&format!("{PAGE}{{*view}}"), get(page::shell))
        .route(&format!("{ASSETS}{{name}}"), get(page::asset))
        .route(PAGE_CONFIG, get(page_config::get))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(&context), with_current_address))
        .layer(from_fn(compress))
        .layer(map_response(with_safe_headers))
        .with_state(context)
}

/// A uid may have slashes, so its path takes all that follows.
async fn transaction_or_part(
    context: State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, QueryError> {
    if is_outline(uri.path()) {
        outline::get(context, caller, uri, headers).await
    } else if is_pin(uri.path()) {
        pin::get(context, caller, uri).await.map(IntoResponse::into_response)
    } else {
        transaction::get(context, caller, uri, headers).await
    }
}

async fn unknown_path(uri: Uri) -> QueryError {
    QueryError::UnknownPath { path: uri.path().to_owned() }
}

async fn wrong_method(method: Method, uri: Uri) -> QueryError {
    let allowed = if is_pin(uri.path()) { PINNING } else { READING };
    QueryError::WrongMethod { method, allowed }
}

/// Adds headers that keep logs private. No cache stores an answer, except the client's own where the answer allows it.
/// No browser shows an answer as a page.
async fn with_safe_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use axum::body::{Body, to_bytes};
    use axum::http::{HeaderMap, Request};
    use insta::assert_snapshot;
    use lambda_http::tower::ServiceExt as _;

    use super::router;
    use crate::{Context, SseMode, paths};

    /// No server listens there.
    const AWAY: &str = "mongodb://127.0.0.1:1/?directConnection=true";

    /// Returns the answer while MongoDB is away.
    pub(crate) async fn ask(method: &str, target: &str) -> (u16, HeaderMap, String) {
        send(&[], method, target, Body::empty()).await
    }

    /// Returns the answer to a request with a body, with further settings.
    async fn send(settings: &[(&str, &str)], method: &str, target: &str, body: Body) -> (u16, HeaderMap, String) {
        let env = [&[("MONGODB_URI", AWAY), ("LOGBRAID_MONGODB_TIMEOUT_MS", "100")], settings].concat();
        let context = Context::from_environment(env.as_slice(), SseMode::Never).await.unwrap();
        let request = Request::builder().method(method).uri(target).body(body).unwrap();
        let (parts, body) = router(Arc::new(context)).oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn paths_that_do_not_exist_are_problems() {
        let (status, headers, body) = ask("GET", "/transaction/x").await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (404, "application/problem+json"));
        let allowed = paths::ALL.join(", ");
        assert_eq!(
            body,
            format!(
                r#"{{"type":"/problems/unknown-path","title":"Unknown path","status":404,"detail":"There is nothing at `/transaction/x`.","allowed":"{allowed}"}}"#
            )
        );
        for path in ["/transactions/", "/healthz/x", "//", "/transactions%2Fx"] {
            assert_eq!(ask("GET", path).await.0, 404, "{path}");
        }
    }

    #[tokio::test]
    async fn only_reading_is_allowed() {
        let (status, headers, body) = ask("POST", "/transactions/x").await;
        assert_eq!((status, headers["allow"].to_str().unwrap()), (405, "GET, HEAD"));
        assert_snapshot!(body, @r#"{"type":"/problems/method-not-allowed","title":"Method not allowed","status":405,"detail":"POST is not allowed here.","allowed":"GET, HEAD"}"#);
        assert_eq!(ask("DELETE", "/healthz").await.0, 405);
        let (_, headers, _) = ask("POST", "/transactions/x/pin").await;
        assert_eq!(headers["allow"].to_str().unwrap(), "GET, HEAD, PUT, DELETE");
        for method in ["PUT", "DELETE"] {
            let (status, headers, _) = ask(method, "/transactions/x").await;
            assert_eq!((status, headers["allow"].to_str().unwrap()), (405, "GET, HEAD"), "{method}");
            assert_eq!(ask(method, "/transactions/x/pin").await.0, 403, "{method}: pins are off without authorization");
        }
        assert_eq!(ask("OPTIONS", "/healthz").await.0, 405);
    }

    #[tokio::test]
    async fn bad_parameters_are_refused_before_mongodb_is_asked() {
        for target in [
            "/transactions/x?uid[$ne]=",
            "/transactions/x?$where=sleep(1000)",
            "/transactions/x?from[$gt]=2026-11-20T08:00:00Z",
            "/transactions/x?from=%7B%22$gt%22:%22%22%7D",
            "/transactions/x?after=%00",
            "/transactions/-",
            "/transactions/-/outline",
            "/transactions/x/outline?bins=$gt",
            "/transactions/x/outline?by=$where",
            "/transactions/%C3%28",
            "/days?from=2026-11-20",
            "/transactions?service[$ne]=",
            "/transactions?sort=$where",
            "/transactions?min_duration_ms[$gt]=0",
            "/transactions?log_uid=x",
            "/transactions?level[$gt]=&field.$where=1",
            "/transactions?after={$gt:%22%22}",
            "/services?from[$gt]=2026-11-20",
            "/services?service=$ne",
            "/values",
            "/values?name=a&limit=$gt",
            "/values?name[$ne]=a",
            "/quarantine?reason[$ne]=x",
            "/quarantine?reason=",
            "/quarantine?after=$gt",
            "/quarantine?limit=201",
            "/openapi.json?x",
            "/healthz?x=1",
            "/ui/config.json?x=1",
        ] {
            assert_eq!(ask("GET", target).await.0, 400, "{target}");
        }
    }

    #[tokio::test]
    async fn a_body_that_is_too_large_is_a_problem() {
        let pins = [("LOGBRAID_PINS", "on")];
        let body = |bytes: usize| format!(r#"{{"reason":"{}"}}"#, "x".repeat(bytes - r#"{"reason":""}"#.len()));
        for (target, bytes, expect) in [
            ("/transactions/x/pin", 16_384, (400, "reason")),
            ("/transactions/x/pin", 16_385, (400, "body")),
            ("/transactions/x/pin", 5_000_000, (400, "body")),
            ("/transactions/x", 5_000_000, (405, "")),
        ] {
            let (status, headers, told) = send(&pins, "PUT", target, Body::from(body(bytes))).await;
            assert_eq!(headers["content-type"], "application/problem+json", "{bytes} {told}");
            let problem: serde_json::Value = serde_json::from_str(&told).unwrap();
            assert_eq!((status, problem["parameter"].as_str().unwrap_or_default()), expect, "{target} {bytes} {told}");
        }
        let (_, _, told) = send(&pins, "PUT", "/transactions/x/pin", Body::from(body(20_000))).await;
        assert_snapshot!(told, @r#"{"type":"/problems/bad-parameter","title":"Bad parameter","status":400,"detail":"The body has more than 16384 bytes.","parameter":"body","allowed":"a JSON object such as {\"reason\": \"incident 4711\", \"until\": \"2027-03-31\"}; `until` may be missing"}"#);
    }

    #[tokio::test]
    async fn what_is_no_text_in_a_path_is_a_problem() {
        for path in ["/assets/%FF", "/transactions/%FF", "/transactions/%FF/pin", "/logs/%FF", "/ui/%FF", "/%FF"] {
            let (status, headers, told) = ask("GET", path).await;
            let is_page = path.starts_with("/ui/");
            assert_eq!(is_page, headers["content-type"] != "application/problem+json", "{path}: {status} {told}");
        }
    }

    #[tokio::test]
    async fn parameters_as_long_as_they_can_be_are_refused() {
        let long = "x".repeat(65_000);
        for target in
            ["/transactions?q=", "/transactions/x?field.a=", "/services?from=", "/logs?service=", "/transactions/"]
        {
            assert_eq!(ask("GET", &format!("{target}{long}")).await.0, 400, "{target}");
        }
    }

    #[tokio::test]
    async fn while_mongodb_is_away_clients_may_try_again() {
        for target in [
            "/transactions/x",
            "/transactions/$where",
            "/transactions/..%2Fx",
            "/transactions/%00",
            "/transactions/x/outline",
            "/days",
            "/values?name=$where",
            "/quarantine",
            "/healthz",
        ] {
            let (status, headers, body) = ask("GET", target).await;
            assert_eq!((status, headers["retry-after"].to_str().unwrap()), (503, "5"), "{target}: {body}");
            assert!(!body.contains("127.0.0.1"), "{body}");
        }
    }

    #[tokio::test]
    async fn head_is_a_get_without_its_body() {
        let (status, headers, body) = ask("HEAD", "/transactions/-").await;
        assert_eq!(
            (status, headers["content-type"].to_str().unwrap(), body.as_str()),
            (400, "application/problem+json", "")
        );
    }

    #[tokio::test]
    async fn no_answer_is_cached_or_sniffed() {
        for target in ["/x", "/transactions/-", "/healthz"] {
            let (_, headers, _) = ask("GET", target).await;
            assert_eq!(
                (&headers["cache-control"], &headers["x-content-type-options"]),
                (&"no-store".parse().unwrap(), &"nosniff".parse().unwrap())
            );
        }
    }
}
