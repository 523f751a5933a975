//! The connection to the store, with the same settings as the functions.

use record::Rules;
use runtime::{MongoAddress, ProcessEnvironment, StoreSettings, rules};
use store::Store;

use crate::aws::SignedInEnvironment;
use crate::error::Error;

/// Connects to the store. Also returns the rules by which the deployment files records.
pub(crate) async fn connect() -> Result<(Store, Rules), Error> {
    let settings = StoreSettings::from_environment(&ProcessEnvironment).map_err(Error::Config)?;
    let rules = rules(&ProcessEnvironment).map_err(Error::Config)?;
    let store = match settings.address {
        MongoAddress::Uri(_) => runtime::connect(&settings, &ProcessEnvironment).await,
        // A function has its credentials in the environment. A person may have them in a profile.
        MongoAddress::SecretArn(_) => runtime::connect(&settings, &SignedInEnvironment::new().await?).await,
    };
    let store = store.map_err(Error::Open)?;
    store.ping().await.map_err(Error::Reach)?;
    Ok((store, rules))
}
