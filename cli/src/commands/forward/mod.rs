//! `logbraid forward`: the forwarder.

mod environment;
mod filing;

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use ::forward::config::{Config, DefaultOutput};
use ::forward::daemon::{self, LoadError};
use ::forward::rules::Filter;
use ::forward::tail::socket;
use runtime::{Environment as _, ProcessEnvironment, telemetry};

pub(super) use self::environment::LocalEnvironment;
pub(super) use self::filing::make;
use crate::args::{ForwardArgs, ForwardTailArgs, ForwardTask};
use crate::error::Error;
use crate::exit::Exit;
use crate::stderr;

/// Runs the forwarder until a signal ends it.
pub(crate) async fn run(args: &ForwardArgs) -> Result<Exit, Error> {
    if let Some(ForwardTask::Tail(args)) = &args.task {
        return tail(args);
    }
    let load = || load_for(DefaultOutput::Kinesis, args.config.as_deref());
    if args.check {
        let config = daemon::check(&load, &make).map_err(Error::Forward)?;
        let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let (inputs, outputs) = (count(config.inputs.len(), "input"), count(config.outputs.len(), "output"));
        stderr::print(format_args!("the configuration is right: {inputs}, {outputs}"));
        return Ok(Exit::Done);
    }
    telemetry::init_on_stderr(&ProcessEnvironment).map_err(Error::Config)?;
    daemon::run(&load, &make, &tell_addresses).await.map_err(Error::Forward)?;
    Ok(Exit::Done)
}

/// Tells where an input listens.
pub(super) fn tell_addresses(input: &str, addresses: &[String]) {
    stderr::print(format_args!("{input} listens at {}", addresses.join(", ")));
}

/// Shows what comes in until the forwarder ends. Nothing else runs meanwhile, so it may block.
fn tail(args: &ForwardTailArgs) -> Result<Exit, Error> {
    let config = load_for(DefaultOutput::Kinesis, args.config.as_deref());
    let config = config.map_err(|error| Error::Forward(error.into()))?;
    let inputs: Vec<String> = config.inputs.iter().map(|input| input.name.clone()).collect();
    Filter::parse(&args.condition, &inputs).map_err(|error| Error::Forward(LoadError::from(error).into()))?;
    let path = socket(&config.data_dir);
    let failed = |source| Error::ForwardTail { path: path.clone(), source };
    let mut stream = UnixStream::connect(&path).map_err(failed)?;
    // A line of YAML is one of the request.
    writeln!(stream, "{}", args.condition.replace('\n', " ")).map_err(failed)?;
    let mut out = io::stdout().lock();
    for line in BufReader::new(stream).lines() {
        writeln!(out, "{}", line.map_err(failed)?).map_err(Error::Output)?;
    }
    Ok(Exit::Done)
}

/// Reads the configuration as it is now. One that names no outputs has the default one.
pub(super) fn load_for(default: DefaultOutput, path: Option<&Path>) -> Result<Config, LoadError> {
    let variables = |name: &str| ProcessEnvironment.get(name);
    let (yaml, name) = match path {
        None => (String::new(), "the configuration without a file".to_owned()),
        Some(path) => {
            let name = path.display().to_string();
            (fs::read_to_string(path).map_err(|source| LoadError::Read { file: name.clone(), source })?, name)
        }
    };
    Ok(Config::parse_for(default, &yaml, &name, &variables)?)
}
