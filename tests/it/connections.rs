//! How many connections the functions keep, counted on the server: docs/scale.md calculates with these numbers.

use std::collections::HashSet;

use futures_util::TryStreamExt as _;
use futures_util::future::{Either, join_all, select};
use mongodb::Database;
use mongodb::bson::{Document, doc};
use tests::fixtures::Payload;
use tests::http::Get as _;
use tests::kinesis::{Drained, EventSource, Stream};
use tests::mongo::{OwnServer, TestDb};
use tests::runtime_api::Function;

use crate::kept::check_each_once;

const SHARDS: usize = 3;
const PARALLELIZATION_FACTOR: usize = 2;
/// A batch has records of all these days, and all days are stored at once.
const DAYS: usize = 12;
const ROUNDS: usize = 20;
/// What `IngestConnections` and `QueryConnections` are in template.yaml.
const INGEST: usize = 4;
const QUERY: usize = 10;
/// On Lambda, the driver watches a server on a connection of its own, and measures no round trips on another.
const MONITOR: usize = 1;

/// Counts the connections of the functions, idle ones too.
async fn connections(database: &Database) -> usize {
    let admin = database.client().database("admin");
    let all = doc! { "$currentOp": { "allUsers": true, "idleConnections": true, "localOps": true } };
    let found = admin.aggregate([all, doc! { "$match": { "appName": "logbraid" } }]).await.expect("the server tells");
    let found: Vec<Document> = found.try_collect().await.expect("the server tells");
    let clients: HashSet<&str> = found.iter().filter_map(|own| own.get_str("client").ok()).collect();
    clients.len()
}

/// Waits for the end of what is done, and returns the most connections that there were meanwhile.
async fn most_during<T>(database: &Database, doing: impl Future<Output = T>) -> (T, usize) {
    let (mut doing, mut most) = (std::pin::pin!(doing), 0);
    loop {
        match select(doing, std::pin::pin!(connections(database))).await {
            Either::Left((done, _)) => return (done, most.max(connections(database).await)),
            Either::Right((count, rest)) => {
                most = most.max(count);
                doing = rest;
            }
        }
    }
}

/// Returns records of all days in turn, on all shards.
fn stream() -> Stream {
    let stream = Stream::new("app_logging", SHARDS);
    for round in 0..ROUNDS {
        for day in 0..DAYS {
            let payload =
                Payload::record(&format!("2026-11-{:02}T08:00:{round:02}Z", day + 1), "uid", "service", "hello");
            stream.put_on((round + day) % SHARDS, "key", payload.data);
        }
    }
    stream
}

fn function(name: &str, db: &TestDb, connections: usize) -> Function {
    let setting = ("LOGBRAID_MONGODB_CONNECTIONS".to_owned(), connections.to_string());
    Function::new(name, db.env().into_iter().chain([setting]))
}

#[tokio::test]
async fn ingest_keeps_no_more_connections_than_are_calculated() {
    let server = OwnServer::start();
    let db = TestDb::on(&server).await;
    let ingest = function("ingest", &db, INGEST);
    let stream = stream();
    let source =
        EventSource { batch_size: 60, parallelization_factor: PARALLELIZATION_FACTOR, ..EventSource::reporting() };
    let mut mapping = source.connect(&stream);
    let (drained, most) = most_during(db.database(), mapping.drain(&ingest)).await;
    assert_eq!(drained, Drained::End);
    check_each_once(&db, &stream).await;
    let functions = ingest.cold_starts();
    assert!((2..=SHARDS * PARALLELIZATION_FACTOR).contains(&functions), "{functions} functions");
    let calculated = functions * (INGEST + MONITOR);
    assert!(most <= calculated && most > functions * (1 + MONITOR), "{most} connections of {functions} functions");
    println!("{most} connections of {functions} functions, at most {calculated} calculated");
}

#[tokio::test]
async fn query_keeps_no_more_connections_than_are_calculated() {
    let server = OwnServer::start();
    let db = TestDb::on(&server).await;
    let ingest = function("ingest", &db, INGEST);
    let stream = stream();
    assert_eq!(EventSource::reporting().connect(&stream).drain(&ingest).await, Drained::End);
    ingest.recycle();
    let query = function("query", &db, QUERY);
    let requests = async {
        for _ in 0..3 {
            join_all((0..4).map(|_| query.get("/transactions/uid"))).await;
        }
    };
    let ((), most) = most_during(db.database(), requests).await;
    let functions = query.cold_starts();
    let calculated = functions * (QUERY + MONITOR);
    assert!(most <= calculated && most > functions * (1 + MONITOR), "{most} connections of {functions} functions");
    println!("{most} connections of {functions} functions, at most {calculated} calculated");
}
