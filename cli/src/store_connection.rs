//! The connection to the store, with the same settings as the functions.

use record::Rules;
use runtime::{
    Environment as _, MongoAddress, ProcessEnvironment, REDACT_KEY_SECRET_ARN, StoreSettings, WithRedactKey, rules,
};
use store::Store;

use crate::aws::SignedInEnvironment;
use crate::error::Error;

/// Returns the prefix of the stack's collections.
pub(crate) fn collection_prefix() -> Result<String, Error> {
    let settings = StoreSettings::from_environment(&ProcessEnvironment).map_err(Error::Config)?;
    Ok(settings.config.prefix)
}

/// Connects to the store. Also returns the rules by which the deployment files records.
pub(crate) async fn connect() -> Result<(Store, Rules), Error> {
    let settings = StoreSettings::from_environment(&ProcessEnvironment).map_err(Error::Config)?;
    let rules = match ProcessEnvironment.get(REDACT_KEY_SECRET_ARN).filter(|arn| !arn.is_empty()) {
        None => rules(&ProcessEnvironment),
        // A function has its credentials in the environment. A person may have them in a profile.
        Some(_) => rules(&WithRedactKey::read(&SignedInEnvironment::new().await?).map_err(Error::RedactKey)?),
    };
    let rules = rules.map_err(Error::Config)?;
    let store = match settings.address {
        MongoAddress::Uri(_) => runtime::connect(&settings, &ProcessEnvironment).await,
        MongoAddress::SecretArn(_) => runtime::connect(&settings, &SignedInEnvironment::new().await?).await,
    };
    let store = store.map_err(Error::Open)?;
    store.ping().await.map_err(Error::Reach)?;
    Ok((store, rules))
}
