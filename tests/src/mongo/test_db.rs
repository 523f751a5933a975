//! A test's own database.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::bson::{DateTime, Document, doc, oid::ObjectId};
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection, Database};
use serde_json::Value;

use super::replica_set::ReplicaSet;
use super::server::{OwnServer, shared_uri};
use crate::proxy::Proxy;

/// The names that users rely on.
const DAY_PREFIX: &str = "kinesis_logs_";
const QUARANTINE: &str = "quarantine";
/// The longest time that a test looks for the server.
const SELECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest time that a function looks for a server that a test may stop.
const FUNCTION_TIMEOUT_MS: &str = "2000";

/// A database with a unique name, dropped at the end.
#[derive(Debug)]
pub struct TestDb {
    /// The connection string of a function.
    uri: String,
    database: Database,
    server: Server,
}

/// The server of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    /// The server that all tests share.
    Shared,
    /// The test's own server, which it may stop.
    Own,
}

impl TestDb {
    /// Creates a database on the shared server.
    pub async fn new() -> Self {
        Self::connect(shared_uri(), Server::Shared).await
    }

    /// Creates a database on the test's own server. It is removed with the server.
    pub async fn on(server: &OwnServer) -> Self {
        Self::connect(server.uri(), Server::Own).await
    }

    /// Creates a database on the test's own replica set. It is removed with the servers.
    pub async fn on_set(set: &ReplicaSet) -> Self {
        Self::connect(set.uri(), Server::Own).await
    }

    /// Lets functions connect through a proxy. The test itself still connects directly.
    #[must_use]
    pub fn through(mut self, proxy: &Proxy) -> Self {
        self.uri = proxy.uri();
        self
    }

    /// Adds an option to the connection string of functions.
    #[must_use]
    pub fn with_option(mut self, option: &str) -> Self {
        self.uri = format!("{}&{option}", self.uri);
        self
    }

