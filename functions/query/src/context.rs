//! The context of all requests. Built once per cold start.

use runtime::{
    ApiAccess, ConfigError, ConnectError, Connection, Environment, FailedBucket, QueryConfig, StoreSettings, TenantRule,
};
use store::{Reader, StoreError};
use tokio::sync::watch;

use crate::caller::Caller;
use crate::failed_batches::FailedBatchList;

/// The context of all requests.
#[derive(Debug)]
pub struct Context {
    /// The store of the records. Private, so that nobody reads but through [`Context::reader`].
    store: Connection,
    /// The batches in the on-failure bucket.
    pub failed_batches: FailedBatchList,
    /// Who may ask: what the page has to know before it asks.
    pub access: ApiAccess,
    /// How a token says whose records its bearer may see; `None` where everybody sees all.
    pub tenants: Option<TenantRule>,
    /// The settings for searches.
    pub config: QueryConfig,
    /// Whether answers may be streams of events.
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

/// Why the context cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// A setting is wrong.
    #[error("the configuration cannot be used")]
    Config(#[source] ConfigError),
    /// The store cannot be opened as configured.
    #[error("the store cannot be opened")]
    Store(#[source] ConnectError),
}

impl Context {
    /// Reads and checks the settings. Fails for a wrong setting, but not when MongoDB is away.
    pub async fn from_environment(env: &(impl Environment + ?Sized), sse_mode: SseMode) -> Result<Self, ContextError> {
        let config = QueryConfig::from_environment(env).map_err(ContextError::Config)?;
        let access = ApiAccess::from_environment(env).map_err(ContextError::Config)?;
        let tenants = TenantRule::from_environment(env, &access).map_err(ContextError::Config)?;
        let settings = StoreSettings::from_environment(env).map_err(ContextError::Config)?;
        let bucket = FailedBucket::from_environment(env).map_err(ContextError::Config)?;
        let store = Connection::open(&settings, env).await.map_err(ContextError::Store)?;
        Ok(Self { store, failed_batches: FailedBatchList::new(bucket), access, tenants, config, sse_mode })
    }

    /// Returns the handle through which a request reads: what its caller may see.
    pub(crate) fn reader<'a>(&'a self, caller: &'a Caller) -> Reader<'a> {
        self.store.reader(&caller.scope)
    }

    /// Checks that MongoDB answers.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }

    /// Opens the store with the current address and password, as [`Connection::reopen`] does.
    pub(crate) async fn reopen(&self) -> bool {
        self.store.reopen().await
    }
}
