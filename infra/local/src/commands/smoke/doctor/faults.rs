//! What a fault is: how it is made, what `logbraid doctor` has to say, and how it is repaired.

use std::fs;

use mongodb::bson::Document;
use serde_json::{Value, json};

use crate::deploy::STACK_NAME;
use crate::error::Error;
use crate::mongod;
use crate::running::Running;
use crate::state::attempt;

/// A fault.
pub(super) struct Fault {
    pub(super) name: &'static str,
    /// The arguments of the command.
    pub(super) arguments: &'static [&'static str],
    pub(super) make: fn(&Running) -> Result<Made, Error>,
    /// What has to be among the findings.
    pub(super) findings: &'static [Expected],
    /// Whether it needs a MongoDB that may be stopped.
    pub(super) stops_mongodb: bool,
}

/// A finding that is expected: check, status, and a part of what is said.
#[derive(Debug)]
pub(super) struct Expected(pub(super) &'static str, pub(super) &'static str, pub(super) &'static str);

/// A fault that was made.
pub(super) struct Made {
    /// What comes before the command in the shell.
    pub(super) before: String,
    pub(super) repair: Repair,
}

pub(super) type Repair = Box<dyn FnOnce(&Running) -> Result<(), Error>>;

pub(super) const QUIET: &[&str] = &["--no-canary"];
pub(super) const SHORT: &[&str] = &["--wait", "3s"];

impl Fault {
    pub(super) const fn new(
        name: &'static str,
        arguments: &'static [&'static str],
        make: fn(&Running) -> Result<Made, Error>,
        findings: &'static [Expected],
    ) -> Self {
        Self { name, arguments, make, findings, stops_mongodb: false }
    }

    /// Whether it can be made. The user's own MongoDB is not stopped.
    pub(super) fn is_possible(&self, running: &Running) -> bool {
        !(self.stops_mongodb && running.stack.given_mongodb.is_some())
    }
}

impl Expected {
    pub(super) fn is_in(&self, line: &Value) -> bool {
        let Self(check, status, part) = self;
        let says_it = line["what"].as_str().is_some_and(|what| what.contains(part));
        line["check"] == *check && line["status"] == *status && says_it
    }
}

impl Made {
    /// A fault that needs no repair.
    pub(super) fn before(before: &str) -> Self {
        Self { before: before.to_owned(), repair: Box::new(|_| Ok(())) }
    }

    pub(super) fn repaired_by(repair: impl FnOnce(&Running) -> Result<(), Error> + 'static) -> Self {
        Self { before: String::new(), repair: Box::new(repair) }
    }
}

pub(super) fn function(name: &str) -> String {
    format!("{STACK_NAME}-{name}")
}

/// Calls the queue of the runs that failed.
pub(super) fn failures(running: &Running, call: &[&str]) -> Result<(), Error> {
    let listed = running.deployer().ask(&["sqs", "list-queues"])?;
    let url = listed["QueueUrls"][0].as_str().unwrap_or_default().to_owned();
    running.deployer().aws(&[&["sqs"], call, &["--queue-url", &url]].concat()).map(drop)
}

/// Asks or changes the API.
pub(super) fn api(running: &Running, call: &str, arguments: &[&str]) -> Result<Value, Error> {
    let api = ["apigatewayv2", call, "--api-id", &running.deployed.api_id];
    running.deployer().ask(&[&api, arguments].concat())
}

/// Returns the name of a function's role.
pub(super) fn role(running: &Running, name: &str) -> Result<String, Error> {
    let name = function(name);
    let answer = running.deployer().ask(&["lambda", "get-function-configuration", "--function-name", &name])?;
    let arn = answer["Role"].as_str().unwrap_or_default();
    Ok(arn.rsplit('/').next().unwrap_or_default().to_owned())
}

/// Makes a fault with the AWS client. It is not repaired.
pub(super) fn aws(running: &Running, arguments: &[&str]) -> Result<Made, Error> {
    running.deployer().aws(arguments)?;
    Ok(Made::before(""))
}

/// Returns the id of the event source mapping.
pub(super) fn mapping(running: &Running) -> Result<String, Error> {
    let answer = running.deployer().ask(&["lambda", "list-event-source-mappings"])?;
    Ok(answer["EventSourceMappings"][0]["UUID"].as_str().unwrap_or_default().to_owned())
}

/// Changes variables of a function.
pub(super) fn set_all(running: &Running, name: &str, variables: &[(&str, &str)]) -> Result<Made, Error> {
    let function = function(name);
    let answer = running.deployer().ask(&["lambda", "get-function-configuration", "--function-name", &function])?;
    let before = json!({ "Variables": answer["Environment"]["Variables"] });
    let mut after = before.clone();
    for (variable, value) in variables {
        after["Variables"][*variable] = json!(value);
    }
    replace_environment(running, &function, &after)?;
    Ok(Made::repaired_by(move |running| replace_environment(running, &function, &before)))
}

/// Changes a variable of a function.
pub(super) fn set(running: &Running, name: &str, variable: &str, value: &str) -> Result<Made, Error> {
    set_all(running, name, &[(variable, value)])
}

fn replace_environment(running: &Running, function: &str, environment: &Value) -> Result<(), Error> {
    let path = running.stack.folder.tmp().join("environment.json");
    attempt("write", &path, |path| fs::write(path, environment.to_string()))?;
    let file = format!("file://{}", path.display());
    configure(running, function, &["--environment", &file])
}

/// Changes a function's settings, and waits until they are in force: until then doctor says so.
pub(super) fn configure(running: &Running, function: &str, settings: &[&str]) -> Result<(), Error> {
    let update = ["lambda", "update-function-configuration", "--function-name", function];
    running.deployer().aws(&[&update, settings].concat())?;
    for state in ["function-updated", "function-active"] {
        running.deployer().aws(&["lambda", "wait", state, "--function-name", function])?;
    }
    Ok(())
}

pub(super) fn run_command(running: &Running, command: Document) -> Result<(), Error> {
    mongod::run_command(&running.mongodb_uri, &running.stack.database, command)
        .map_err(|source| Error::MongoUri(Box::new(source)))
}
