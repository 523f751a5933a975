//! rsyslog and syslog-ng, if they are installed: they receive records as lines over TCP and parse them into fields.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ::tests::watchdog::Watchdog;
use mongodb::bson::Document;
use mongodb::{Client, Collection};
use tempfile::TempDir;
use tokio::runtime::Handle;

use super::Team;
use crate::error::{Error, attempt};
use crate::usage;

/// How often the documents are counted.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// The longest time until a daemon listens.
const START_LIMIT: Duration = Duration::from_secs(20);
/// The longest time until all records are stored.
const STORE_LIMIT: Duration = Duration::from_mins(2);

/// A daemon.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// rsyslog with `ommongodb`.
    Rsyslog,
    /// syslog-ng with its `mongodb` destination.
    SyslogNg,
}

/// The collection that a daemon writes to.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// MongoDB's port on 127.0.0.1.
    pub port: u16,
    /// The database.
    pub database: &'a str,
    /// The collection.
    pub collection: &'a str,
    /// The number of its writers.
    pub writers: usize,
    /// How many messages a writer takes from the queue at once.
    pub batch: usize,
}

impl Kind {
    /// Returns the name in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsyslog => "rsyslog",
            Self::SyslogNg => "syslog-ng",
        }
    }

    /// Finds the program; none if it is not installed.
    #[must_use]
    pub fn program(self) -> Option<PathBuf> {
        let program = match self {
            Self::Rsyslog => "rsyslogd",
            Self::SyslogNg => "syslog-ng",
        };
        // On Debian, daemons are in a folder that not every user's PATH has.
        local::path::find(program).or_else(|| Some(Path::new("/usr/sbin").join(program)).filter(|path| path.is_file()))
    }

    fn configuration(self, listen: u16, destination: Destination<'_>) -> String {
        let Destination { port, database, collection, writers, batch } = destination;
        match self {
            Self::Rsyslog => format!(
                r#"global(maxMessageSize="64k")
module(load="imptcp")
module(load="mmjsonparse")
module(load="ommongodb")
template(name="fields" type="subtree" subtree="$!")
ruleset(name="store") {{
  action(type="mmjsonparse" cookie="" useRawMsg="on")
  action(type="ommongodb" uristr="mongodb://127.0.0.1:{port}/?w=majority" db="{database}" collection="{collection}"
    template="fields" queue.type="LinkedList" queue.size="200000"
    queue.workerThreads="{writers}" queue.workerThreadMinimumMessages="1" queue.dequeueBatchSize="{batch}")
}}
input(type="imptcp" address="127.0.0.1" port="{listen}" ruleset="store")
"#
            ),
            Self::SyslogNg => format!(
                r#"@version: 3.38
options {{ stats-freq(0); }};
source lines {{ network(ip("127.0.0.1") port({listen}) transport("tcp") flags(no-parse) log-msg-size(65536)
  log-iw-size(100000) log-fetch-limit({batch})); }};
parser fields {{ json-parser(prefix(".json.")); }};
destination store {{ mongodb(uri("mongodb://127.0.0.1:{port}/{database}?w=majority") collection("{collection}")
  value-pairs(key(".json.*" rekey(shift(6)))) workers({writers}) log-fifo-size(200000)); }};
log {{ source(lines); parser(fields); destination(store); flags(flow-control); }};
"#
            ),
        }
    }

    fn arguments(self, folder: &Path) -> Vec<String> {
        let file = |name| folder.join(name).display().to_string();
        match self {
            Self::Rsyslog => ["-n", "-f", &file("conf"), "-i", &file("pid")].map(str::to_owned).to_vec(),
            Self::SyslogNg => {
                let files =
                    ["--persist-file", "--control", "--pidfile"].map(|flag| format!("{flag}={}", file(&flag[2..])));
                ["-F".to_owned(), "-f".to_owned(), file("conf")].into_iter().chain(files).collect()
            }
        }
    }
}

