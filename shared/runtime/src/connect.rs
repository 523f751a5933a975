//! Opens the store that the settings name.

use store::{Identity, Store, StoreError};

use crate::environment::{ConfigError, Environment};
use crate::role_token::identity;
use crate::secret::{SecretError, mongodb_uri};
use crate::settings::{MongoAddress, StoreSettings};

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The secret with MongoDB's address could not be read.
    #[error("the address of MongoDB cannot be read from Secrets Manager")]
    Address(#[source] SecretError),
    /// The environment has no credentials of a role.
    #[error("the environment has no role to sign in by")]
    Role(#[source] ConfigError),
    /// The connection string cannot be used.
    #[error("the store cannot be opened")]
    Open(#[source] StoreError),
}

/// Opens the store. Reads the address from a secret, if the settings name one. Does not wait for MongoDB.
pub async fn connect(settings: &StoreSettings, env: &(impl Environment + ?Sized)) -> Result<Store, ConnectError> {
    let uri = match &settings.address {
        MongoAddress::Uri(uri) => uri.clone(),
        MongoAddress::SecretArn(arn) => mongodb_uri(arn, env).map_err(ConnectError::Address)?,
    };
    let identity = identity_of(settings, env)?;
    Store::open_as(&settings.config, &uri, identity.as_ref()).await.map_err(ConnectError::Open)
}

/// Returns what signs in to MongoDB instead of a user, if the settings say so.
pub(crate) fn identity_of(
    settings: &StoreSettings,
    env: &(impl Environment + ?Sized),
) -> Result<Option<Identity>, ConnectError> {
    let audience = settings.token_audience.as_deref();
    audience.map(|audience| identity(audience, env).map_err(ConnectError::Role)).transpose()
}
