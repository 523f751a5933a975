//! The store, found as the functions find it.

use shared::config::{MongoAddress, ProcessEnvironment, StoreConfig};
use shared::record::Rules;
use shared::store::Store;

use crate::aws::SignedIn;
use crate::error::Error;

/// The store and what the deployment decides about filing.
pub(crate) async fn connect() -> Result<(Store, Rules), Error> {
    let config = StoreConfig::from_environment(&ProcessEnvironment).map_err(Error::Config)?;
    let rules = Rules::from_environment(&ProcessEnvironment).map_err(Error::Config)?;
    let store = match config.address {
        MongoAddress::Uri(_) => Store::connect(&config, &ProcessEnvironment).await,
        // A function's credentials are in its environment, a person's may be anywhere.
        MongoAddress::SecretArn(_) => Store::connect(&config, &SignedIn::new().await?).await,
    };
    let store = store.map_err(Error::Open)?;
    store.ping().await.map_err(Error::Reach)?;
    Ok((store, rules))
}
