//! The context of all invocations, created once per cold start.

use record::Rules;
use runtime::{
    ConfigError, ConnectError, Connection, Environment, IngestConfig, RedactKeyError, StoreSettings, WithRedactKey,
};

/// The context of all invocations.
#[derive(Debug)]
pub struct Context {
    /// The store of the records.
    pub store: Connection,
    /// The rules by which payloads become records.
    pub rules: Rules,
}

/// The function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting cannot be used.
    #[error("the configuration cannot be used")]
    Config(#[from] ConfigError),
    /// The key of redaction cannot be read.
    #[error("the configuration cannot be used")]
    RedactKey(#[from] RedactKeyError),
    /// The store cannot be opened.
    #[error("the store cannot be opened")]
    Store(#[from] ConnectError),
}

impl Context {
    /// Reads the configuration and opens the store. MongoDB does not have to be available yet.
    pub async fn from_environment(env: &impl Environment) -> Result<Self, StartError> {
        let IngestConfig { rules, functions_per_shard } = IngestConfig::from_environment(&WithRedactKey::read(env)?)?;
        let store = Connection::open(&StoreSettings::from_environment(env)?, env).await?;
        Ok(Self { store: store.tracking_shards(functions_per_shard), rules })
    }
}
