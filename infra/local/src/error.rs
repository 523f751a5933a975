//! What can go wrong, with what to do about it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::{cache, mongod};

/// Why a command failed; one variant for each thing that was tried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
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
    #[error("the tools of the local stack could not be installed; is a package index for pip within reach?")]
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
    #[error("{what} failed ({status}): {hint}\nThe end of {log}:\n{tail}")]
    Tool { what: &'static str, status: std::process::ExitStatus, hint: &'static str, log: PathBuf, tail: String },
    #[error("{what}: not done after {waited:?}: {hint}\nThe end of {log}:\n{tail}")]
    Late { what: &'static str, waited: Duration, hint: &'static str, log: PathBuf, tail: String },
    #[error("{what} gave an answer that was not understood")]
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
    #[error("{failed} of {sent} records were not taken by the stream: run it again")]
    Put { failed: u64, sent: usize },
    #[error("transaction {uid} has not {records} records after {waited:?}: make logs shows what the functions say")]
    Unseen { uid: String, records: usize, waited: Duration },
    #[error("infra/local/sample/order.jsonl, line {line}: {problem}")]
    Sample { line: usize, problem: &'static str },
    #[error("nothing is running here: make run starts it")]
    NotRunning,
    #[error("process {pid} does not end; end it by hand: kill -9 {pid}")]
    Immortal { pid: u32 },
    #[error("smoke test: {expectation}; there was: {found}")]
    Smoke { expectation: &'static str, found: String },
}