/// A running daemon.
#[derive(Debug)]
pub struct Daemon {
    kind: Kind,
    process: Child,
    // Ends the daemon and removes the folder if this process is killed.
    watchdog: Watchdog,
    _folder: TempDir,
    input: TcpStream,
    lines: Vec<u8>,
    records: usize,
    runtime: Handle,
    collection: Collection<Document>,
}

impl Daemon {
    /// Starts the daemon and waits until it listens. Each round sends it the first `records` lines of a file.
    pub fn start(
        kind: Kind,
        program: &Path,
        destination: Destination<'_>,
        runtime: &Handle,
        lines: &Path,
        records: usize,
    ) -> Result<Self, Error> {
        let folder = attempt("create", Path::new("a temporary folder"), |_| tempfile::tempdir())?;
        let listen = attempt("find", Path::new("a free port"), |_| local::mongod::free_port())?;
        let configuration = folder.path().join("conf");
        attempt("write", &configuration, |path| fs::write(path, kind.configuration(listen, destination)))?;
        let mut process = Command::new(program)
            .args(kind.arguments(folder.path()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| Error::Spawn { program: program.to_owned(), source })?;
        let mut watchdog = Watchdog::with_folder(folder.path());
        watchdog.watch(process.id());
        let input = connect(listen, &mut process, kind).inspect_err(|_| watchdog.forget())?;
        let text = attempt("read", lines, fs::read)?;
        let client = runtime.block_on(Client::with_uri_str(format!("mongodb://127.0.0.1:{}", destination.port)));
        let client = client.map_err(|source| Error::Mongo { action: "accept a connection", source })?;
        Ok(Self {
            kind,
            process,
            watchdog,
            _folder: folder,
            input,
            lines: text.split_inclusive(|byte| *byte == b'\n').take(records).flatten().copied().collect(),
            records,
            runtime: runtime.clone(),
            collection: client.database(destination.database).collection(destination.collection),
        })
    }

    fn count(&self) -> Result<u64, Error> {
        let counted = self.runtime.block_on(async { self.collection.estimated_document_count().await });
        counted.map_err(|source| Error::Mongo { action: "count", source })
    }
}

fn connect(port: u16, process: &mut Child, kind: Kind) -> Result<TcpStream, Error> {
    let deadline = Instant::now() + START_LIMIT;
    loop {
        if let Ok(stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            return Ok(stream);
        }
        let has_ended = !matches!(process.try_wait(), Ok(None));
        if has_ended || Instant::now() > deadline {
            // The error that is returned matters more.
            let _ = process.kill().and_then(|()| process.wait());
            return Err(Error::Worker { name: kind.name(), said: "nothing".to_owned(), expected: "a listening port" });
        }
        thread::sleep(POLL_INTERVAL);
    }
}

impl Team for Daemon {
    /// Sends the lines. A daemon acknowledges nothing, so this waits until all records are counted.
    fn store(&mut self) -> Result<usize, Error> {
        let goal = self.count()? + self.records as u64;
        let deadline = Instant::now() + STORE_LIMIT;
        attempt("write to", Path::new(self.kind.name()), |_| self.input.write_all(&self.lines))?;
        while self.count()? < goal {
            if Instant::now() > deadline {
                let stored = usize::try_from(self.count()? + self.records as u64 - goal).unwrap_or_default();
                return Err(Error::Lost { name: self.kind.name(), given: self.records, stored });
            }
            thread::sleep(POLL_INTERVAL);
        }
        Ok(self.records)
    }

    fn pids(&self) -> Vec<u32> {
        vec![self.process.id()]
    }

    fn peak_bytes(&self) -> Result<u64, Error> {
        usage::peak_bytes(self.process.id())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // If this fails, the watchdog ends the daemon.
        if self.process.kill().and_then(|()| self.process.wait()).is_ok() {
            self.watchdog.forget();
        }
    }
}
