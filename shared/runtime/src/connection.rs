//! A function's connection to the store, which follows an address or a password that is changed in its secret.

use std::ops::Deref;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use record::Secret;
use store::{Identity, Store, StoreConfig};

use crate::connect::{ConnectError, identity_of};
use crate::environment::Environment;
use crate::secret::{SecretError, uri_of};
use crate::secrets_manager::SecretsManager;
use crate::settings::{MongoAddress, StoreSettings};
use crate::telemetry::chain;

/// How long a secret is not read again. While a password is changed, requests may fail until both MongoDB and the secret have it.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// The store of a function. Use it as the store itself.
///
/// Each store that was opened stays, since requests may still use it. Secrets are changed rarely.
#[derive(Debug)]
pub struct Connection {
    first: Opened,
    config: StoreConfig,
    /// The secret with the address; `None` where the address is a setting, which cannot change.
    secret: Option<AddressSecret>,
    /// What signs in instead of a user.
    identity: Option<Identity>,
    functions_per_shard: Option<u32>,
}

#[derive(Debug)]
struct Opened {
    store: Store,
    next: OnceLock<Box<Opened>>,
}

#[derive(Debug)]
struct AddressSecret {
    manager: SecretsManager,
    arn: String,
    last: Mutex<LastRead>,
}

#[derive(Debug)]
struct LastRead {
    /// When it was read again; `None` if it was not.
    at: Option<Instant>,
    /// The address that is in use.
    uri: Secret,
}

impl Connection {
    /// Opens the store. Reads the address from a secret, if the settings name one. Does not wait for MongoDB.
    pub async fn open(settings: &StoreSettings, env: &(impl Environment + ?Sized)) -> Result<Self, ConnectError> {
        let (uri, secret) = match &settings.address {
            MongoAddress::Uri(uri) => (uri.clone(), None),
            MongoAddress::SecretArn(arn) => {
                let manager = SecretsManager::from_environment(env).map_err(SecretError::Environment);
                let manager = manager.map_err(ConnectError::Address)?;
                let uri = uri_of(&manager, arn).map_err(ConnectError::Address)?;
                let last = Mutex::new(LastRead { at: None, uri: uri.clone() });
                (uri, Some(AddressSecret { manager, arn: arn.clone(), last }))
            }
        };
        let identity = identity_of(settings, env)?;
        let store = Store::open_as(&settings.config, &uri, identity.as_ref()).await.map_err(ConnectError::Open)?;
        let first = Opened { store, next: OnceLock::new() };
        Ok(Self { first, config: settings.config.clone(), secret, identity, functions_per_shard: None })
    }

    /// Makes the store write the progress of shards, as [`Store::tracking_shards`] does.
    #[must_use]
    pub fn tracking_shards(mut self, functions: u32) -> Self {
        self.first.store = self.first.store.tracking_shards(functions);
        self.functions_per_shard = Some(functions);
        self
    }

    /// Call it when MongoDB could not be reached, or refused the user or the password. Reads the secret again, and opens the store
    /// with another address if it has one. Returns whether a further try may succeed, and logs that, or why the secret cannot be
    /// used. Blocks while it reads.
    pub async fn reopen(&self) -> bool {
        match self.reopened().await {
            Ok(true) => {
                tracing::info!(
                    "MongoDB was away or refused the password, and its secret has another address or password"
                );
                true
            }
            Ok(false) => false,
            Err(error) => {
                tracing::error!(error = chain(&error), "the secret with the address of MongoDB cannot be used");
                false
            }
        }
    }

    async fn reopened(&self) -> Result<bool, ConnectError> {
        let Some(secret) = &self.secret else { return Ok(false) };
        let Some(uri) = secret.changed().map_err(ConnectError::Address)? else { return Ok(false) };
        let opened = Store::open_as(&self.config, &uri, self.identity.as_ref()).await;
        let mut store = opened.map_err(ConnectError::Open)?;
        if let Some(functions) = self.functions_per_shard {
            store = store.tracking_shards(functions);
        }
        secret.uses(uri);
        let mut new = Box::new(Opened { store, next: OnceLock::new() });
        let mut last = &self.first;
        // Another request may have opened it at the same time.
        while let Err(refused) = last.next.set(new) {
            new = refused;
            let Some(next) = last.next.get() else { break };
            last = next;
        }
        Ok(true)
    }
}

impl Deref for Connection {
    type Target = Store;

    fn deref(&self) -> &Store {
        let mut last = &self.first;
        while let Some(next) = last.next.get() {
            last = next;
        }
        &last.store
    }
}

impl AddressSecret {
    /// Reads the secret, unless it was read just now. Returns the address if it is another one.
    fn changed(&self) -> Result<Option<Secret>, SecretError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.at.is_some_and(|at| at.elapsed() < READ_AGAIN_AFTER) {
            return Ok(None);
        }
        last.at = Some(Instant::now());
        let uri = uri_of(&self.manager, &self.arn)?;
        Ok((uri != last.uri).then_some(uri))
    }

    /// Notes the address of the store that is open now. One that could not be opened is tried again.
    fn uses(&self, uri: Secret) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).uri = uri;
    }
}
