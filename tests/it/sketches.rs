//! Searches by value: what the sketches answer is what a scan answers.

mod depth;
mod older_words;
mod property;

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::bson::{DateTime, Document, doc};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Python};
use tests::http::{Get, PlainHttp};
use tests::kinesis::{Drained, EventSource, Stream};
use tests::mongo::{FailCommand, OwnServer, TestDb, text};
use tests::runtime_api::Function;

const DAYS: [&str; 3] = ["2026-11-18", "2026-11-19", "2026-11-20"];
const MARKER: &str = "complete";
/// The version of words.
const WORDS: i32 = 3;
/// How many records the order has.
const ORDER_RECORDS: usize = 27;
/// `OutOfDiskSpace`: nothing that the driver tries again by itself.
const DISK_FULL: i32 = 14_031;

fn sketches(db: &TestDb, day: &str) -> mongodb::Collection<Document> {
    db.database().collection(&format!("sketches_{day}"))
}

/// Makes the days look like days that were filed without sketches.
async fn unmark(db: &TestDb) {
    for day in DAYS {
        sketches(db, day).delete_one(doc! { "_id": MARKER }).await.expect("deleted");
    }
}

/// Returns the records' ids of all pages, and the first page's `searched`.
async fn found(api: &PlainHttp, query: &str) -> (Vec<String>, Value) {
    let (mut ids, mut searched, mut next) = (Vec::new(), Value::Null, Some(format!("/logs?{query}")));
    while let Some(target) = next {
        let answer = api.get(&target).await;
        assert_eq!(answer.status, 200, "{target} {answer:#?}");
        let records = answer.body["records"].as_array().expect("records");
        ids.extend(records.iter().filter_map(|record| record["id"].as_str()).map(str::to_owned));
        if searched.is_null() {
            searched = answer.body["searched"].clone();
        }
        next = answer.body["next"].as_str().map(str::to_owned);
    }
    (ids, searched)
}

async fn order() -> (TestApp, PlainHttp) {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    let api = PlainHttp::start(app.db.env()).await;
    (app, api)
}

#[tokio::test]
async fn a_text_is_found_in_any_field_as_whole_words() {
    let (app, api) = order().await;
    for (query, expect) in [
        ("q=VND-007000", 3),
        ("q=vnd+007000", 3),
        ("q=007000", 3),
        ("q=VND-00700", 0),
        ("q=VND-00700*", 3),
        ("q=widget-1", 11),
        ("q=alice", 2),
        ("q=ALICE", 2),
        ("q=ali", 0),
        ("q=vendor+order+failed", 1),
        ("q=order+vendor", 0),
        ("q=gr%C3%B6%C3%9Fe", 1),
        ("q=69", 3),
        ("q=69.0", 3),
        (&format!("q={ORDER_UID}"), 9),
        // No words: places, times, numbers of threads.
        ("q=app_logging", 0),
        ("q=140011810929536", 0),
        ("field.thread=140011810929536", 10),
        // Signs: a typographic quote of the exception, and the slashes of all paths.
        ("q=%E2%80%9C", 1),
        ("q=/", 27),
    ] {
        let (ids, searched) = found(&api, query).await;
        let scanned = u8::from(query.contains("thread") || ["q=%E2%80%9C", "q=/"].contains(&query));
        assert_eq!(searched, json!({ "sketches": 1 - scanned, "scanned": scanned }), "{query}");
        unmark(&app.db).await;
        let scan = found(&api, query).await;
        assert_eq!(scan.1, json!({ "sketches": 0, "scanned": 1 }), "{query}");
        sketches(&app.db, DAYS[2])
            .insert_one(doc! { "_id": MARKER, "day": DAYS[2], "words": WORDS })
            .await
            .expect("stored");
        assert_eq!((ids.len(), scan.0), (expect, ids), "{query}");
    }
}

