//! What every invocation needs, made once per cold start.

use record::Rules;
use runtime::{ConfigError, ConnectError, Environment, IngestConfig, StoreSettings, connect};
use store::Store;

/// What every invocation needs.
#[derive(Debug)]
pub struct Context {
    /// Where records are filed.
    pub store: Store,
    /// What the deployment decides about filing.
    pub rules: Rules,
}

/// Why the function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting cannot be used.
    #[error("the configuration cannot be used")]
    Config(#[from] ConfigError),
    /// The store cannot be opened.
    #[error("the store cannot be opened")]
    Store(#[from] ConnectError),
}

impl Context {
    /// Reads the configuration and opens the store, which need not be there yet.
    pub async fn from_environment(env: &impl Environment) -> Result<Self, StartError> {
        let IngestConfig { rules, functions_per_shard } = IngestConfig::from_environment(env)?;
        let store = connect(&StoreSettings::from_environment(env)?, env).await?;
        Ok(Self { store: store.tracking_shards(functions_per_shard), rules })
    }
}
