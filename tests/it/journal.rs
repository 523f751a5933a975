//! The journal: an entry for everything that is stored, in the order of filing.

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc, oid::ObjectId};
use tests::app::TestApp;
use tests::fixtures::{self, Payload, Python};
use tests::kinesis::{Drained, EventSource, Invocation, Stream, Verdict};
use tests::mongo::{FailCommand, OwnServer, TestDb, text};

const UNAUTHORIZED: i32 = 13;
const BAD_VALUE: i32 = 2;
const PRIMARY_STEPPED_DOWN: i32 = 189;
const WRITE_CONCERN_FAILED: i32 = 64;
const ORDER_RECORDS: usize = 27;

pub(crate) async fn entries(db: &TestDb) -> Vec<Document> {
    let journal = db.database().collection::<Document>("filed");
    let entries = journal.find(doc! {}).sort(doc! { "$natural": 1 }).await.expect("the journal can be read");
    entries.try_collect().await.expect("the journal can be read")
}

async fn shards(db: &TestDb) -> Vec<Document> {
    let shards = db.database().collection::<Document>("shards").find(doc! {}).await.expect("shards can be read");
    shards.try_collect().await.expect("shards can be read")
}

/// Returns the ids in an entry, each with the day of its collection.
pub(crate) fn ids(entry: &Document) -> Vec<(String, ObjectId)> {
    let days = entry.get_array("days").expect("days").iter().map(|day| day.as_document().expect("a document"));
    days.flat_map(|day| {
        let name = day.get_str("day").expect("a day").to_owned();
        let bytes = day.get_binary_generic("ids").expect("bytes").as_chunks::<12>().0;
        bytes.iter().map(|id| (name.clone(), ObjectId::from_bytes(*id))).collect::<Vec<_>>()
    })
    .collect()
}

/// Reads the ids of all stored records with their days, in order.
async fn stored(db: &TestDb) -> Vec<(String, ObjectId)> {
    let mut stored = Vec::new();
    for day in db.days().await {
        let ids = db.records(&day).await.into_iter().map(|record| record.get_object_id("_id").expect("an id"));
        stored.extend(ids.map(|id| (day.clone(), id)));
    }
    stored
}

/// Checks that the journal has exactly the stored records.
pub(crate) async fn check_all_noted(db: &TestDb) {
    let mut noted: Vec<_> = entries(db).await.iter().flat_map(ids).collect();
    noted.sort();
    noted.dedup();
    assert_eq!(noted, stored(db).await);
}

/// Returns the order, a payload that is not a record, and a late record of the next day.
fn stream() -> Stream {
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &[Payload::record("2026-11-21T00:00:01Z", "next-day", "ordering", "before its time")]);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    stream.put("host", "{\"not json");
    stream
}

/// Delivers all records, and disarms the fault after the first failure.
async fn deliver(app: &TestApp, stream: &Stream, expect: &[Verdict], recover: impl AsyncFn()) {
    let mut mapping = EventSource::reporting().connect(stream);
    let drained = mapping.drain_with(&app.ingest, async |_: &Invocation| recover().await).await;
    assert_eq!(drained, Drained::End);
    let verdicts: Vec<Verdict> = mapping.journal().iter().map(|invocation| invocation.verdict).collect();
    assert_eq!(verdicts, expect, "{}", app.ingest.logs().lines().join("\n"));
}

#[tokio::test]
async fn what_is_stored_is_noted_in_the_order_of_filing() {
    let app = TestApp::start().await;
    let stream = stream();
    app.deliver(&stream).await;
    let late = Stream::new("other", 1);
    fixtures::put(&late, &[Payload::record("2026-11-19T12:00:00Z", "late", "ordering", "long ago")]);
    app.deliver(&late).await;

    let journal = app.db.describe("filed").await;
    assert!(
        journal.get_document("options").is_ok_and(|options| options.get_bool("capped").is_ok_and(|capped| capped)),
        "{journal}"
    );
    let entries = entries(&app.db).await;
    let streams: Vec<_> = entries.iter().map(|entry| text(entry, "stream").expect("a stream")).collect();
    assert_eq!(streams, ["app_logging", "other"]);
    assert_eq!(entries.iter().map(|entry| ids(entry).len()).collect::<Vec<_>>(), [ORDER_RECORDS + 1, 1]);
    assert!(entries.iter().all(|entry| !entry.contains_key("again")), "{entries:#?}");
    check_all_noted(&app.db).await;
}

#[tokio::test]
async fn what_is_delivered_again_is_noted_again_and_says_so() {
    let app = TestApp::start().await;
    let stream = stream();
    for _ in 0..2 {
        app.deliver(&stream).await;
    }
    let entries = entries(&app.db).await;
    assert_eq!(ids(&entries[0]), ids(&entries[1]));
    assert_eq!(entries.iter().map(|entry| entry.get_bool("again").ok()).collect::<Vec<_>>(), [None, Some(true)]);
    let shards = shards(&app.db).await;
    assert_eq!(shards.len(), 1);
    assert_eq!(shards[0].get("arrived"), entries[0].get("arrived"));
    assert_eq!(text(&shards[0], "_id.stream"), Some("app_logging"));
}

