//! Metrics and health over HTTP.

use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::{Running, metrics};

/// Prometheus' text format.
const METRICS_TYPE: &str = "text/plain; version=0.0.4";

pub(super) async fn serve(running: Arc<Running>, listener: TcpListener) {
    let routes = Router::new()
        .route("/health", get(async || "OK"))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(running);
    if let Err(error) = axum::serve(listener, routes).await {
        tracing::error!(%error, "metrics and health are not served any more");
    }
}

/// Ready is who takes records.
async fn ready(State(running): State<Arc<Running>>) -> Response {
    if *running.ending.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the forwarder ends").into_response();
    }
    if running.spool.is_full() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the spool is full").into_response();
    }
    "ready".into_response()
}

async fn metrics(State(running): State<Arc<Running>>) -> Response {
    let text = match &*running.pipeline.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(pipeline) => metrics::render(&running.spool, &running.inputs.borrow(), pipeline),
        None => String::new(),
    };
    ([(CONTENT_TYPE, METRICS_TYPE)], text).into_response()
}
