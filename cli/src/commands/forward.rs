//! `logbraid forward`: the forwarder.

use std::fs;
use std::path::Path;

use ::forward::config::Config;
use ::forward::daemon::{self, LoadError};
use runtime::{Environment as _, ProcessEnvironment, telemetry};

use crate::args::ForwardArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::stderr;

/// Runs the forwarder until a signal ends it.
pub(crate) async fn run(args: &ForwardArgs) -> Result<Exit, Error> {
    let load = || load(args.config.as_deref());
    if args.check {
        let config = load().map_err(|error| Error::Forward(error.into()))?;
        let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let (inputs, outputs) = (count(config.inputs.len(), "input"), count(config.outputs.len(), "output"));
        stderr::print(format_args!("the configuration is right: {inputs}, {outputs}"));
        return Ok(Exit::Done);
    }
    telemetry::init_on_stderr(&ProcessEnvironment).map_err(Error::Config)?;
    let started = |name: &str, addresses: &[String]| {
        stderr::print(format_args!("{name} listens at {}", addresses.join(", ")));
    };
    daemon::run(&load, &|_, _| Ok(None), &started).await.map_err(Error::Forward)?;
    Ok(Exit::Done)
}

fn load(path: Option<&Path>) -> Result<Config, LoadError> {
    let variables = |name: &str| ProcessEnvironment.get(name);
    let Some(path) = path else { return Ok(Config::without_file(&variables)?) };
    let name = path.display().to_string();
    let yaml = fs::read_to_string(path).map_err(|source| LoadError::Read { file: name.clone(), source })?;
    Ok(Config::parse(&yaml, &name, &variables)?)
}
