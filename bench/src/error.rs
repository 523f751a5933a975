//! What can go wrong, and where.

use std::io;
use std::path::{Path, PathBuf};

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("cannot {action} {path}")]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A program cannot be run.
    #[error("cannot run {program}")]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A contender ended, or said what it should not.
    #[error("{name} said {said:?} where it should say {expected}")]
    Worker {
        /// Which one.
        name: &'static str,
        /// The last that was heard.
        said: String,
        /// What it should say.
        expected: &'static str,
    },
    /// A contender did not store, or find, what it was given.
    #[error("{name}: {stored} records are there of {given}")]
    Lost {
        /// Which one.
        name: &'static str,
        /// What it was given.
        given: usize,
        /// What is there.
        stored: usize,
    },
    /// What was made as an event is none.
    #[error("a batch cannot be read")]
    Event(#[source] decode::NotAnEvent),
    /// The server cannot be started.
    #[error("MongoDB cannot be started")]
    Server(#[from] local::mongod::Error),
    /// The server refused.
    #[error("MongoDB did not {action}")]
    Mongo {
        /// What it was asked for.
        action: &'static str,
        /// What it said.
        #[source]
        source: mongodb::error::Error,
    },
    /// The connection to the server broke, or the server said what it should not.
    #[error("the raw connection to MongoDB failed")]
    Wire(#[source] io::Error),
    /// The server did not take an insert.
    #[error("MongoDB did not take the documents: {reply}")]
    Refused {
        /// Its reply.
        reply: String,
    },
    /// logbraid cannot start.
    #[error("the function cannot be set up")]
    Function(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The function did not answer a question.
    #[error("GET {target} failed")]
    Answer {
        /// Its path and query.
        target: String,
        /// Why.
        #[source]
        source: ureq::Error,
    },
    /// Python's packages cannot be installed.
    #[error("the Python tools cannot be installed")]
    Tools(#[from] local::cache::Error),
    /// Something is no JSON.
    #[error("{what} is no JSON as expected")]
    Json {
        /// What should be JSON.
        what: &'static str,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The command line is not understood.
    #[error("usage: {0}")]
    Usage(&'static str),
}

/// Something with a file, named if it fails.
pub(crate) fn attempt<'a, T>(
    action: &'static str,
    path: &'a Path,
    act: impl FnOnce(&'a Path) -> io::Result<T>,
) -> Result<T, Error> {
    act(path).map_err(|source| Error::File { action, path: path.to_owned(), source })
}
