//! Answers requests from wherever they come until told to stop.

use std::io;
use std::sync::Arc;

use runtime::Environment;
use tokio::sync::watch;

use crate::{Context, ContextError, Live, Place, lambda, plain_http, router};

/// Why requests are not answered, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is nothing to answer with.
    #[error("the function cannot start")]
    Context(#[source] ContextError),
    /// The address cannot be listened on.
    #[error("cannot serve plain HTTP")]
    Http(#[source] io::Error),
    /// Lambda's runtime API does not give requests.
    #[error("cannot serve Lambda")]
    Lambda(#[source] lambda_http::Error),
}

/// Answers requests from `place` until told to stop.
pub async fn serve(place: Place, env: &impl Environment) -> Result<(), ServeError> {
    let (stop, stopping) = watch::channel(false);
    let live = match place {
        Place::Lambda => Live::Never,
        Place::Http(_) => Live::UntilStopped(stopping),
    };
    let context = Context::from_environment(env, live).await.map_err(ServeError::Context)?;
    let app = router(Arc::new(context));
    match place {
        Place::Lambda => lambda::run(app).await.map_err(ServeError::Lambda),
        Place::Http(address) => plain_http::run(address, app, stop).await.map_err(ServeError::Http),
    }
}