    async fn connect(uri: String, server: Server) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("logbraid_test_{}_{number}", std::process::id());
        let database = client(&uri).await.database(&name);
        Self { uri, database, server }
    }

    /// Returns the environment variables of a function that uses this database.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        let mut env =
            vec![("MONGODB_URI", self.uri.as_str()), ("LOGBRAID_DB", self.database.name()), ("RUST_LOG", "info")];
        if self.server == Server::Own {
            env.push(("LOGBRAID_MONGODB_TIMEOUT_MS", FUNCTION_TIMEOUT_MS));
        }
        env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Returns the driver's database, for operations that have no method here.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Returns the collection of a day (`YYYY-MM-DD`).
    #[must_use]
    pub fn day(&self, day: &str) -> Collection<Document> {
        self.database.collection(&format!("{DAY_PREFIX}{day}"))
    }

    /// Lists the days that have a collection, in order.
    pub async fn days(&self) -> Vec<String> {
        let names = self.database.list_collection_names().await.expect("collections can be listed");
        let mut days: Vec<_> =
            names.iter().filter_map(|name| name.strip_prefix(DAY_PREFIX)).map(str::to_owned).collect();
        days.sort();
        days
    }

    /// Reads the records of a day, in the order of their ids.
    pub async fn records(&self, day: &str) -> Vec<Document> {
        all(&self.day(day)).await
    }

    /// Reads the records of all days, in the order of days and ids.
    pub async fn all_records(&self) -> Vec<Document> {
        let mut records = Vec::new();
        for day in self.days().await {
            records.extend(self.records(&day).await);
        }
        records
    }

    /// Counts the records of all days.
    pub async fn count(&self) -> usize {
        self.all_records().await.len()
    }

    /// Reads the quarantine.
    pub async fn quarantined(&self) -> Vec<Document> {
        all(&self.database.collection(QUARANTINE)).await
    }

    /// Reads a transaction from the view of a day.
    pub async fn transaction(&self, day: &str, uid: &str) -> Option<Document> {
        let view: Collection<Document> = self.database.collection(&format!("transactions_{day}"));
        view.find_one(doc! { "_id": uid }).await.expect("the view can be read")
    }

    /// Stores a document in each of the day's first thousand minutes, so that reading the whole day is expensive.
    pub async fn surround(&self, day: &str) {
        let midnight =
            DateTime::parse_rfc3339_str(format!("{day}T00:00:00Z")).expect("a day").timestamp_millis() / 1_000;
        let others = (0..1_000).map(|minute| {
            let seconds = midnight + minute * 60;
            let mut id = [0; 12];
            id[..4].copy_from_slice(&u32::try_from(seconds).expect("fits").to_be_bytes());
            doc! { "_id": ObjectId::from_bytes(id), "time": DateTime::from_millis(seconds * 1_000) }
        });
        self.day(day).insert_many(others).await.expect("stored");
    }

    /// Returns the finds in a day's collection during an action, from the server's profiler.
    pub async fn finds(&self, day: &str, doing: impl Future) -> Vec<Document> {
        self.database.run_command(doc! { "profile": 2 }).await.expect("the server tells what it does");
        doing.await;
        self.database.run_command(doc! { "profile": 0 }).await.expect("no longer");
        let asked = doc! { "op": "query", "command.find": format!("{DAY_PREFIX}{day}") };
        let told = self.database.collection::<Document>("system.profile").find(asked).await.expect("told");
        told.try_collect().await.expect("readable")
    }

    /// Returns how often something reads a day's collection, by finds and aggregations, as the server's profiler tells.
    pub async fn count_reads(&self, day: &str, doing: impl Future) -> u64 {
        self.database.run_command(doc! { "profile": 2 }).await.expect("the server tells what it does");
        doing.await;
        self.database.run_command(doc! { "profile": 0 }).await.expect("no longer");
        let collection = format!("{DAY_PREFIX}{day}");
        let reads = doc! { "$or": [{ "command.find": &collection }, { "command.aggregate": &collection }] };
        self.database.collection::<Document>("system.profile").count_documents(reads).await.expect("counted")
    }

    /// Explains a find, with its execution statistics.
    pub async fn explain(&self, collection: &str, filter: Document, sort: Document) -> Document {
        let find = doc! { "find": collection, "filter": filter, "sort": sort };
        let explain = doc! { "explain": find, "verbosity": "executionStats" };
        self.database.run_command(explain).await.expect("a find can be explained")
    }

    /// Reads the type and options of a collection or view.
    pub async fn describe(&self, collection: &str) -> Document {
        let filter = doc! { "name": collection };
        let mut found = self.list(doc! { "listCollections": 1, "filter": filter }).await;
        found.pop().unwrap_or_else(|| panic!("no collection {collection}"))
    }

    /// Reads the indexes of a day's collection, by name.
    pub async fn indexes(&self, day: &str) -> Vec<Document> {
        let mut indexes = self.list(doc! { "listIndexes": format!("{DAY_PREFIX}{day}") }).await;
        indexes.sort_by(|a, b| text(a, "name").cmp(&text(b, "name")));
        indexes
    }

    async fn list(&self, command: Document) -> Vec<Document> {
        let cursor = self.database.run_cursor_command(command).await.expect("the server answers");
        cursor.try_collect().await.expect("the server answers")
    }
}

impl Drop for TestDb {
    /// Drops the database on another thread with its own runtime, since the test's runtime may be ending.
    fn drop(&mut self) {
        if self.server == Server::Own {
            return;
        }
        let (uri, name) = (self.uri.clone(), self.database.name().to_owned());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async { client(&uri).await.database(&name).drop().await.map_err(std::io::Error::other) })
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            eprintln!("database {} was not dropped", self.database.name());
        }
    }
}

/// Converts a document to JSON for snapshots, with `$oid` and `$date` where JSON has no type.
#[must_use]
pub fn json(document: &Document) -> Value {
    serde_json::to_value(document).expect("documents can be written as JSON")
}

/// Returns the text at a dotted path in a document.
#[must_use]
pub fn text<'a>(document: &'a Document, path: &str) -> Option<&'a str> {
    match path.split_once('.') {
        Some((field, rest)) => text(document.get_document(field).ok()?, rest),
        None => document.get_str(path).ok(),
    }
}

async fn client(uri: &str) -> Client {
    let mut options = ClientOptions::parse(uri).await.expect("a valid connection string");
    options.server_selection_timeout = Some(SELECTION_TIMEOUT);
    Client::with_options(options).expect("valid options")
}

async fn all(collection: &Collection<Document>) -> Vec<Document> {
    let cursor = collection.find(doc! {}).sort(doc! { "_id": 1 }).await.expect("the collection can be read");
    cursor.try_collect().await.expect("the collection can be read")
}
