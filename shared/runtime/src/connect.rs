//! Opens the store that the settings name.

use store::{Store, StoreError};

use crate::environment::Environment;
use crate::secret::{SecretError, mongodb_uri};
use crate::settings::{MongoAddress, StoreSettings};

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The secret with MongoDB's address could not be read.
    #[error("the address of MongoDB cannot be read from Secrets Manager")]
    Address(#[source] SecretError),
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
    Store::open(&settings.config, &uri).await.map_err(ConnectError::Open)
}
