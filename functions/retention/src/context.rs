//! The context of all invocations, created once per cold start.

use runtime::{
    ArchiveBucket, ArchivePlace, ConfigError, ConnectError, Connection, Environment, RetentionConfig, StoreSettings,
};

use crate::bucket::Bucket;

/// The context of all invocations.
#[derive(Debug)]
pub struct Context {
    /// The store of the records.
    pub store: Connection,
    /// Which days are kept.
    pub config: RetentionConfig,
    /// Where days are exported to before they are dropped; `None` if they are not.
    pub archive: Option<Bucket>,
}

/// The function cannot start.
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
    /// Reads the configuration and opens the store. MongoDB does not have to be available yet.
    pub async fn from_environment(env: &impl Environment) -> Result<Self, StartError> {
        let config = RetentionConfig::from_environment(env)?;
        let store = Connection::open(&StoreSettings::from_environment(env)?, env).await?;
        let place = ArchivePlace::from_environment(env)?;
        let open = |place| Ok(Bucket::new(ArchiveBucket::open(&place, env)?, place));
        let archive = place.map(open).transpose().map_err(StartError::Config)?;
        Ok(Self { store, config, archive })
    }
}
