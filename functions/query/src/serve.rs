//! Serves requests until the program is told to stop.

use std::io;
use std::sync::Arc;

use runtime::Environment;
use tokio::sync::watch;

use crate::http::{lambda, plain};
use crate::{Context, ContextError, RequestSource, SseMode, router};

/// Why the program cannot serve, or stopped serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The context cannot be built.
    #[error("the function cannot start")]
    Context(#[source] ContextError),
    /// The program cannot listen on the address.
    #[error("cannot serve plain HTTP")]
    Http(#[source] io::Error),
    /// Lambda's runtime API fails.
    #[error("cannot serve Lambda")]
    Lambda(#[source] lambda_http::Error),
}

/// Serves requests from `source` until the program is told to stop.
pub async fn serve(source: RequestSource, env: &impl Environment) -> Result<(), ServeError> {
    let (stop, stopping) = watch::channel(false);
    let sse_mode = match source {
        RequestSource::Lambda => SseMode::Never,
        RequestSource::Http(_) => SseMode::UntilStopped(stopping),
    };
    let context = Context::from_environment(env, sse_mode).await.map_err(ServeError::Context)?;
    let app = router(Arc::new(context));
    match source {
        RequestSource::Lambda => lambda::run(app).await.map_err(ServeError::Lambda),
        RequestSource::Http(address) => plain::run(address, app, stop).await.map_err(ServeError::Http),
    }
}
