//! MongoDB refuses a part of a batch: the reply names the first record that is not stored.

use mongodb::bson::{Document, doc};
use tests::app::TestApp;
use tests::fixtures::{self, Payload, Python};
use tests::kinesis::{Drained, EventSource, Invocation, Stream, Verdict};
use tests::mongo::{FailCommand, OwnServer, TestDb, text};

/// An error that the driver does not retry (`BadValue`).
const BAD_VALUE: i32 = 2;
const ORDER_RECORDS: usize = 27;
/// The minimum size of a part of a batch.
const PART_BYTES: usize = 512 * 1024;

/// Returns the order's 27 records, a payload that is not a record, and 5 records of the next day.
fn stream() -> Stream {
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    stream.put("host", "{\"not json");
    for second in 0..5 {
        let time = format!("2026-11-21T00:00:0{second}Z");
        fixtures::put(&stream, &[Payload::record(&time, "next-day", "ordering", "a new day")]);
    }
    stream
}

/// Reads the sequence numbers of all stored records and quarantined payloads.
async fn kept(db: &TestDb) -> Vec<String> {
    let kept = [db.all_records().await, db.quarantined().await].concat();
    let mut numbers: Vec<_> = kept.iter().map(|kept| text(kept, "source.seq").unwrap_or_default().to_owned()).collect();
    numbers.sort();
    numbers
}

/// Delivers all records, and disarms the fault after the first failure.
async fn check(app: &TestApp, stream: &Stream, expect: Verdict, recover: impl AsyncFn()) {
    let sent: Vec<String> = stream.records(0).iter().map(|record| record.sequence_number.to_string()).collect();
    let mut mapping = EventSource::reporting().connect(stream);
    let drained = mapping
        .drain_with(&app.ingest, async |failed: &Invocation| {
            let Verdict::From(position) = failed.verdict else { panic!("a reply, not an error: {failed:#?}") };
            let kept = kept(&app.db).await;
            assert!(sent[..position].iter().all(|number| kept.contains(number)), "claimed: {position}, kept: {kept:?}");
            recover().await;
        })
        .await;
    assert_eq!(drained, Drained::End);
    let verdicts: Vec<Verdict> = mapping.journal().iter().map(|invocation| invocation.verdict).collect();
    assert_eq!(verdicts, [expect, Verdict::Complete]);
    assert_eq!(kept(&app.db).await, sent, "everything once");
}

#[tokio::test]
async fn a_refused_collection() {
    let server = OwnServer::start();
    for (collection, position) in
        [("kinesis_logs_2026-11-20", 0), ("quarantine", ORDER_RECORDS), ("kinesis_logs_2026-11-21", ORDER_RECORDS + 1)]
    {
        let app = TestApp::on(&server).await;
        FailCommand::refuse_on(&app.db, "insert", collection, 1, BAD_VALUE).await;
        check(&app, &stream(), Verdict::From(position), async || {}).await;
    }
}

#[tokio::test]
async fn a_day_that_cannot_be_made() {
    let server = OwnServer::start();
    for (command, collection) in [
        ("create", "kinesis_logs_2026-11-21"),
        ("createIndexes", "kinesis_logs_2026-11-21"),
        ("create", "transactions_2026-11-21"),
    ] {
        let app = TestApp::on(&server).await;
        // Four times: the function tries a clustered and an ordinary collection, with its compressor and with the server's.
        FailCommand::refuse_on(&app.db, command, collection, 4, BAD_VALUE).await;
        let recover = async || FailCommand::disarm(&app.db).await;
        check(&app, &stream(), Verdict::From(ORDER_RECORDS + 1), recover).await;
        crate::schema::check_day(&app.db, "2026-11-21").await;
    }
}

/// A primary that steps down fails the creation of a day. The function must not create another kind of collection for
/// that.
#[tokio::test]
async fn a_day_made_at_a_bad_moment_is_clustered_all_the_same() {
    // `ShutdownInProgress`, `PrimarySteppedDown`, `NotWritablePrimary`, `InterruptedAtShutdown`, `MaxTimeMSExpired`.
    const BAD_MOMENTS: [i32; 5] = [91, 189, 10_107, 11_600, 50];
    let server = OwnServer::start();
    for code in BAD_MOMENTS {
        let app = TestApp::on(&server).await;
        FailCommand::refuse_on(&app.db, "create", "kinesis_logs_2026-11-21", 1, code).await;
        app.deliver(&stream()).await;
        crate::schema::check_day(&app.db, "2026-11-21").await;
    }
}

/// The server stores the records before the refused one, and none after it, since an ordered insert stops there. The
/// function stores the others all the same.
#[tokio::test]
async fn a_refused_record() {
    for refused in [0, 1, 13, ORDER_RECORDS - 1] {
        let app = TestApp::start().await;
        check_refused(&app, &stream(), refused).await;
    }
}

/// A large batch is stored in parts. A part may be stored already when the part before it fails.
#[tokio::test]
async fn a_refused_record_of_a_batch_in_parts() {
    const RECORDS: usize = 7;
    for refused in 0..RECORDS {
        let app = TestApp::start().await;
        let stream = Stream::new("app_logging", 1);
        for second in 0..RECORDS {
            let time = format!("2026-11-20T12:00:0{second}Z");
            fixtures::put(&stream, &[Payload::record(&time, "large", "ordering", &"x".repeat(PART_BYTES / 2))]);
        }
        check_refused(&app, &stream, refused).await;
        let entries = crate::journal::entries(&app.db).await;
        let noted: Vec<usize> = entries.iter().map(|entry| crate::journal::ids(entry).len()).collect();
        // The first entry is that of `check_refused`, which then delivers everything twice.
        assert_eq!(noted, [1, RECORDS - 1, RECORDS - 1], "no more is noted than is stored");
    }
}

/// Delivers all records. The server refuses one for good: it is quarantined, and everything is kept once.
async fn check_refused(app: &TestApp, stream: &Stream, refused: usize) {
    let number = stream.records(0)[refused].sequence_number.to_string();
    let validate = async |validator: Document| {
        let command = doc! { "collMod": "kinesis_logs_2026-11-20", "validator": validator };
        app.db.database().run_command(command).await.expect("the collection takes a validator");
    };
    // Creates the day, so that it can get a validator.
    let first = Stream::new("other", 1);
    fixtures::put(&first, &fixtures::order(Python::V311)[..1]);
    app.deliver(&first).await;
    app.db.day("2026-11-20").delete_many(doc! {}).await.expect("deleted");
    validate(doc! { "source.seq": { "$ne": &number } }).await;
    let quarantined_before = stream.records(0).iter().filter(|record| record.data == b"{\"not json").count();
    for delivery in 1..=2 {
        let mut mapping = EventSource::reporting().connect(stream);
        assert_eq!(mapping.drain(&app.ingest).await, Drained::End);
        let verdicts: Vec<Verdict> = mapping.journal().iter().map(|invocation| invocation.verdict).collect();
        assert_eq!(verdicts, [Verdict::Complete], "delivery {delivery}");
        let sent: Vec<String> = stream.records(0).iter().map(|record| record.sequence_number.to_string()).collect();
        assert_eq!(kept(&app.db).await, sent, "everything once");
        let quarantined = app.db.quarantined().await;
        assert_eq!(quarantined.len(), quarantined_before + 1);
        assert!(quarantined.iter().any(|entry| text(entry, "source.seq") == Some(&number)), "{number}");
    }
}
