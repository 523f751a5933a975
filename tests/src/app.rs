//! The whole application in a test: a database and both functions.

use crate::http::{Answer, Get};
use crate::kinesis::{Drained, EventSource, Invocation, Stream};
use crate::mongo::{OwnServer, TestDb};
use crate::runtime_api::Function;

/// logbraid with a database of its own. A function's process starts with its first event.
#[derive(Debug)]
pub struct TestApp {
    /// The database.
    pub db: TestDb,
    /// The ingest function.
    pub ingest: Function,
    /// The query function.
    pub query: Function,
}

impl TestApp {
    /// Starts the application on the shared server.
    pub async fn start() -> Self {
        Self::with(TestDb::new().await)
    }

    /// Starts the application on the test's own server.
    pub async fn on(server: &OwnServer) -> Self {
        Self::with(TestDb::on(server).await)
    }

    /// Starts the application on a database.
    #[must_use]
    pub fn with(db: TestDb) -> Self {
        let ingest = Function::new("ingest", db.env());
        let query = Function::new("query", db.env());
        Self { db, ingest, query }
    }

    /// Delivers all records of a stream, from the oldest on. Returns what the event source did.
    pub async fn deliver(&self, stream: &Stream) -> Vec<Invocation> {
        let mut mapping = EventSource::reporting().connect(stream);
        let drained = mapping.drain(&self.ingest).await;
        assert_eq!(drained, Drained::End, "{:#?}\n{}", mapping.journal().last(), self.ingest.logs().lines().join("\n"));
        assert_eq!(mapping.discarded(), []);
        mapping.journal()
    }

    /// Sends a request to the query function.
    pub async fn get(&self, target: &str) -> Answer {
        self.query.get(target).await
    }
}
