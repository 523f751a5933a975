//! A real `mongod` on a loopback port: start, stop, kill, restart.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::cache::Cache;
use crate::text::tail_of_file;

mod error;
mod program;
mod ready;

pub use crate::port::free_port;
pub use error::Error;
pub use program::find_program;
pub(crate) use ready::{drop_database, ping, run_command};

/// The longest time until a server answers, with the recovery after a kill.
const READY_DEADLINE: Duration = Duration::from_mins(1);
/// The longest time for a clean shutdown.
const STOP_DEADLINE: Duration = Duration::from_secs(30);
/// How often a condition is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How many free ports are tried, since another program may take one first.
const PORT_ATTEMPTS: usize = 3;
/// The default cache of the storage engine, in GB: enough for tests.
const DEFAULT_CACHE_GB: f64 = 0.25;
/// How many lines of the server's log a message shows.
const LOG_TAIL_LINES: usize = 8;

/// How to start a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data folder. It is created if it does not exist, and kept when the server stops.
    pub dbpath: PathBuf,
    /// The port on 127.0.0.1; none for any free port.
    pub port: Option<u16>,
    /// The name of a replica set with this server as its only member; none for a standalone server.
    pub replica_set: Option<String>,
    /// More arguments, such as `["--setParameter", "enableTestCommands=1"]`.
    pub args: Vec<String>,
    /// The log file, appended to; none for `mongod.log` in the data folder.
    pub log: Option<PathBuf>,
    /// The process group.
    pub group: Group,
    /// The cache of the storage engine, in GB. `WiredTiger` takes at least 0.25.
    pub cache_gb: f64,
}

impl Options {
    /// Returns the options of a standalone server with its data in the given folder.
    #[must_use]
    pub fn new(dbpath: impl Into<PathBuf>) -> Self {
        Self {
            dbpath: dbpath.into(),
            port: None,
            replica_set: None,
            args: Vec::new(),
            log: None,
            group: Group::Shared,
            cache_gb: DEFAULT_CACHE_GB,
        }
    }

    fn log_path(&self) -> PathBuf {
        self.log.clone().unwrap_or_else(|| self.dbpath.join("mongod.log"))
    }
}

/// The process group of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The group of this process: Ctrl-C ends both.
    Shared,
    /// A group of its own, for a server that outlives this process.
    Own,
}

/// A running server. It is killed when dropped.
#[derive(Debug)]
pub struct Mongod {
    program: PathBuf,
    options: Options,
    port: u16,
    child: Option<Child>,
    pid: u32,
}