#[tokio::test]
async fn a_day_is_marked_by_who_creates_it() {
    let (app, api) = order().await;
    let options = app.db.describe("sketches_2026-11-20").await;
    assert!(options.get_document("options").is_ok_and(|options| options.contains_key("clusteredIndex")), "{options}");
    assert!(sketches(&app.db, DAYS[2]).find_one(doc! { "_id": MARKER }).await.expect("found").is_some());
    assert_eq!(text(&app.db.describe("transactions_2026-11-20").await, "type"), Some("view"));
    // A day that somebody filed without sketches is not marked, but what is filed from now on has sketches.
    let other = app.db.day("2026-11-19");
    let stored = app.db.records("2026-11-20").await.remove(0);
    other.insert_one(stored).await.expect("stored");
    let stream = Stream::new("app_logging", 1);
    stream.put("host", r#"{"timestamp": "2026-11-19T08:00:00Z", "message": "late VND-000001"}"#);
    app.deliver(&stream).await;
    let written = sketches(&app.db, DAYS[1]);
    assert!(written.find_one(doc! { "_id": MARKER }).await.expect("found").is_none());
    assert_eq!(written.count_documents(doc! {}).await.expect("counted"), 1);
    let (ids, searched) = found(&api, "q=VND-000001").await;
    assert_eq!((ids.len(), searched), (1, json!({ "sketches": 1, "scanned": 1 })));
}

/// A function from before sketches files into days that have them: after a rollback, or while a new version is deployed.
#[tokio::test]
async fn records_of_a_function_without_sketches_are_found() {
    let (mut app, api) = order().await;
    let without = ("LOGBRAID_SKETCHES".to_owned(), "off".to_owned());
    let late = Stream::new("app_logging", 1);
    late.put("host", r#"{"timestamp": "2026-11-20T09:00:00Z", "message": "late VND-000001"}"#);
    app.ingest = Function::new("ingest", app.db.env().into_iter().chain([without]));
    let written = sketches(&app.db, DAYS[2]);
    let before = written.count_documents(doc! {}).await.expect("counted");
    app.deliver(&late).await;
    assert_eq!(written.count_documents(doc! {}).await.expect("counted"), before);
    let scanned = (1, json!({ "sketches": 0, "scanned": 1 }));
    let (ids, searched) = found(&api, "q=VND-000001").await;
    assert_eq!((ids.len(), searched), scanned);
    // The new version runs again.
    app.ingest = Function::new("ingest", app.db.env());
    late.put("host", r#"{"timestamp": "2026-11-20T10:00:00Z", "message": "new"}"#);
    app.deliver(&late).await;
    let (ids, searched) = found(&api, "q=VND-000001").await;
    assert_eq!((ids.len(), searched), scanned);
    // The day was marked long after that: by `logbraid reindex`.
    let later = DateTime::from_millis(DateTime::now().timestamp_millis() + 3_600_000);
    written.update_one(doc! { "_id": MARKER }, doc! { "$max": { "at": later } }).await.expect("marked");
    let (_, searched) = found(&api, "q=VND-007000").await;
    assert_eq!(searched, json!({ "sketches": 1, "scanned": 0 }));
}

/// Retention makes the sketches of days that were filed without, and goes on where a run ended before.
#[tokio::test]
async fn sketches_that_are_missing_are_made_at_night() {
    let (app, api) = order().await;
    let written = sketches(&app.db, DAYS[2]);
    let years = ("LOGBRAID_RETENTION_DAYS".to_owned(), "36500".to_owned());
    let retention = Function::new("retention", app.db.env().into_iter().chain([years]));
    let run = async || {
        let report = retention.invoke(&json!({}), Duration::from_mins(1)).await.expect("a report");
        let records = written.aggregate([doc! { "$group": { "_id": null, "n": { "$sum": "$n" } } }]).await;
        let records: Vec<Document> = records.expect("summed").try_collect().await.expect("summed");
        let records = records.first().and_then(|sum| sum.get_i32("n").ok()).unwrap_or_default();
        (report["sketched"].clone(), usize::try_from(records).expect("a number"))
    };
    let set_marker = async |marker: Document| {
        written.delete_many(doc! {}).await.expect("deleted");
        written.insert_one(marker).await.expect("stored");
    };
    let is_searched = async |sketches: u8| {
        let (ids, searched) = found(&api, "q=VND-007000").await;
        assert_eq!((ids.len(), searched), (3, json!({ "sketches": sketches, "scanned": 1 - sketches })));
    };
    let nothing = Value::Null;
    assert_eq!(run().await.0, nothing, "nothing is missing");
    written.drop().await.expect("dropped");
    is_searched(0).await;
    assert_eq!(run().await, (json!([DAYS[2]]), ORDER_RECORDS));
    is_searched(1).await;
    assert_eq!(run().await.0, nothing, "nothing is missing any more");
    // The sketches are of other words: those that stay are of no use, and say nothing while the others are made.
    set_marker(doc! { "_id": MARKER, "day": DAYS[2], "at": DateTime::now(), "words": WORDS - 1 }).await;
    is_searched(0).await;
    assert_eq!(run().await, (json!([DAYS[2]]), ORDER_RECORDS));
    is_searched(1).await;

    // An earlier run came to the tenth record.
    let ids: Vec<_> = app.db.records(DAYS[2]).await.iter().map(|record| record.get_object_id("_id").unwrap()).collect();
    let reached = |begun: DateTime| doc! { "_id": MARKER, "begun": begun, "reached": ids[9], "words": WORDS };
    set_marker(reached(DateTime::now())).await;
    is_searched(0).await;
    assert_eq!(run().await, (json!([DAYS[2]]), ORDER_RECORDS - 9));
    // It made sketches of other words.
    let mut of_other_words = reached(DateTime::now());
    of_other_words.insert("words", WORDS - 1);
    set_marker(of_other_words).await;
    assert_eq!(run().await, (json!([DAYS[2]]), ORDER_RECORDS));
    is_searched(1).await;
    // A function without sketches filed since.
    let now = DateTime::now();
    let hours_ago = |hours: i64| DateTime::from_millis(now.timestamp_millis() - hours * 3_600_000);
    let shards = app.db.database().collection::<Document>("shards");
    let filed = async |at: DateTime| {
        shards.update_many(doc! {}, doc! { "$set": { "unsketched": at } }).await.expect("set");
    };
    filed(hours_ago(2)).await;
    set_marker(reached(hours_ago(3))).await;
    assert_eq!(run().await, (json!([DAYS[2]]), ORDER_RECORDS));
    is_searched(1).await;
    // It may still file.
    filed(now).await;
    is_searched(0).await;
    assert_eq!(run().await.0, nothing);
}

/// A function that gets a few records at a time writes a sketch for each call, and one for all of them when there are enough.
#[tokio::test]
async fn small_sketches_become_one() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    for number in 0..1_100 {
        let (minute, second) = (number / 240, number / 4 % 60);
        let time = format!("2026-11-20T09:{minute:02}:{second:02}.{:03}Z", number % 4 * 250);
        stream.put("host", format!(r#"{{"timestamp": "{time}", "message": "order A-{number}"}}"#));
    }
    let source = EventSource { batch_size: 20, ..EventSource::reporting() };
    assert_eq!(source.connect(&stream).drain(&app.ingest).await, Drained::End);
    let large = sketches(&app.db, DAYS[2]).find(doc! { "n": { "$gt": 20 } }).await.expect("found");
    let large: Vec<Document> = large.try_collect().await.expect("found");
    assert_eq!(large.iter().map(|sketch| sketch.get_i32("n").expect("a number")).collect::<Vec<_>>(), [1_040]);
    // The small ones may go.
    sketches(&app.db, DAYS[2])
        .delete_many(doc! { "n": 20, "_id": { "$lte": large[0].get("_id") } })
        .await
        .expect("done");
    let api = PlainHttp::start(app.db.env()).await;
    for number in [0, 19, 20, 512, 1_039, 1_040, 1_099] {
        let (ids, searched) = found(&api, &format!("q=A-{number}")).await;
        assert_eq!((ids.len(), searched), (1, json!({ "sketches": 1, "scanned": 0 })), "{number}");
    }
}

#[tokio::test]
async fn a_day_is_compressed_as_the_settings_say() {
    for (setting, expect) in [(None, "zstd"), (Some("snappy"), "snappy")] {
        let mut app = TestApp::start().await;
        let setting = setting.map(|name| ("LOGBRAID_BLOCK_COMPRESSOR".to_owned(), name.to_owned()));
        app.ingest = Function::new("ingest", app.db.env().into_iter().chain(setting));
        let stream = Stream::new("app_logging", 1);
        fixtures::put(&stream, &fixtures::order(Python::V311));
        app.deliver(&stream).await;
        let statistics = app.db.database().run_command(doc! { "collStats": "kinesis_logs_2026-11-20" }).await;
        let statistics = statistics.expect("answered").to_string();
        assert!(statistics.contains(&format!("block_compressor={expect}")), "{statistics}");
        assert!(app.db.describe("kinesis_logs_2026-11-20").await.to_string().contains("clusteredIndex"));
    }
}

#[tokio::test]
async fn a_sketch_that_the_server_refuses_for_good_stops_no_record() {
    let (app, api) = order().await;
    let validator = doc! { "collMod": "sketches_2026-11-20", "validator": { "w": { "$exists": false } } };
    app.db.database().run_command(validator).await.expect("changed");
    let stream = Stream::new("app_logging", 1);
    stream.put("host", r#"{"timestamp": "2026-11-20T09:00:00Z", "message": "refused VND-000001"}"#);
    app.deliver(&stream).await;
    let (ids, searched) = found(&api, "q=VND-000001").await;
    assert_eq!((ids.len(), searched), (1, json!({ "sketches": 0, "scanned": 1 })));
}

#[tokio::test]
async fn records_without_a_sketch_are_never_stored() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    let sketched = sketches(&app.db, DAYS[2]);
    let before = sketched.count_documents(doc! {}).await.expect("counted");
    let late = Stream::new("app_logging_2", 1);
    late.put("host", r#"{"timestamp": "2026-11-20T09:00:00Z", "message": "late VND-000001"}"#);
    let _fault = FailCommand::refuse_on(&app.db, "insert", "sketches_2026-11-20", 1, DISK_FULL).await;
    let mut mapping = EventSource::reporting().connect(&late);
    let drained =
        mapping.drain_with(&app.ingest, async |_| assert_eq!(app.db.records(DAYS[2]).await.len(), ORDER_RECORDS)).await;
    assert_eq!(drained, Drained::End);
    assert_eq!(mapping.journal().len(), 2);
    assert_eq!(sketched.count_documents(doc! {}).await.expect("counted"), before + 1);
    assert_eq!(app.db.records(DAYS[2]).await.len(), ORDER_RECORDS + 1);
}
