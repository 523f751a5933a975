//! An HTTP API in front of a function: what API Gateway does, but for the check of tokens.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::http::api_gateway_event;
use crate::runtime_api::Function;

/// A header with the claims of a token that was checked, as a JSON object. Who sends it plays the authorizer.
pub const CLAIMS: &str = "x-checked-claims";
/// An HTTP API times out after 30 seconds.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The headers that are passed on.
const HEADERS: [&str; 4] = ["accept", "content-type", "if-none-match", "authorization"];
/// The largest request.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Serves a function on loopback. Returns the address.
pub async fn serve(function: Function) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let app = Router::new().fallback(pass).with_state(Arc::new(function));
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn pass(State(function): State<Arc<Function>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if percent_decode_str(parts.uri.path()).decode_utf8().is_err() {
        return Response::builder().status(StatusCode::BAD_REQUEST).body(Body::empty()).expect("a response");
    }
    let mut event = api_gateway_event(parts.uri.path_and_query().map_or("/", |target| target.as_str()));
    event["requestContext"]["http"]["method"] = parts.method.as_str().into();
    for name in HEADERS {
        if let Some(value) = text(name) {
            event["headers"][name] = value.into();
        }
    }
    let claims = text(CLAIMS).map_or(Value::Null, |claims| serde_json::from_str(claims).expect("claims are JSON"));
    if claims.is_object() {
        event["requestContext"]["authorizer"] = json!({ "jwt": { "claims": claims, "scopes": null } });
    }
    let body = to_bytes(body, MAX_BODY_BYTES).await.expect("a body");
    if !body.is_empty() {
        event["body"] = String::from_utf8_lossy(&body).into();
    }
    match function.invoke(&event, TIMEOUT).await {
        Ok(reply) => response(&reply),
        Err(_) => Response::builder().status(StatusCode::BAD_GATEWAY).body(Body::empty()).expect("a response"),
    }
}

fn response(reply: &Value) -> Response<Body> {
    let status = reply["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
    let mut response = Response::builder().status(status);
    for (name, value) in reply["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap_or_default());
    }
    let body = reply["body"].as_str().unwrap_or_default();
    let body = if reply["isBase64Encoded"] == true {
        STANDARD.decode(body).expect("base64")
    } else {
        body.as_bytes().to_vec()
    };
    response.body(body.into()).expect("a response")
}