impl Mongod {
    /// Starts a server and waits until it accepts writes. Blocks; may also be called from asynchronous code.
    pub fn start(options: &Options) -> Result<Self, Error> {
        let program = find_program(&Cache::from_env()?)?;
        make_folder(&options.dbpath)?;
        let attempts = if options.port.is_some() { 1 } else { PORT_ATTEMPTS };
        let mut attempt = 1;
        loop {
            let port = options.port.map_or_else(free_port, Ok).map_err(Error::Port)?;
            match Self::start_on(program.clone(), options.clone(), port) {
                Err(Error::Ended { .. }) if attempt < attempts => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    fn start_on(program: PathBuf, options: Options, port: u16) -> Result<Self, Error> {
        let child = spawn(&program, &options, port)?;
        let pid = child.id();
        let mut mongod = Self { program, options, port, child: Some(child), pid };
        mongod.wait_until_ready()?;
        Ok(mongod)
    }

    /// Returns the connection string, with the name of the replica set.
    #[must_use]
    pub fn uri(&self) -> String {
        uri(self.port, self.options.replica_set.as_deref())
    }

    /// Returns the port on 127.0.0.1. It stays the same after [`Mongod::restart`].
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the process id of the last start.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Kills the server with SIGKILL, as a power failure would. Does nothing if it is not running.
    pub fn kill(&mut self) -> Result<(), Error> {
        let pid = self.pid;
        if let Some(mut child) = self.child.take() {
            child.kill().and_then(|()| child.wait()).map_err(|source| Error::Stop { pid, source })?;
        }
        Ok(())
    }

    /// Stops the server with SIGTERM and waits for it. Kills it if it takes too long.
    pub fn stop(&mut self) -> Result<(), Error> {
        let pid = self.pid;
        let stop_error = |source| Error::Stop { pid, source };
        let Some(child) = self.child.as_mut() else {
            return Ok(());
        };
        kill_process(Pid::from_child(child), Signal::TERM).map_err(|source| stop_error(source.into()))?;
        let deadline = Instant::now() + STOP_DEADLINE;
        while child.try_wait().map_err(stop_error)?.is_none() {
            if Instant::now() > deadline {
                return self.kill();
            }
            thread::sleep(POLL_INTERVAL);
        }
        self.child = None;
        Ok(())
    }

    /// Restarts the server with the same port and data.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.stop()?;
        let child = spawn(&self.program, &self.options, self.port)?;
        self.pid = child.id();
        self.child = Some(child);
        self.wait_until_ready()
    }

    /// Leaves the server running after this process. Returns its process id.
    #[must_use = "the process id is the only handle left"]
    pub fn detach(mut self) -> u32 {
        self.child = None;
        self.pid
    }

    fn wait_until_ready(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + READY_DEADLINE;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        while TcpStream::connect(address).is_err() {
            self.check_alive()?;
            if Instant::now() > deadline {
                return Err(self.not_ready(None));
            }
            thread::sleep(POLL_INTERVAL);
        }
        loop {
            // Another program may listen there while this server is ending because it could not get the port.
            self.check_alive()?;
            match ready::make_writable(self.port, self.options.replica_set.as_deref()) {
                Ok(()) => return self.check_alive(),
                Err(error) if Instant::now() > deadline => return Err(self.not_ready(Some(error))),
                Err(_) => thread::sleep(POLL_INTERVAL),
            }
        }
    }

    fn check_alive(&mut self) -> Result<(), Error> {
        let pid = self.pid;
        let ended =
            self.child.as_mut().map_or(Ok(None), Child::try_wait).map_err(|source| Error::Stop { pid, source })?;
        let Some(status) = ended else { return Ok(()) };
        self.child = None;
        let log = self.options.log_path();
        let tail = tail_of_file(&log, LOG_TAIL_LINES);
        Err(Error::Ended { status, log, tail })
    }

    fn not_ready(&self, source: Option<mongodb::error::Error>) -> Error {
        Error::NotReady {
            port: self.port,
            waited: READY_DEADLINE,
            log: self.options.log_path(),
            source: source.map(Box::new),
        }
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        // A destructor cannot report a failure.
        let _ = self.kill();
    }
}

/// Returns the connection string of a server on 127.0.0.1.
#[must_use]
pub fn uri(port: u16, replica_set: Option<&str>) -> String {
    match replica_set {
        Some(name) => format!("mongodb://127.0.0.1:{port}/?replicaSet={name}"),
        None => format!("mongodb://127.0.0.1:{port}/?directConnection=true"),
    }
}

fn spawn(program: &Path, options: &Options, port: u16) -> Result<Child, Error> {
    let log = options.log_path();
    if let Some(folder) = log.parent() {
        make_folder(folder)?;
    }
    let log_failed = |source| Error::File { action: "write", path: log.clone(), source };
    let output = File::options().create(true).append(true).open(&log).map_err(log_failed)?;
    let errors = output.try_clone().map_err(log_failed)?;
    let mut command = Command::new(program);
    command.args(["--bind_ip", "127.0.0.1", "--port", &port.to_string()]);
    command.arg("--dbpath").arg(&options.dbpath);
    // A socket file in /tmp would stay after a kill.
    command.args(["--nounixsocket", "--wiredTigerCacheSizeGB", &options.cache_gb.to_string()]);
    if let Some(name) = &options.replica_set {
        command.args(["--replSet", name]);
    }
    if options.group == Group::Own {
        command.process_group(0);
    }
    command
        .args(&options.args)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(|source| Error::Spawn { program: program.to_owned(), source })
}

fn make_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|source| Error::File { action: "create", path: folder.to_owned(), source })
}
