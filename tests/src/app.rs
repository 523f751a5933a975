//! The whole application in a test: a database and both functions, with verbs.

use crate::http::{Answer, Get};
use crate::kinesis::{Drained, EventSource, Invocation, Stream};
use crate::mongo::{OwnServer, TestDb};
use crate::runtime_api::Function;

/// logbraid, deployed to a database of its own. A function's process starts with its first event.
#[derive(Debug)]
pub struct TestApp {
    /// Where it keeps its records.
    pub db: TestDb,
    /// The ingest function.
    pub ingest: Function,
    /// The query function.
    pub query: Function,
}

impl TestApp {
    /// On the shared server.
    pub async fn start() -> Self {
        Self::with(TestDb::new().await)
    }

    /// On a server of the test's own.
    pub async fn on(server: &OwnServer) -> Self {
        Self::with(TestDb::on(server).await)
    }

    /// On a database that is there.
    #[must_use]
    pub fn with(db: TestDb) -> Self {
        let ingest = Function::new("ingest", db.env());
        let query = Function::new("query", db.env());
        Self { db, ingest, query }
    }

    /// Delivers everything on a stream, from its oldest record on; what the event source did.
    pub async fn deliver(&self, stream: &Stream) -> Vec<Invocation> {
        let mut mapping = EventSource::reporting().connect(stream);
        let drained = mapping.drain(&self.ingest).await;
        assert_eq!(drained, Drained::End, "{:#?}\n{}", mapping.journal().last(), self.ingest.logs().lines().join("\n"));
        assert_eq!(mapping.discarded(), []);
        mapping.journal()
    }

    /// Asks the query function.
    pub async fn get(&self, target: &str) -> Answer {
        self.query.get(target).await
    }
}
