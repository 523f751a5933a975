//! MongoDB returns errors: the reply names the first unconfirmed record, which is stored when MongoDB works again.

use std::time::Duration;

use mongodb::bson::doc;
use mongodb::{IndexModel, options::IndexOptions};
use serde_json::json;
use tests::app::TestApp;
use tests::fixtures::{self, Payload, Python};
use tests::kinesis::{Drained, EventSource, Invocation, Stream, Verdict, event};
use tests::mongo::{FailCommand, OwnServer};
use tests::wait::DEADLINE;

use crate::kept::check_each_once;

const UNAUTHORIZED: i32 = 13;
const OUT_OF_DISK_SPACE: i32 = 14_031;
const WRITE_CONCERN_FAILED: i32 = 64;
const ORDER_RECORDS: usize = 27;
const SERVICES: usize = 3;
/// The middle of the order, which is stored before the whole order is delivered.
const THERE: std::ops::Range<usize> = 10..20;

fn stream() -> Stream {
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    stream
}

/// Delivers all records, and disarms the fault at the last expected failure.
async fn check(app: &TestApp, stream: &Stream, expect: &[Verdict], recover: impl AsyncFn()) {
    let mut mapping = EventSource::reporting().connect(stream);
    let drained = mapping.drain_with(&app.ingest, async |_: &Invocation| recover().await).await;
    assert_eq!(drained, Drained::End);
    let verdicts: Vec<Verdict> = mapping.journal().iter().map(|invocation| invocation.verdict).collect();
    assert_eq!(verdicts, expect, "{}", app.ingest.logs().lines().join("\n"));
    check_each_once(&app.db, stream).await;
}

/// Stores the middle of the order.
async fn with_middle(app: &TestApp, stream: &Stream) {
    let middle = event(stream, 0, &stream.records(0)[THERE]);
    let reply = app.ingest.invoke(&middle, DEADLINE).await.expect("a reply");
    assert_eq!(reply["batchItemFailures"], json!([]));
}

#[tokio::test]
async fn a_full_disk_and_a_right_that_is_missing() {
    let server = OwnServer::start();
    for code in [OUT_OF_DISK_SPACE, UNAUTHORIZED] {
        for command in ["create", "createIndexes", "insert"] {
            let app = TestApp::on(&server).await;
            // For all commands: a server stays out of disk space for more than one.
            FailCommand::refuse(&app.db, command, 1_000, code).await;
            let recover = async || FailCommand::disarm(&app.db).await;
            check(&app, &stream(), &[Verdict::From(0), Verdict::Complete], recover).await;
            assert_eq!(app.db.quarantined().await, [], "a refusal of the whole batch quarantines nothing");
        }
    }
}

#[tokio::test]
async fn a_batch_that_is_there_in_part() {
    let app = TestApp::start().await;
    let stream = stream();
    with_middle(&app, &stream).await;
    check(&app, &stream, &[Verdict::Complete], async || {}).await;
}

/// The insert stops at the first stored record, and the server does not say which others are stored.
#[tokio::test]
async fn a_batch_that_is_there_in_part_and_a_server_that_fails_then() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let stream = stream();
    with_middle(&app, &stream).await;
    FailCommand::refuse(&app.db, "find", 1, UNAUTHORIZED).await;
    check(&app, &stream, &[Verdict::From(THERE.start), Verdict::Complete], async || {}).await;
}

/// A record on too few servers does not count as stored, neither as a new one nor as a duplicate.
#[tokio::test]
async fn a_write_concern_error() {
    let server = OwnServer::start();
    for times in 1..=3 {
        let app = TestApp::on(&server).await;
        FailCommand::leave_unconfirmed(&app.db, "insert", times, WRITE_CONCERN_FAILED).await;
        let failures = usize::try_from(times).expect("a few");
        let expect = [vec![Verdict::From(0); failures], vec![Verdict::Complete]].concat();
        check(&app, &stream(), &expect, async || {}).await;
    }
}

/// A payload that cannot be quarantined is reported, like a record that cannot be stored.
#[tokio::test]
async fn a_quarantine_that_cannot_be_written() {
    let server = OwnServer::start();
    for code in [OUT_OF_DISK_SPACE, UNAUTHORIZED] {
        let app = TestApp::on(&server).await;
        let stream = stream();
        stream.put("host", "{\"not json");
        fixtures::put(&stream, &fixtures::order(Python::V312));
        FailCommand::refuse_on(&app.db, "insert", "quarantine", 1_000, code).await;
        let recover = async || FailCommand::disarm(&app.db).await;
        check(&app, &stream, &[Verdict::From(ORDER_RECORDS), Verdict::Complete], recover).await;
    }
}

/// A user's unique index reports a duplicate key. The record is not a duplicate, and must not count as stored. It is
/// quarantined.
#[tokio::test]
async fn a_unique_index_of_somebody_elses() {
    let app = TestApp::start().await;
    let stream = stream();
    let day = app.db.day("2026-11-20");
    let unique = IndexOptions::builder().unique(true).name("unique".to_owned()).build();
    day.create_index(IndexModel::builder().keys(doc! { "service": 1 }).options(unique).build()).await.expect("made");
    for _ in 0..2 {
        check(&app, &stream, &[Verdict::Complete], async || {}).await;
        assert_eq!((app.db.count().await, app.db.quarantined().await.len()), (SERVICES, ORDER_RECORDS - SERVICES));
    }
}

/// The server is slow and stores the records after the function's reply, while they are delivered again.
#[tokio::test]
async fn an_insert_that_is_done_after_the_reply() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let event = fixtures::order_event();
    FailCommand::block(&app.db, "insert", 1, Duration::from_secs(3)).await;
    let reply = app.ingest.invoke(&event, Duration::from_millis(2_500)).await.expect("a reply in time");
    let first = &event["Records"][0]["kinesis"]["sequenceNumber"];
    assert_eq!(reply["batchItemFailures"], json!([{ "itemIdentifier": first }]));
    for _ in 0..2 {
        let reply = app.ingest.invoke(&event, DEADLINE).await.expect("a reply");
        assert_eq!(reply["batchItemFailures"], json!([]));
    }
    assert_eq!(app.db.count().await, ORDER_RECORDS);
}

/// One day's collection is too slow for the deadline. The other days are filed, and only this one is reported.
#[tokio::test]
async fn a_day_too_slow_for_the_deadline() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let stream = stream();
    // Creates the first day, with its indexes and view: on a busy machine, that alone takes seconds.
    let first = event(&stream, 0, &stream.records(0)[..1]);
    let reply = app.ingest.invoke(&first, DEADLINE).await.expect("a reply");
    assert_eq!(reply["batchItemFailures"], json!([]));
    fixtures::put(&stream, &[Payload::record("2026-11-21T00:00:01Z", "uid", "service", "the next day")]);
    let event = event(&stream, 0, &stream.records(0));
    let (reply_within, blocked_for) = (Duration::from_secs(10), Duration::from_secs(11));
    FailCommand::block_on(&app.db, "insert", "kinesis_logs_2026-11-21", 1, blocked_for).await;
    let reply = app.ingest.invoke(&event, reply_within).await.expect("a reply in time");
    let number = stream.records(0)[ORDER_RECORDS].sequence_number.to_string();
    assert_eq!(reply["batchItemFailures"], json!([{ "itemIdentifier": number }]));
    assert_eq!(app.db.records("2026-11-20").await.len(), ORDER_RECORDS);
    app.deliver(&stream).await;
    check_each_once(&app.db, &stream).await;
}