/// The time until which a shard is filed is stored again when it has advanced by a second or more.
#[tokio::test]
async fn a_shard_is_moved_on_once_a_second() {
    let app = TestApp::start().await;
    for (created, expect) in [
        ("2026-11-20T12:00:00.000Z", "2026-11-20T12:00:00.12Z"),
        ("2026-11-20T12:00:00.900Z", "2026-11-20T12:00:00.12Z"),
        ("2026-11-20T12:00:01.000Z", "2026-11-20T12:00:01.12Z"),
    ] {
        let stream = Stream::new("app_logging", 1);
        fixtures::put(&stream, &[Payload::record(created, created, "ordering", "one")]);
        app.deliver(&stream).await;
        let shards = shards(&app.db).await;
        let arrived = shards[0].get_datetime("arrived").expect("a date").try_to_rfc3339_string().expect("a date");
        assert_eq!((shards.len(), arrived.as_str()), (1, expect), "{created}");
    }
    assert_eq!((app.ingest.cold_starts(), entries(&app.db).await.len()), (1, 3));
}

#[tokio::test]
async fn a_record_under_another_id_is_noted_under_it() {
    let app = TestApp::start().await;
    let stream = stream();
    app.deliver(&stream).await;
    let day = app.db.day("2026-11-20");
    let record = app.db.records("2026-11-20").await.swap_remove(5);
    let taken = record.get_object_id("_id").expect("an id");
    day.delete_one(doc! { "_id": taken }).await.expect("deleted");
    day.insert_one(doc! { "_id": taken, "source": { "seq": "another's" } }).await.expect("inserted");
    app.deliver(&stream).await;
    let again = entries(&app.db).await.pop().expect("an entry");
    let noted = ids(&again);
    assert!(!noted.iter().any(|(_, id)| *id == taken), "{noted:?}");
    let mut with_taken: Vec<_> = noted.into_iter().chain([("2026-11-20".to_owned(), taken)]).collect();
    with_taken.sort();
    assert_eq!(with_taken, stored(&app.db).await);
}

/// A part of the batch is delivered again: the journal first gets the records that are stored for certain, then the
/// rest.
#[tokio::test]
async fn a_batch_that_is_stored_in_part_is_noted_in_part() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    FailCommand::refuse_on(&app.db, "insert", "kinesis_logs_2026-11-20", 1, BAD_VALUE).await;
    deliver(&app, &stream(), &[Verdict::From(1), Verdict::Complete], async || {}).await;
    let counts: Vec<usize> = entries(&app.db).await.iter().map(|entry| ids(entry).len()).collect();
    assert_eq!(counts, [1, ORDER_RECORDS]);
    check_all_noted(&app.db).await;
}

/// A live tail would miss records without a journal entry, so they are delivered again.
#[tokio::test]
async fn what_cannot_be_noted_for_now_is_delivered_again() {
    let server = OwnServer::start();
    for (command, collection) in [("create", "filed"), ("insert", "filed"), ("update", "shards")] {
        let app = TestApp::on(&server).await;
        // Once, and once more when the driver retries.
        FailCommand::refuse_on(&app.db, command, collection, 2, PRIMARY_STEPPED_DOWN).await;
        let recover = async || FailCommand::disarm(&app.db).await;
        deliver(&app, &stream(), &[Verdict::From(0), Verdict::Complete], recover).await;
        check_all_noted(&app.db).await;
    }
}

/// If MongoDB refuses the journal for good, filing continues, with one warning.
#[tokio::test]
async fn a_journal_that_is_refused_does_not_block_the_shard() {
    let server = OwnServer::start();
    for (command, collection) in [("create", "filed"), ("insert", "filed"), ("update", "shards")] {
        let app = TestApp::on(&server).await;
        FailCommand::refuse_on(&app.db, command, collection, 1_000, UNAUTHORIZED).await;
        let stream = stream();
        for _ in 0..2 {
            deliver(&app, &stream, &[Verdict::Complete], async || {}).await;
        }
        assert_eq!(app.db.count().await, ORDER_RECORDS + 1);
        let said = app.ingest.logs().lines().iter().filter(|line| line.contains("a live tail will not show")).count();
        assert_eq!(said, 1, "{command} on {collection}");
        FailCommand::disarm(&app.db).await;
        deliver(&app, &stream, &[Verdict::Complete], async || {}).await;
        check_all_noted(&app.db).await;
    }
}

/// A journal entry on too few servers does not count.
#[tokio::test]
async fn an_entry_that_a_majority_has_not_got_is_written_again() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    app.deliver(&stream()).await;
    // The days and the driver's connections exist already, so the next update is that of the shard.
    FailCommand::leave_unconfirmed(&app.db, "update", 1, WRITE_CONCERN_FAILED).await;
    let other = Stream::new("other", 1);
    fixtures::put(&other, &[Payload::record("2026-11-20T12:00:00Z", "late", "ordering", "once more")]);
    deliver(&app, &other, &[Verdict::From(0), Verdict::Complete], async || {}).await;
    check_all_noted(&app.db).await;
}
