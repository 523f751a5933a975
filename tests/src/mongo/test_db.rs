//! A database of a test's own.

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

/// The contract's names.
const DAY_PREFIX: &str = "kinesis_logs_";
const QUARANTINE: &str = "quarantine";
/// How long a test looks for the server.
const SELECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a function looks for a server that a test may take away.
const FUNCTION_TIMEOUT_MS: &str = "2000";

/// A uniquely named database, dropped at the end.
#[derive(Debug)]
pub struct TestDb {
    /// A function's way to it.
    uri: String,
    database: Database,
    server: Server,
}

/// Whose server a database is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    /// All tests'.
    Shared,
    /// The test's, which may stop it.
    Own,
}

impl TestDb {
    /// A database on the shared server.
    pub async fn new() -> Self {
        Self::connect(shared_uri(), Server::Shared).await
    }

    /// A database on a server of the test's own; it goes with its server.
    pub async fn on(server: &OwnServer) -> Self {
        Self::connect(server.uri(), Server::Own).await
    }

    /// A database on a set of the test's own; it goes with its servers.
    pub async fn on_set(set: &ReplicaSet) -> Self {
        Self::connect(set.uri(), Server::Own).await
    }

    /// The same database, with a function's way to it through a proxy; the test's own way stays straight.
    #[must_use]
    pub fn through(mut self, proxy: &Proxy) -> Self {
        self.uri = proxy.uri();
        self
    }

    /// The same database, with an option more in the connection string that a function gets.
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

    /// What a function needs in its environment to use this database.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        let mut env =
            vec![("MONGODB_URI", self.uri.as_str()), ("LOGBRAID_DB", self.database.name()), ("RUST_LOG", "info")];
        if self.server == Server::Own {
            env.push(("LOGBRAID_MONGODB_TIMEOUT_MS", FUNCTION_TIMEOUT_MS));
        }
        env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The driver's database, for what has no verb here.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The collection of a day (`YYYY-MM-DD`).
    #[must_use]
    pub fn day(&self, day: &str) -> Collection<Document> {
        self.database.collection(&format!("{DAY_PREFIX}{day}"))
    }

    /// The days that have a collection, in order.
    pub async fn days(&self) -> Vec<String> {
        let names = self.database.list_collection_names().await.expect("collections can be listed");
        let mut days: Vec<_> =
            names.iter().filter_map(|name| name.strip_prefix(DAY_PREFIX)).map(str::to_owned).collect();
        days.sort();
        days
    }

    /// The records of a day, in the order of their ids.
    pub async fn records(&self, day: &str) -> Vec<Document> {
        all(&self.day(day)).await
    }

    /// The records of all days, in the order of their days and ids.
    pub async fn all_records(&self) -> Vec<Document> {
        let mut records = Vec::new();
        for day in self.days().await {
            records.extend(self.records(&day).await);
        }
        records
    }

    /// How many records there are.
    pub async fn count(&self) -> usize {
        self.all_records().await.len()
    }

    /// What was set aside.
    pub async fn quarantined(&self) -> Vec<Document> {
        all(&self.database.collection(QUARANTINE)).await
    }

    /// The transaction with a uid on a day, as the day's view shows it.
    pub async fn transaction(&self, day: &str, uid: &str) -> Option<Document> {
        let view: Collection<Document> = self.database.collection(&format!("transactions_{day}"));
        view.find_one(doc! { "_id": uid }).await.expect("the view can be read")
    }

    /// Puts a document into each of the day's first thousand minutes, so that to read the whole day is to read many more.
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

    /// The finds in a day's collection that something does, as the server's profiler tells of them.
    pub async fn finds(&self, day: &str, doing: impl Future) -> Vec<Document> {
        self.database.run_command(doc! { "profile": 2 }).await.expect("the server tells what it does");
        doing.await;
        self.database.run_command(doc! { "profile": 0 }).await.expect("no longer");
        let asked = doc! { "op": "query", "command.find": format!("{DAY_PREFIX}{day}") };
        let told = self.database.collection::<Document>("system.profile").find(asked).await.expect("told");
        told.try_collect().await.expect("readable")
    }

    /// How the server answers a find, with what it cost.
    pub async fn explain(&self, collection: &str, filter: Document, sort: Document) -> Document {
        let find = doc! { "find": collection, "filter": filter, "sort": sort };
        let explain = doc! { "explain": find, "verbosity": "executionStats" };
        self.database.run_command(explain).await.expect("a find can be explained")
    }

    /// The server's description of a collection or view: its type and options.
    pub async fn describe(&self, collection: &str) -> Document {
        let filter = doc! { "name": collection };
        let mut found = self.list(doc! { "listCollections": 1, "filter": filter }).await;
        found.pop().unwrap_or_else(|| panic!("no collection {collection}"))
    }

    /// The indexes of a day's collection, by name.
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
    /// The test's own runtime may be ending, so a thread with another one does it.
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

/// A document as JSON, with `$oid` and `$date` where JSON has no type; for snapshots.
#[must_use]
pub fn json(document: &Document) -> Value {
    serde_json::to_value(document).expect("documents can be written as JSON")
}

/// The text at a dotted path in a document; nothing if there is none.
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
