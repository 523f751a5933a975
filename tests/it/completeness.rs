//! The completeness of an answer: the days, the quarantined payloads, and until when each shard is filed.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::bucket::Bucket;
use tests::fixtures::{self, ORDER_UID, Payload, Python};
use tests::http::{Get as _, PlainHttp};
use tests::kinesis::{Drained, EventSource, Stream};
use tests::mongo::{FailCommand, OwnServer, text};
use tests::runtime_api::{Function, FunctionError};

#[tokio::test]
async fn an_answer_says_what_it_knows_of_completeness() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    // One that may belong to the transaction, and one of another stream.
    stream.put("host", "{\"not json");
    app.deliver(&stream).await;
    let other = Stream::new("other", 1);
    other.put("host", "{\"not json either");
    fixtures::put(&other, &[Payload::record("2026-11-18T12:00:00Z", "another", "jobs", "two days before")]);
    app.deliver(&other).await;

    let answer = app.get(&format!("/transactions/{ORDER_UID}")).await;
    let known = &answer.body["completeness"];
    assert_eq!(known["days"], json!({ "count": 2, "first": "2026-11-18", "last": "2026-11-20" }), "{answer:#?}");
    assert_eq!(known["quarantined"], json!(1));
    let filed: Vec<(&str, &str)> = known["filed_until"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|filed| (filed["stream"].as_str().expect("text"), filed["shard"].as_str().expect("text")))
        .collect();
    assert_eq!(filed, [("app_logging", "shardId-000000000000"), ("other", "shardId-000000000000")]);
    let arrived = |record: &Value| record["source"]["arrived"].as_str().map(str::to_owned);
    let last = answer.body["records"].as_array().expect("records").iter().filter_map(arrived).max().expect("one");
    let until = known["filed_until"][0]["arrived"].as_str().expect("text");
    assert!(until.get(..23) >= last.get(..23), "{until} {last}");
}

#[tokio::test]
async fn the_days_are_told_newest_first_with_what_they_hold() {
    let app = TestApp::start().await;
    let plain = PlainHttp::start(app.db.env()).await;
    assert_eq!(plain.get("/days").await.body, json!({ "days": [] }));
    let stream = Stream::new("app_logging", 1);
    let record = |time: &str| Payload::record(time, "x", "jobs", "one");
    fixtures::put(&stream, &["2026-11-19T23:59:59Z", "2026-11-20T00:00:00Z", "2026-11-20T12:00:00Z"].map(record));
    app.deliver(&stream).await;
    let answer = app.get("/days").await;
    assert_eq!(plain.get("/days").await, answer);
    let days = answer.body["days"].as_array().expect("a list");
    let told: Vec<(&str, u64)> = days
        .iter()
        .map(|day| (day["day"].as_str().expect("text"), day["records"].as_u64().expect("a number")))
        .collect();
    assert_eq!(told, [("2026-11-20", 2), ("2026-11-19", 1)]);
    assert!(days.iter().all(|day| day["bytes"].as_u64() > Some(0)), "{days:?}");
}

/// What arrived before `filed_until` is in the answer only if `filed_until` is read first.
#[tokio::test]
async fn filed_until_is_read_before_the_records_are_looked_for() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    // More days than are looked up without asking which have records.
    let days = (1..=9).map(|day| Payload::record(&format!("2026-11-{day:02}T12:00:00Z"), "another", "jobs", "one"));
    fixtures::put(&stream, &days.collect::<Vec<_>>());
    app.deliver(&stream).await;
    // The function has as many connections as it needs: reading the shards is all that takes time.
    completeness(&app).await;
    FailCommand::block_on(&app.db, "find", "shards", 1, Duration::from_secs(1)).await;
    app.db.database().run_command(doc! { "profile": 2 }).await.expect("the server profiles");
    completeness(&app).await;
    app.db.database().run_command(doc! { "profile": 0 }).await.expect("no longer");
    // An operation is written down when it ends.
    let profile = app.db.database().collection::<Document>("system.profile");
    let operations = profile.find(doc! { "appName": "logbraid" }).await.expect("readable");
    let operations: Vec<Document> = operations.try_collect().await.expect("readable");
    let is_of_shards = |operation: &Document| text(operation, "command.find") == Some("shards");
    assert_eq!(operations.iter().position(is_of_shards), Some(0), "{operations:#?}");
}

/// Deliveries of several functions for one shard overtake each other.
#[tokio::test]
async fn several_functions_for_a_shard_are_a_doubt() {
    let mut app = TestApp::start().await;
    let factor = ("LOGBRAID_PARALLELIZATION_FACTOR".to_owned(), "4".to_owned());
    app.ingest = Function::new("ingest", app.db.env().into_iter().chain([factor]));
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    let known = completeness(&app).await;
    assert!(doubts(&known).contains(&"parallel_functions"), "{known:#}");
    app.ingest = Function::new("ingest", app.db.env());
    app.deliver(&stream).await;
    let known = completeness(&app).await;
    assert!(!doubts(&known).contains(&"parallel_functions"), "{known:#}");
}

