//! What requests are answered with: built once per cold start.

use runtime::{ConfigError, ConnectError, Environment, QueryConfig, StoreSettings, connect};
use store::Store;

use crate::Live;

/// What requests are answered with.
#[derive(Debug)]
pub struct Context {
    /// The records.
    pub store: Store,
    /// How they are searched.
    pub config: QueryConfig,
    /// Whether answers may go on.
    pub live: Live,
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
    pub async fn from_environment(env: &(impl Environment + ?Sized), live: Live) -> Result<Self, ContextError> {
        let config = QueryConfig::from_environment(env).map_err(ContextError::Config)?;
        let settings = StoreSettings::from_environment(env).map_err(ContextError::Config)?;
        let store = connect(&settings, env).await.map_err(ContextError::Store)?;
        Ok(Self { store, config, live })
    }
}
