//! The MongoDB server that all contenders write to, and its databases.

use std::path::Path;
use std::time::Duration;

use ::tests::mongo::OwnServer;
use decode::whole;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Database};
use record::{DecodedBatch, Rules};
use runtime::{StoreSettings, connect};
use store::Store;
use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, attempt};
use crate::load::{Load, batch};
use crate::worker::Settings;

/// The cache of the storage engine, large enough that no round waits for writes of the round before.
const CACHE_GB: f64 = 2.0;
/// The longest time to file a batch before the measurement.
const FILE_LIMIT: Duration = Duration::from_mins(1);

/// The benchmark's own server, on loopback.
pub struct Server {
    mongod: OwnServer,
    runtime: Runtime,
    client: Client,
}

/// The sizes of a database.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Bytes of BSON.
    pub documents: f64,
    /// Bytes of the collections' files.
    pub data: f64,
    /// Bytes of the indexes' files.
    pub indexes: f64,
}

impl Server {
    /// Starts the server with an empty data folder. It ends with this process, however this process ends.
    pub fn start(arguments: &[String]) -> Result<Self, Error> {
        let mongod = OwnServer::start_with(|options| {
            options.args = arguments.to_vec();
            options.cache_gb = CACHE_GB;
        });
        let runtime = attempt("start", Path::new("a runtime"), |_| Builder::new_multi_thread().enable_all().build())?;
        let client = runtime.block_on(Client::with_uri_str(mongod.uri()));
        let client = client.map_err(|source| Error::Mongo { action: "accept a connection", source })?;
        Ok(Self { mongod, runtime, client })
    }

    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.mongod.pid()
    }

    /// Returns the connection string.
    pub fn uri(&self) -> String {
        self.mongod.uri()
    }

    /// Returns the port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.mongod.port()
    }

    /// Returns the runtime for asynchronous code.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Reads the server's version.
    pub fn version(&self) -> Result<String, Error> {
        let reply = self.run(&self.client.database("admin"), "say its version", doc! { "buildInfo": 1 })?;
        Ok(reply.get_str("version").unwrap_or_default().to_owned())
    }

    /// Empties a database, and creates the collections and indexes that the function creates with its first record. So
    /// all contenders write to the same.
    pub fn prepare(&self, database: &str, load: &Load) -> Result<(), Error> {
        self.drop(database)?;
        let filing = whole(&batch(&load.warm_up)?, &Rules::default());
        self.file(&self.store(database)?, &filing)
    }

    /// Returns a database as the function uses it.
    pub fn store(&self, database: &str) -> Result<Store, Error> {
        let settings = Settings { uri: self.uri(), database: database.to_owned() };
        let config = StoreSettings::from_environment(&settings).map_err(|error| Error::Function(Box::new(error)))?;
        let store = self.runtime.block_on(connect(&config, &settings));
        store.map(|store| store.tracking_shards(1)).map_err(|error| Error::Function(Box::new(error)))
    }

    /// Stores a batch as the function does.
    pub fn file(&self, store: &Store, filing: &DecodedBatch) -> Result<(), Error> {
        let mut settled = self.runtime.block_on(store.file(filing, FILE_LIMIT));
        settled.failures.pop().map_or(Ok(()), |failure| Err(Error::Function(Box::new(failure))))
    }

    /// Drops a database.
    pub fn drop(&self, database: &str) -> Result<(), Error> {
        let dropped = self.runtime.block_on(async { self.client.database(database).drop().await });
        dropped.map_err(|source| Error::Mongo { action: "drop a database", source })
    }

    /// Counts the documents of a collection.
    pub fn count(&self, database: &str, collection: &str) -> Result<usize, Error> {
        let database = self.client.database(database);
        let reply = self.run(&database, "count", doc! { "count": collection })?;
        Ok(reply.get_i32("n").ok().and_then(|n| usize::try_from(n).ok()).unwrap_or_default())
    }

    /// Reads the sizes of a database after everything is written to disk.
    pub fn held(&self, database: &str) -> Result<Held, Error> {
        self.run(&self.client.database("admin"), "write a checkpoint", doc! { "fsync": 1 })?;
        let stats = self.run(&self.client.database(database), "say its size", doc! { "dbStats": 1 })?;
        let number = |name| stats.get_f64(name).unwrap_or_default();
        Ok(Held { documents: number("dataSize"), data: number("storageSize"), indexes: number("indexSize") })
    }

    fn run(&self, database: &Database, action: &'static str, command: Document) -> Result<Document, Error> {
        self.runtime
            .block_on(async { database.run_command(command).await })
            .map_err(|source| Error::Mongo { action, source })
    }
}
