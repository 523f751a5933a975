//! MongoDB goes away and comes back: nothing is lost, nothing is stored twice.

use std::sync::Mutex;
use std::time::Duration;

use mongodb::bson::Document;
use tests::app::TestApp;
use tests::fixtures::{self, Payload, Python};
use tests::kinesis::{Drained, EventSource, Invocation, Stream, Verdict};
use tests::mongo::{FailCommand, OwnServer, TestDb, text};

/// Longer than any test, so that the command is still delayed when its server dies.
const FOR_EVER: Duration = Duration::from_mins(10);

/// The maximum of failures. Each one restarts the server, so more would also be a failure of the test.
const INVOCATIONS_LIMIT: usize = 4;

/// Returns the order, and then the same services' records of the next day.
fn payloads() -> Vec<Payload> {
    let mut payloads = fixtures::order(Python::V311);
    payloads.extend(
        (0..5).map(|second| {
            Payload::record(&format!("2026-11-21T00:00:0{second}Z"), "next-day", "ordering", "a new day")
        }),
    );
    payloads
}

fn stream() -> Stream {
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &payloads());
    stream
}

fn sequence_number(record: &Document) -> &str {
    text(record, "source.seq").expect("every record has its source")
}

/// Checks that every record of the stream is stored once.
async fn check_all_once(db: &TestDb, stream: &Stream) {
    let mut stored: Vec<String> =
        db.all_records().await.iter().map(|record| sequence_number(record).to_owned()).collect();
    stored.sort();
    let sent: Vec<String> = stream.records(0).iter().map(|record| record.sequence_number.to_string()).collect();
    assert_eq!(stored, sent);
}

/// Checks that all records of the batch before the reported one are stored.
async fn check_claim(db: &TestDb, stream: &Stream, invocation: &Invocation) {
    let Verdict::From(position) = invocation.verdict else { panic!("a reply, not an error: {invocation:#?}") };
    let records = db.all_records().await;
    let stored: Vec<&str> = records.iter().map(sequence_number).collect();
    let batch = stream.records(0).into_iter().skip_while(|record| record.sequence_number < invocation.first);
    for record in batch.take(position) {
        assert!(stored.contains(&record.sequence_number.as_str()), "{} is claimed", record.sequence_number);
    }
}

async fn check_stopped_before_the_batch(warm: bool) {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let server = Mutex::new(server);
    let stream = stream();
    let mut mapping = EventSource::reporting().connect(&stream).with_invocations_limit(INVOCATIONS_LIMIT);
    if warm {
        let other = Stream::new("other", 1);
        fixtures::put(&other, &payloads()[..1]);
        app.deliver(&other).await;
        app.db.day("2026-11-20").delete_many(Document::new()).await.expect("deleted");
    }
    server.lock().expect("one user").stop();

    let drained = mapping
        .drain_with(&app.ingest, async |failed: &Invocation| {
            assert_eq!(failed.verdict, Verdict::From(0), "{failed:#?}\n{}", app.ingest.logs().lines().join("\n"));
            server.lock().expect("one user").restart();
        })
        .await;

    assert_eq!(drained, Drained::End);
    let verdicts: Vec<Verdict> = mapping.journal().iter().map(|invocation| invocation.verdict).collect();
    assert_eq!(verdicts, [Verdict::From(0), Verdict::Complete]);
    assert_eq!(app.ingest.cold_starts(), 1, "the process outlives its database");
    check_all_once(&app.db, &stream).await;
}

#[tokio::test]
async fn stopped_before_a_cold_start() {
    check_stopped_before_the_batch(false).await;
}

#[tokio::test]
async fn stopped_under_a_warm_function() {
    check_stopped_before_the_batch(true).await;
}

/// The server dies during an insert.
#[tokio::test]
async fn killed_during_the_batch() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let server = Mutex::new(server);
    let stream = stream();
    let mut mapping = EventSource::reporting().connect(&stream).with_invocations_limit(INVOCATIONS_LIMIT);
    let held_up = FailCommand::block(&app.db, "insert", 1, FOR_EVER).await;

    let kill = async {
        held_up.wait_until_hit().await;
        server.lock().expect("one user").kill();
    };
    let drain = mapping.drain_with(&app.ingest, async |failed: &Invocation| {
        server.lock().expect("one user").restart();
        check_claim(&app.db, &stream, failed).await;
    });
    let ((), drained) = tokio::join!(kill, drain);

    assert_eq!(drained, Drained::End);
    assert!(mapping.journal().len() > 1, "the first delivery met the fault: {:#?}", mapping.journal());
    check_all_once(&app.db, &stream).await;
}

/// The server refuses every insert once, one after the other.
#[tokio::test]
async fn each_insert_refused_once() {
    /// `InterruptedAtShutdown`, which the driver retries once.
    const SHUTDOWN: i32 = 11_600;
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let stream = stream();
    for times in 1..=4 {
        FailCommand::refuse(&app.db, "insert", times, SHUTDOWN).await;
        let mut mapping = EventSource { batch_size: 10, ..EventSource::reporting() }.connect(&stream);
        let drained = mapping
            .drain_with(&app.ingest, async |failed: &Invocation| check_claim(&app.db, &stream, failed).await)
            .await;
        assert_eq!(drained, Drained::End);
        check_all_once(&app.db, &stream).await;
    }
}
