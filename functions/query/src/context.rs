//! What requests are answered with: built once per cold start.

use runtime::{ConfigError, ConnectError, Environment, QueryConfig, StoreSettings, connect};
use store::Store;
use tokio::sync::watch;

/// What requests are answered with.
#[derive(Debug)]
pub struct Context {
    /// The records.
    pub store: Store,
    /// How they are searched.
    pub config: QueryConfig,
    /// Whether answers may go on.
    pub sse_mode: SseMode,
}

/// Whether an answer may be a stream of server-sent events.
#[derive(Clone, Debug)]
pub enum SseMode {
    /// It may not: Lambda hands over an answer as a whole.
    Never,
    /// It may, until this program stops.
    UntilStopped(watch::Receiver<bool>),
}

/// Why there is nothing to answer with.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// A setting cannot be used.
    #[error("the configuration cannot be used")]
    Config(#[source] ConfigError),
    /// The records cannot be reached as configured.
    #[error("the store cannot be opened")]
    Store(#[source] ConnectError),
}

impl Context {
    /// Reads and checks the configuration. MongoDB may be away; a wrong setting may not be.
    pub async fn from_environment(env: &(impl Environment + ?Sized), sse_mode: SseMode) -> Result<Self, ContextError> {
        let config = QueryConfig::from_environment(env).map_err(ContextError::Config)?;
        let settings = StoreSettings::from_environment(env).map_err(ContextError::Config)?;
        let store = connect(&settings, env).await.map_err(ContextError::Store)?;
        Ok(Self { store, config, sse_mode })
    }
}
