//! Starts and stops a stack: MongoDB, the local AWS, and the functions on it.

use std::fs;
use std::path::PathBuf;

use crate::build;
use crate::deploy::Target;
use crate::error::Error;
use crate::mongod::{self, Group, Mongod, Options};
use crate::process::Process;
use crate::progress::step;
use crate::release;
use crate::running::Running;
use crate::stack::Stack;
use crate::state::{Server, State, attempt, attempt_if_there, write_private};
use crate::toolbox::Toolbox;
use crate::{architecture::Architecture, ministack, port};

/// A replica set of one member: the driver's sessions and retries work as they do in production.
const REPLICA_SET: &str = "rs0";

/// How the functions are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// Within seconds after a change.
    Debug,
    /// As for AWS.
    Release,
}

/// Starts what does not run yet, and deploys what has changed.
pub(crate) fn start(stack: &Stack, build: Build) -> Result<Running<'_>, Error> {
    let mut state = stack.folder.load()?;
    let is_complete = Toolbox::is_complete(&stack.cache);
    let name = if is_complete { "tools" } else { "tools (download, the first time only)" };
    let toolbox = step(name, || Toolbox::open(&stack.cache))?;
    toolbox.link(&stack.folder)?;
    let mongodb_uri = start_mongodb(stack, &mut state)?;
    let aws_port = start_aws(stack, &mut state, &toolbox)?;
    let functions = build_functions(stack, &toolbox, build)?;
    let target = Target { mongodb_uri: &mongodb_uri, database: &stack.database };
    let deployed = step("sam deploy", || stack.deployer(&toolbox, aws_port).deploy(&functions, &target))?;
    let running = Running { stack, toolbox, aws_port, deployed, mongodb_uri };
    write_private(&stack.folder.env(), &running.env_file())?;
    Ok(running)
}

/// Stops everything that runs. Returns whether anything did.
pub(crate) fn stop(stack: &Stack) -> Result<bool, Error> {
    let mut state = stack.folder.load()?;
    let mut any = false;
    for server in [&mut state.aws, &mut state.mongod] {
        if let Some(process) = server.process.take() {
            any |= process.is_alive();
            process.end()?;
        }
    }
    stack.folder.save(&state)?;
    attempt_if_there("remove", &stack.folder.env(), |path| fs::remove_file(path))?;
    Ok(any)
}

/// Stops the stack's own MongoDB. Its data and its port stay.
pub(crate) fn stop_mongodb(stack: &Stack) -> Result<(), Error> {
    let mut state = stack.folder.load()?;
    if let Some(process) = state.mongod.process.take() {
        process.end()?;
    }
    stack.folder.save(&state)
}

/// Starts the stack's own MongoDB again.
pub(crate) fn restart_mongodb(stack: &Stack) -> Result<(), Error> {
    start_mongodb(stack, &mut stack.folder.load()?).map(drop)
}

/// Builds the functions. Returns the folder that SAM deploys from.
fn build_functions(stack: &Stack, toolbox: &Toolbox, build: Build) -> Result<PathBuf, Error> {
    match build {
        Build::Debug => {
            let folder = stack.folder.build();
            let name = if folder.exists() { "sam build" } else { "sam build (minutes the first time)" };
            step(name, || build::debug(&stack.project, &stack.folder, toolbox))?;
            Ok(folder)
        }
        Build::Release => {
            let zips = release::build(&stack.project, &stack.folder, &stack.cache, Architecture::HOST)?;
            for zip in zips {
                println!("    {zip}");
            }
            Ok(build::release_folder(&stack.project))
        }
    }
}

fn start_mongodb(stack: &Stack, state: &mut State) -> Result<String, Error> {
    let own = |port| mongod::uri(port, Some(REPLICA_SET));
    // A shell that has sourced the env file passes on the address of the stack's own server.
    let given = stack.given_mongodb.as_ref().filter(|&given| state.mongod.port.map(own).as_ref() != Some(given));
    if let Some(given) = given {
        step("MongoDB at MONGODB_URI", || mongod::ping(given)).map_err(|source| Error::MongoUri(Box::new(source)))?;
        return Ok(given.clone());
    }
    if let Some(port) = state.mongod.running_port() {
        step("MongoDB (runs already)", || mongod::ping(&own(port)))
            .map_err(|source| Error::MongodSilent(Box::new(source)))?;
        return Ok(own(port));
    }
    step("MongoDB", || {
        let log = stack.folder.log("mongod");
        attempt("write", &log, |log| fs::write(log, ""))?;
        let mut options = Options::new(stack.folder.mongod_data());
        options.replica_set = Some(REPLICA_SET.to_owned());
        options.port = state.mongod.port.filter(|&port| port::is_free(port));
        options.log = Some(log);
        options.group = Group::Own;
        let mongod = Mongod::start(&options).map_err(Error::Mongod)?;
        let (port, uri) = (mongod.port(), mongod.uri());
        let process = Process::of(mongod.pid());
        state.mongod = Server { port: Some(port), process: Some(process) };
        stack.folder.save(state)?;
        let _ = mongod.detach();
        Ok(uri)
    })
}

fn start_aws(stack: &Stack, state: &mut State, toolbox: &Toolbox) -> Result<u16, Error> {
    if let Some(port) = state.aws.running_port() {
        return step("local AWS (runs already)", || Ok(port));
    }
    step("local AWS", || {
        let (server, port) = ministack::start(&toolbox.ministack, &stack.folder, state.aws.port)?;
        state.aws = server;
        stack.folder.save(state)?;
        Ok(port)
    })
}
