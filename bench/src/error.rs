//! The benchmark's errors.

use std::io;
use std::path::{Path, PathBuf};

/// Why a measurement failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file operation failed.
    #[error("cannot {action} {path}")]
    File {
        /// The operation.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// A program cannot be run.
    #[error("cannot run {program}")]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// A contender ended, or printed something unexpected.
    #[error("{name} said {said:?} instead of {expected}")]
    Worker {
        /// The contender.
        name: &'static str,
        /// Its last line.
        said: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A contender did not store or find all records.
    #[error("{name}: {stored} of {given} records are there")]
    Lost {
        /// The contender.
        name: &'static str,
        /// The expected number of records.
        given: usize,
        /// The number of records that are there.
        stored: usize,
    },
    /// The page cannot be drawn: no browser, no Node.js, or an error in the page.
    #[error("the page cannot be measured: {0}")]
    Browser(String),
    /// A generated event cannot be read.
    #[error("a batch cannot be read")]
    Event(#[source] decode::NotAnEvent),
    /// The server cannot be started.
    #[error("MongoDB cannot be started")]
    Server(#[from] local::mongod::Error),
    /// The server returned an error.
    #[error("MongoDB did not {action}")]
    Mongo {
        /// The operation.
        action: &'static str,
        /// The driver's error.
        #[source]
        source: mongodb::error::Error,
    },
    /// The connection to the server broke, or the server sent something unexpected.
    #[error("the raw connection to MongoDB failed")]
    Wire(#[source] io::Error),
    /// The server refused an insert.
    #[error("MongoDB refused the documents: {reply}")]
    Refused {
        /// Its reply.
        reply: String,
    },
    /// logbraid cannot start.
    #[error("the function cannot be set up")]
    Function(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The function did not answer a request.
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
    /// A text is not the expected JSON.
    #[error("{what} is not the expected JSON")]
    Json {
        /// The text's name.
        what: &'static str,
        /// The parser's error.
        #[source]
        source: serde_json::Error,
    },
    /// The command line is not understood.
    #[error("usage: {0}")]
    Usage(&'static str),
}

/// Performs a file operation. An error names the operation and the file.
pub(crate) fn attempt<'a, T>(
    action: &'static str,
    path: &'a Path,
    act: impl FnOnce(&'a Path) -> io::Result<T>,
) -> Result<T, Error> {
    act(path).map_err(|source| Error::File { action, path: path.to_owned(), source })
}
