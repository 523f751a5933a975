//! `logbraid serve`: the forwarder, filing and the query API in one process.

use ::forward::config::{Config, DefaultOutput, MongoDbOutput, Named, OutputSettings};
use ::forward::daemon;
use query::RequestSource;
use runtime::{Environment, ProcessEnvironment, StoreSettings, telemetry};

use super::forward::{LocalEnvironment, load_for, make, tell_addresses};
use crate::args::ServeArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::stderr;

/// Runs until a signal ends it.
pub(crate) async fn run(args: &ServeArgs) -> Result<Exit, Error> {
    telemetry::init_on_stderr(&ProcessEnvironment).map_err(Error::Config)?;
    let load = || load_for(DefaultOutput::MongoDb, args.config.as_deref());
    let config = load().map_err(|error| Error::Forward(error.into()))?;
    let env = LocalEnvironment { settings: mongodb(&config)?, env: ProcessEnvironment };
    reach(&env).await?;
    // The log has the port that the system gives.
    if args.listen.port() != 0 {
        stderr::print(format_args!("the page is at http://{}/", args.listen));
    }
    let forwarder = async { daemon::run(&load, &make, &tell_addresses).await.map_err(Error::Forward) };
    let page = async { query::serve(RequestSource::Http(args.listen), &env).await.map_err(Error::Serve) };
    tokio::try_join!(forwarder, page)?;
    Ok(Exit::Done)
}

/// Returns the settings of the output whose records the page shows.
fn mongodb(config: &Config) -> Result<MongoDbOutput, Error> {
    let settings = |output: &Named<OutputSettings>| match &output.settings {
        OutputSettings::MongoDb(settings) => Some(settings.clone()),
        _ => None,
    };
    config.outputs.iter().find_map(settings).ok_or(Error::NoMongoDb)
}

/// Checks that MongoDB answers. A person at a terminal learns it before the first record comes.
async fn reach(env: &impl Environment) -> Result<(), Error> {
    let settings = StoreSettings::from_environment(env).map_err(Error::Config)?;
    let store = runtime::connect(&settings, env).await.map_err(Error::Open)?;
    store.ping().await.map_err(Error::ServeNeedsMongoDb)
}
