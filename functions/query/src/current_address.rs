//! Follows an address or a password of MongoDB that is changed while the function runs.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use crate::Context;
use crate::http::error::MongoDbOutOfReach;

/// Answers a request. If MongoDB is away or refuses the password, opens the store with the current ones, and answers again.
pub(crate) async fn with_current_address(
    State(context): State<Arc<Context>>,
    request: Request,
    next: Next,
) -> Response {
    let again = copy(&request);
    let answer = next.clone().run(request).await;
    if answer.extensions().get::<MongoDbOutOfReach>().is_none() || !context.reopen().await {
        return answer;
    }
    match again {
        Some(request) => next.run(request).await,
        None => answer,
    }
}

/// Copies a request that only reads, and so has no body.
fn copy(request: &Request) -> Option<Request> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let mut copy = Request::new(Body::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    Some(copy)
}
