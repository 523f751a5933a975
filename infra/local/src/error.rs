//! Errors of the commands, each with advice.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::architecture::Architecture;
use crate::elf::Glibc;
use crate::{cache, mongod};

/// Why a command failed; one variant for each operation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("this command line is not understood")]
    Usage,
    #[error("no template.yaml here or above: run this inside a checkout of logbraid")]
    NotInCheckout,
    #[error("cannot {action} {path}")]
    File {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot listen for Ctrl-C")]
    Signals(#[source] io::Error),
    #[error("interrupted (make stop takes down a local stack that is still up)")]
    Interrupted,
    #[error("the tools could not be installed: can pip reach a package index?")]
    Tools(#[source] cache::Error),
    #[error("no MongoDB")]
    Mongod(#[source] mongod::Error),
    #[error(
        "the MongoDB that MONGODB_URI names does not answer: check its address, user and password, or unset MONGODB_URI \
         to have one started here"
    )]
    MongoUri(#[source] Box<mongodb::error::Error>),
    #[error("the MongoDB that was started here does not answer: run make stop, then make run")]
    MongodSilent(#[source] Box<mongodb::error::Error>),
    #[error("no free port on 127.0.0.1")]
    Port(#[source] io::Error),
    #[error("cannot run {program}: {hint}")]
    Spawn {
        program: PathBuf,
        hint: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("there is no browser for the tests: {hint}")]
    NoBrowser { hint: &'static str },
    #[error("{what} failed ({status}): {hint}\nThe end of {log}:\n{tail}")]
    Tool { what: &'static str, status: std::process::ExitStatus, hint: &'static str, log: PathBuf, tail: String },
    #[error("{what} did not finish within {waited:?}: {hint}\nThe end of {log}:\n{tail}")]
    Late { what: &'static str, waited: Duration, hint: &'static str, log: PathBuf, tail: String },
    #[error("cannot parse the answer of {what}")]
    Answer {
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("the deployed stack has no output {name}: run make stop, then make run")]
    Output { name: &'static str },
    #[error("cannot ask {url}: is the local AWS still running? (make stop, then make run)")]
    Http {
        url: String,
        #[source]
        source: Box<ureq::Error>,
    },
    #[error("{url} answered {status}: make logs shows why\n{body}")]
    Refused { url: String, status: u16, body: String },
    #[error("the stream refused {failed} of {sent} records: run this again")]
    Put { failed: u64, sent: usize },
    #[error("transaction {uid} has fewer than {records} records after {waited:?}: make logs shows why")]
    Unseen { uid: String, records: usize, waited: Duration },
    #[error("infra/local/sample/order.jsonl, line {line}: {problem}")]
    Sample { line: usize, problem: &'static str },
    #[error("examples/order printed no uid, but: {printed}")]
    NoOrder { printed: String },
    #[error("the local stack is not running: make run starts it")]
    NotRunning,
    #[error("process {pid} does not end: end it with kill -9 {pid}")]
    Immortal { pid: u32 },
    #[error("cargo built no executable named {name}")]
    NoExecutable { name: &'static str },
    #[error("unknown architecture {name}: use x86_64 or arm64")]
    Architecture { name: String },
    #[error("{path} is not an executable that can be read")]
    Executable {
        path: PathBuf,
        #[source]
        source: object::Error,
    },
    #[error("{path} is not an executable for {expected}")]
    Processor { path: PathBuf, expected: Architecture },
    #[error("{path} needs {glibc}, but Lambda has {limit}: is Zig the linker? make build uses it")]
    Glibc { path: PathBuf, glibc: Glibc, limit: Glibc },
    #[error("{path} has {bytes} bytes; the limit is {limit_bytes} (ZIP_LIMIT_BYTES in infra/local/src/release.rs)")]
    ZipSize { path: PathBuf, bytes: u64, limit_bytes: u64 },
    #[error("smoke test: expected that {expectation}; found: {found}")]
    Smoke { expectation: &'static str, found: String },
}
