//! The MongoDB servers of the tests.

use std::sync::OnceLock;

use local::mongod::{Error, Mongod, Options};
use tempfile::TempDir;

use crate::watchdog::Watchdog;

/// The environment variable that names a server to use instead of starting one.
const URI_VARIABLE: &str = "MONGODB_URI";

/// Returns the connection string of the server that all tests of this binary share. The first call starts it.
#[must_use]
pub fn shared_uri() -> String {
    // A failed start is kept as well, so that not every test tries it again.
    static SHARED: OnceLock<Result<OwnServer, Error>> = OnceLock::new();
    match std::env::var(URI_VARIABLE) {
        Ok(uri) if !uri.is_empty() => uri,
        _ => match SHARED.get_or_init(OwnServer::try_start) {
            Ok(server) => server.uri(),
            Err(error) => panic!("{}", chain(error)),
        },
    }
}

/// A test's own replica set of one member, with test commands on. The test may stop, kill and restart it.
///
/// Its methods block until they are done.
#[derive(Debug)]
pub struct OwnServer {
    // Dropped in this order: first the server, then its folder.
    mongod: Mongod,
    watchdog: Watchdog,
    _folder: TempDir,
}

impl OwnServer {
    /// Starts a server with an empty data folder.
    #[must_use]
    pub fn start() -> Self {
        Self::try_start().unwrap_or_else(|error| panic!("{}", chain(&error)))
    }

    fn try_start() -> Result<Self, Error> {
        Self::try_start_with(|options| options.replica_set = Some("rs0".to_owned()))
    }

    /// Starts a standalone server.
    #[must_use]
    pub fn start_standalone() -> Self {
        Self::try_start_with(|_| {}).unwrap_or_else(|error| panic!("{}", chain(&error)))
    }

    /// Starts a standalone server with other options.
    #[must_use]
    pub fn start_with(configure: impl FnOnce(&mut Options)) -> Self {
        Self::try_start_with(configure).unwrap_or_else(|error| panic!("{}", chain(&error)))
    }

    /// Starts an uninitiated member of a replica set.
    pub(super) fn start_member(set: &str) -> Self {
        let member = Self::try_start_with(|options| options.args.extend(["--replSet".to_owned(), set.to_owned()]));
        member.unwrap_or_else(|error| panic!("{}", chain(&error)))
    }

    fn try_start_with(configure: impl FnOnce(&mut Options)) -> Result<Self, Error> {
        let folder = TempDir::with_prefix("logbraid-test-").expect("a temporary folder can be made");
        let mut watchdog = Watchdog::with_folder(folder.path());
        let mut options = Options::new(folder.path());
        options.args = ["enableTestCommands=1", "diagnosticDataCollectionEnabled=false"]
            .into_iter()
            .flat_map(|parameter| ["--setParameter".to_owned(), parameter.to_owned()])
            .collect();
        configure(&mut options);
        let mongod = Mongod::start(&options)?;
        watchdog.watch(mongod.pid());
        Ok(Self { mongod, watchdog, _folder: folder })
    }

    /// Returns the connection string. It stays the same after a restart.
    #[must_use]
    pub fn uri(&self) -> String {
        self.mongod.uri()
    }

    /// Returns the port on 127.0.0.1. It stays the same after a restart.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.mongod.port()
    }

    /// Returns the process id, which a restart changes.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.mongod.pid()
    }

    /// Stops the server cleanly.
    pub fn stop(&mut self) {
        self.mongod.stop().unwrap_or_else(|error| panic!("{}", chain(&error)));
        self.watchdog.forget();
    }

    /// Kills the server, as a power failure would.
    pub fn kill(&mut self) {
        self.mongod.kill().unwrap_or_else(|error| panic!("{}", chain(&error)));
        self.watchdog.forget();
    }

    /// Restarts the server with its data.
    pub fn restart(&mut self) {
        self.mongod.restart().unwrap_or_else(|error| panic!("{}", chain(&error)));
        self.watchdog.watch(self.mongod.pid());
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // If this fails, the watchdog ends the server.
        if self.mongod.kill().is_ok() {
            self.watchdog.forget();
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