/// A batch that was given up lies in the on-failure bucket until somebody brings it back.
#[tokio::test]
async fn a_batch_in_the_bucket_is_a_doubt_until_it_is_brought_back() {
    let mut app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    let payloads = fixtures::order(Python::V311);
    let (first, rest) = payloads.split_at(3);
    fixtures::put(&stream, first);
    let refuse = |_: Value| Err(FunctionError { error_type: "Unhandled".to_owned(), message: "away".to_owned() });
    let mut mapping = EventSource { maximum_retry_attempts: Some(0), ..EventSource::reporting() }.connect(&stream);
    assert_eq!(mapping.drain(&refuse).await, Drained::End);
    fixtures::put(&stream, rest);
    assert_eq!(mapping.drain(&app.ingest).await, Drained::End);

    let bucket = Bucket::with(&mapping.discarded()).await;
    let name = [("LOGBRAID_FAILED_BUCKET", "failed-batches".to_owned())];
    let env = bucket.env().into_iter().chain(name).map(|(name, value)| (name.to_owned(), value));
    app.query = Function::new("query", app.db.env().into_iter().chain(env));
    let known = completeness(&app).await;
    assert_eq!((&known["failed_batches"], doubts(&known)), (&json!(1), vec!["failed_batches"]));

    // A batch of another time is none of this transaction's.
    bucket.clear();
    bucket.add("aws/lambda/5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10/shardId-000000000000/2026/11/30/2026-11-30T00.00.00-5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10");
    app.query.recycle();
    let known = completeness(&app).await;
    assert_eq!((&known["failed_batches"], doubts(&known)), (&json!(0), vec![]));

    // A bucket that does not answer is a doubt of its own.
    bucket.refuse();
    app.query.recycle();
    let known = completeness(&app).await;
    assert_eq!((&known["failed_batches"], doubts(&known)), (&json!(null), vec!["failed_batches_unknown"]));
}

/// A shard that nothing is filed from is idle or closed: it is counted, and not shown as behind.
#[tokio::test]
async fn a_shard_without_records_leaves_the_list_after_the_retention() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 2);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    stream.put_on(1, "host", r#"{"message": "of the other shard", "log_uid": "other"}"#);
    app.deliver(&stream).await;
    let known = completeness(&app).await;
    let shards = known["filed_until"].as_array().expect("a list");
    assert_eq!((shards.len(), &known["silent_shards"]), (2, &json!(0)), "{known:#}");
    // When something was filed last says that the shard was not behind then.
    for shard in shards {
        let filed_at: jiff::Timestamp = shard["filed_at"].as_str().expect("a time").parse().expect("a time");
        assert!(jiff::Timestamp::now().duration_since(filed_at) < jiff::SignedDuration::from_mins(5), "{shard}");
    }
    let days_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(25);
    let long_ago = mongodb::bson::DateTime::from_millis(days_ago.as_millisecond());
    let shards = app.db.database().collection::<Document>("shards");
    let other = doc! { "_id.shard": "shardId-000000000001" };
    shards.update_one(other, doc! { "$set": { "filed_at": long_ago } }).await.expect("updated");
    let known = completeness(&app).await;
    let listed: Vec<&str> =
        known["filed_until"].as_array().expect("a list").iter().filter_map(|shard| shard["shard"].as_str()).collect();
    assert_eq!((listed, &known["silent_shards"]), (vec!["shardId-000000000000"], &json!(1)));
}

/// Payloads that are no log records were looked at, too: the shard is not behind.
#[tokio::test]
async fn a_shard_moves_on_with_what_is_quarantined() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 2);
    stream.put_on(0, "host", r#"{"message": "hello", "log_uid": "a"}"#);
    stream.put_on(1, "host", "[]");
    app.deliver(&stream).await;
    assert_eq!(app.db.quarantined().await.len(), 1);
    let answer = app.get("/transactions/a").await;
    let filed = answer.body["completeness"]["filed_until"].as_array().expect("a list");
    let shards: Vec<&str> = filed.iter().filter_map(|shard| shard["shard"].as_str()).collect();
    assert_eq!(shards, ["shardId-000000000000", "shardId-000000000001"], "{answer:#?}");
}

async fn completeness(app: &TestApp) -> Value {
    let answer = app.get(&format!("/transactions/{ORDER_UID}")).await;
    assert_eq!(answer.status, 200, "{answer:#?}");
    answer.body["completeness"].clone()
}

fn doubts(known: &Value) -> Vec<&str> {
    known["doubts"].as_array().map(|doubts| doubts.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}
