//! `GET /healthz`: whether MongoDB answers.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde::Serialize;
use tokio::time::timeout;

use crate::Context;
use crate::http::error::QueryError;
use crate::request::Parameters;

/// The time limit of the ping.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// The answer while MongoDB answers. Otherwise the client gets a problem document.
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    status: &'static str,
    mongodb: &'static str,
    version: &'static str,
}

/// Answers when MongoDB answers the ping.
pub(crate) async fn get(State(context): State<Arc<Context>>, uri: Uri) -> Result<Json<Health>, QueryError> {
    Parameters::parse(uri.query(), &[]).map_err(QueryError::Parameter)?;
    let ping = timeout(TIME_LIMIT, context.ping()).await;
    ping.map_err(|_| QueryError::NoPing { limit: TIME_LIMIT })?.map_err(QueryError::Store)?;
    Ok(Json(Health { status: "ok", mongodb: "ok", version: env!("CARGO_PKG_VERSION") }))
}
