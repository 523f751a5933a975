//! The stack as a whole: MongoDB, the local AWS, the functions on it.

use std::fs;
use std::path::PathBuf;

use crate::cache::Cache;
use crate::deploy::{Deployer, Target};
use crate::error::Error;
use crate::mongod::{self, Group, Mongod, Options};
use crate::process::Process;
use crate::progress::step;
use crate::running::Running;
use crate::state::{Folder, Server, State, attempt, attempt_if_there, write_private};
use crate::toolbox::Toolbox;
use crate::{ministack, port};

/// A set of one: the driver's sessions and retries work as they do in production.
const REPLICA_SET: &str = "rs0";

/// What a stack is made of.
#[derive(Debug)]
pub(crate) struct Stack {
    /// Root of the checkout.
    pub(crate) project: PathBuf,
    pub(crate) folder: Folder,
    pub(crate) cache: Cache,
    /// A MongoDB that is there already; none means that one is started.
    pub(crate) given_mongodb: Option<String>,
    pub(crate) database: String,
}

impl Stack {
    /// Starts what does not run yet, and deploys what has changed.
    pub(crate) fn start(&self) -> Result<Running<'_>, Error> {
        let mut state = self.folder.load()?;
        let is_complete = Toolbox::is_complete(&self.cache);
        let name = if is_complete { "tools" } else { "tools (download, the first time only)" };
        let toolbox = step(name, || Toolbox::open(&self.cache))?;
        toolbox.link(&self.folder)?;
        let mongodb_uri = self.start_mongodb(&mut state)?;
        let aws_port = self.start_aws(&mut state, &toolbox)?;
        let sam = self.deployer(&toolbox, aws_port);
        let is_first = !self.folder.build().exists();
        step(if is_first { "sam build (minutes the first time)" } else { "sam build" }, || sam.build())?;
        let target = Target { mongodb_uri: &mongodb_uri, database: &self.database };
        let deployed = step("sam deploy", || sam.deploy(&target))?;
        let running = Running { stack: self, toolbox, aws_port, deployed, mongodb_uri };
        write_private(&self.folder.env(), &running.env_file())?;
        Ok(running)
    }

    /// Ends everything that runs; whether anything did.
    pub(crate) fn stop(&self) -> Result<bool, Error> {
        let mut state = self.folder.load()?;
        let mut any = false;
        for server in [&mut state.aws, &mut state.mongod] {
            if let Some(process) = server.process.take() {
                any |= process.is_alive();
                process.end()?;
            }
        }
        self.folder.save(&state)?;
        attempt_if_there("remove", &self.folder.env(), |path| fs::remove_file(path))?;
        Ok(any)
    }

    pub(crate) fn deployer<'a>(&'a self, toolbox: &'a Toolbox, port: u16) -> Deployer<'a> {
        Deployer { toolbox, folder: &self.folder, project: &self.project, port }
    }

    fn start_mongodb(&self, state: &mut State) -> Result<String, Error> {
        let own = |port| mongod::uri(port, Some(REPLICA_SET));
        // A shell that has sourced the env file hands us our own address.
        let given = self.given_mongodb.as_ref().filter(|&given| state.mongod.port.map(own).as_ref() != Some(given));
        if let Some(given) = given {
            step("MongoDB at MONGODB_URI", || mongod::ping(given))
                .map_err(|source| Error::MongoUri(Box::new(source)))?;
            return Ok(given.clone());
        }
        if let Some(port) = state.mongod.running_port() {
            step("MongoDB (runs already)", || mongod::ping(&own(port)))
                .map_err(|source| Error::MongodSilent(Box::new(source)))?;
            return Ok(own(port));
        }
        step("MongoDB", || {
            let log = self.folder.log("mongod");
            attempt("write", &log, |log| fs::write(log, ""))?;
            let mut options = Options::new(self.folder.mongod_data());
            options.replica_set = Some(REPLICA_SET.to_owned());
            options.port = state.mongod.port.filter(|&port| port::is_free(port));
            options.log = Some(log);
            options.group = Group::Own;
            let mongod = Mongod::start(&options).map_err(Error::Mongod)?;
            let (port, uri) = (mongod.port(), mongod.uri());
            let process = Process::of(mongod.pid());
            state.mongod = Server { port: Some(port), process: Some(process) };
            self.folder.save(state)?;
            let _ = mongod.detach();
            Ok(uri)
        })
    }

    fn start_aws(&self, state: &mut State, toolbox: &Toolbox) -> Result<u16, Error> {
        if let Some(port) = state.aws.running_port() {
            return step("local AWS (runs already)", || Ok(port));
        }
        step("local AWS", || {
            let (server, port) = ministack::start(&toolbox.ministack, &self.folder, state.aws.port)?;
            state.aws = server;
            self.folder.save(state)?;
            Ok(port)
        })
    }
}
