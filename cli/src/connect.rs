//! The store, found as the functions find it.

use record::Rules;
use runtime::{MongoAddress, ProcessEnvironment, StoreSettings, rules};
use store::Store;

use crate::aws::SignedIn;
use crate::error::Error;

/// The store and what the deployment decides about filing.
pub(crate) async fn connect() -> Result<(Store, Rules), Error> {
    let settings = StoreSettings::from_environment(&ProcessEnvironment).map_err(Error::Config)?;
    let rules = rules(&ProcessEnvironment).map_err(Error::Config)?;
    let store = match settings.address {
        MongoAddress::Uri(_) => runtime::connect(&settings, &ProcessEnvironment).await,
        // A function's credentials are in its environment, a person's may be anywhere.
        MongoAddress::SecretArn(_) => runtime::connect(&settings, &SignedIn::new().await?).await,
    };
    let store = store.map_err(Error::Open)?;
    store.ping().await.map_err(Error::Reach)?;
    Ok((store, rules))
}
