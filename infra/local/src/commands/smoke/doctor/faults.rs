//! The faults: how each is made, what `logbraid doctor` has to say, and how it is repaired.

use std::fs;

use mongodb::bson::{Document, doc};
use serde_json::{Value, json};

use super::stub::Stub;
use crate::deploy::STACK_NAME;
use crate::error::Error;
use crate::lifecycle;
use crate::mongod;
use crate::running::{Running, quoted};
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
    stops_mongodb: bool,
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

type Repair = Box<dyn FnOnce(&Running) -> Result<(), Error>>;

pub(super) const QUIET: &[&str] = &["--no-canary"];
const SHORT: &[&str] = &["--wait", "3s"];
/// As Lambda writes it.
const KEY: &str = "aws/lambda/5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10/shardId-000000000000/2026/11/20/2026-11-20T08.35.39-5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10";
/// More than a hundredth of what the smoke test files.
const JUNK_PAYLOADS: usize = 5;

/// The faults that can be repaired.
pub(super) const FAULTS: &[Fault] = &[
    Fault::new(
        "mapping disabled",
        SHORT,
        disable_mapping,
        &[Expected("mapping", "problem", "is Disabled"), Expected("canary", "problem", "not found within")],
    ),
    Fault::new(
        "wrong password",
        QUIET,
        |running| set_both(running, "MONGODB_URI", &with_password(running)),
        &[
            Expected("mongodb", "problem", "MongoDB refuses the user or the password"),
            Expected("api", "problem", "does not reach MongoDB"),
        ],
    ),
    Fault::new(
        "query with another prefix",
        SHORT,
        |running| set(running, "query", "LOGBRAID_COLLECTION_PREFIX", "other_"),
        &[
            Expected("settings", "problem", "query reads with `other_`"),
            Expected("canary", "problem", "not found within"),
        ],
    ),
    Fault::new(
        "query with another database",
        QUIET,
        |running| set(running, "query", "LOGBRAID_DB", "other"),
        &[Expected("settings", "problem", "query reads with `other`")],
    ),
    Fault::new(
        "bad setting",
        QUIET,
        |running| set(running, "ingest", "LOGBRAID_MAX_SKEW_DAYS", "0"),
        &[Expected("ingest", "problem", "LOGBRAID_MAX_SKEW_DAYS is `0`")],
    ),
    Fault::new(
        "too little memory",
        QUIET,
        shrink_ingest,
        &[Expected("ingest", "problem", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE is `128`")],
    ),
    Fault::new("index dropped", QUIET, drop_index, &[Expected("indexes", "problem", "lacks the index log_uid")]),
    Fault::new("quarantine full", QUIET, fill_quarantine, &[Expected("quarantine", "problem", "5 bad_json")]),
    Fault::new("batch given up", QUIET, give_up_a_batch, &[Expected("bucket", "problem", "1 batch waits in")]),
    Fault::new(
        "clock off",
        QUIET,
        |_| stub(Stub::with_another_time, "STS"),
        &[Expected("clock", "problem", "this machine's clock is")],
    ),
    Fault::new(
        "lambda denied",
        QUIET,
        |_| stub(Stub::that_denies, "LAMBDA"),
        &[
            Expected("mapping", "skipped", "it needs lambda:ListEventSourceMappings"),
            Expected("ingest", "skipped", "it needs lambda:GetFunctionConfiguration"),
            Expected("query", "skipped", "it needs lambda:GetFunctionConfiguration"),
        ],
    ),
    Fault::new(
        "no credentials",
        QUIET,
        |_| Ok(Made::before("env -u AWS_ACCESS_KEY_ID")),
        &[Expected("credentials", "problem", "no AWS credentials")],
    ),
    Fault::new(
        "no such stack",
        &["--no-canary", "--stack", "other"],
        |_| Ok(Made::before("")),
        &[Expected("stack", "problem", "there is no stack other")],
    ),
    Fault {
        stops_mongodb: true,
        ..Fault::new(
            "mongod away",
            QUIET,
            stop_mongodb,
            &[
                Expected("mongodb", "problem", "MongoDB does not answer"),
                Expected("api", "problem", "does not reach MongoDB"),
            ],
        )
    },
];

/// The faults that leave the stack broken.
pub(super) const LAST_FAULTS: &[Fault] = &[
    Fault::new(
        "code that does nothing",
        SHORT,
        replace_code,
        &[Expected("mapping", "fine", "is enabled"), Expected("canary", "problem", "not found within")],
    ),
    Fault::new(
        "function deleted",
        QUIET,
        |running| aws(running, &["lambda", "delete-function", "--function-name", &function("query")]),
        &[Expected("query", "problem", "there is no function logbraid-query")],
    ),
    Fault::new(
        "mapping deleted",
        QUIET,
        delete_mapping,
        &[Expected("mapping", "problem", "nothing takes records from the stream")],
    ),
    Fault::new(
        "stream deleted",
        QUIET,
        |running| aws(running, &["kinesis", "delete-stream", "--stream-name", running.stream()]),
        &[Expected("stream", "problem", "there is no stream")],
    ),
];

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

/// Makes a fault with the AWS client. It is not repaired.
fn aws(running: &Running, arguments: &[&str]) -> Result<Made, Error> {
    running.deployer().aws(arguments)?;
    Ok(Made::before(""))
}

fn stub(start: fn() -> Result<Stub, Error>, service: &str) -> Result<Made, Error> {
    let stub = start()?;
    let before = format!("env AWS_ENDPOINT_URL_{service}={}", stub.url());
    let repair: Repair = Box::new(|_| {
        drop(stub);
        Ok(())
    });
    Ok(Made { before, repair })
}

fn mapping(running: &Running) -> Result<String, Error> {
    let answer = running.deployer().aws(&["lambda", "list-event-source-mappings"])?;
    let answer = parse(&answer, "aws lambda list-event-source-mappings")?;
    Ok(answer["EventSourceMappings"][0]["UUID"].as_str().unwrap_or_default().to_owned())
}

pub(super) fn parse(answer: &str, what: &'static str) -> Result<Value, Error> {
    serde_json::from_str(answer).map_err(|source| Error::Answer { what, source })
}

fn disable_mapping(running: &Running) -> Result<Made, Error> {
    let id = mapping(running)?;
    let update = |running: &Running, id: &str, state| {
        running.deployer().aws(&["lambda", "update-event-source-mapping", "--uuid", id, state]).map(drop)
    };
    update(running, &id, "--no-enabled")?;
    Ok(Made::repaired_by(move |running| update(running, &id, "--enabled")))
}

fn delete_mapping(running: &Running) -> Result<Made, Error> {
    let id = mapping(running)?;
    aws(running, &["lambda", "delete-event-source-mapping", "--uuid", &id])
}

/// Returns MongoDB's address with a user that does not exist.
fn with_password(running: &Running) -> String {
    running.mongodb_uri.replacen("://", "://logbraid:wrong@", 1)
}

/// Changes a variable of a function.
pub(super) fn set(running: &Running, name: &str, variable: &str, value: &str) -> Result<Made, Error> {
    let function = function(name);
    let answer = running.deployer().aws(&["lambda", "get-function-configuration", "--function-name", &function])?;
    let answer = parse(&answer, "aws lambda get-function-configuration")?;
    let before = json!({ "Variables": answer["Environment"]["Variables"] });
    let mut after = before.clone();
    after["Variables"][variable] = json!(value);
    replace_environment(running, &function, &after)?;
    Ok(Made::repaired_by(move |running| replace_environment(running, &function, &before)))
}

fn set_both(running: &Running, variable: &str, value: &str) -> Result<Made, Error> {
    let (ingest, query) = (set(running, "ingest", variable, value)?, set(running, "query", variable, value)?);
    Ok(Made::repaired_by(move |running| (ingest.repair)(running).and_then(|()| (query.repair)(running))))
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

fn shrink_ingest(running: &Running) -> Result<Made, Error> {
    let set = |running: &Running, mb| configure(running, &function("ingest"), &["--memory-size", mb]);
    set(running, "128")?;
    Ok(Made::repaired_by(move |running| set(running, "512")))
}

/// Drops an index of the newest day. `logbraid reindex` repairs it, as the command says.
fn drop_index(running: &Running) -> Result<Made, Error> {
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    run_command(running, doc! { "dropIndexes": format!("kinesis_logs_{day}"), "index": "log_uid" })?;
    Ok(Made::repaired_by(move |running| running.shell(&format!("logbraid reindex {day}")).map(drop)))
}

fn fill_quarantine(running: &Running) -> Result<Made, Error> {
    (0..JUNK_PAYLOADS).try_for_each(|_| running.put("{\"cut off\": "))?;
    let empty = || doc! { "delete": "quarantine", "deletes": [{ "q": {}, "limit": 0 }] };
    Ok(Made::repaired_by(move |running| run_command(running, empty())))
}

pub(super) fn run_command(running: &Running, command: Document) -> Result<(), Error> {
    mongod::run_command(&running.mongodb_uri, &running.stack.database, command)
        .map_err(|source| Error::MongoUri(Box::new(source)))
}

fn give_up_a_batch(running: &Running) -> Result<Made, Error> {
    let object = |running: &Running, call| {
        running.deployer().aws(&["s3api", call, "--bucket", &running.deployed.failed_bucket, "--key", KEY]).map(drop)
    };
    object(running, "put-object")?;
    Ok(Made::repaired_by(move |running| object(running, "delete-object")))
}

/// Deploys a program in ingest's place that takes no records.
fn replace_code(running: &Running) -> Result<Made, Error> {
    let folder = running.stack.folder.tmp();
    let program = folder.join("bootstrap");
    attempt("write", &program, |path| fs::write(path, "#!/bin/sh\nexec sleep 600\n"))?;
    let here = quoted(&folder.display().to_string());
    running.shell(&format!("cd {here} && chmod +x bootstrap && python3 -m zipfile -c nothing.zip bootstrap"))?;
    let zip = format!("fileb://{}", folder.join("nothing.zip").display());
    let function = function("ingest");
    aws(running, &["lambda", "update-function-code", "--function-name", &function, "--zip-file", &zip])
}

fn stop_mongodb(running: &Running) -> Result<Made, Error> {
    lifecycle::stop_mongodb(running.stack)?;
    Ok(Made::repaired_by(|running| lifecycle::restart_mongodb(running.stack)))
}
