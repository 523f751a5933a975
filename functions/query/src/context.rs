//! What requests are answered with: built once per cold start.

use shared::config::{ConfigError, Environment, QueryConfig, StoreConfig};
use shared::store::{Store, StoreError};

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
    Store(#[source] StoreError),
}

impl Context {
    /// Reads and checks the configuration. MongoDB may be away; a wrong setting may not be.
    pub async fn from_environment(env: &impl Environment, live: Live) -> Result<Self, ContextError> {
        let config = QueryConfig::from_environment(env).map_err(ContextError::Config)?;
        let store = StoreConfig::from_environment(env).map_err(ContextError::Config)?;
        let store = Store::connect(&store, env).await.map_err(ContextError::Store)?;
        Ok(Self { store, config, live })
    }
}
