//! The schema of a day in MongoDB, and the cost of reading it.

use mongodb::bson::{Bson, Document, doc};
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Payload, Python};
use tests::kinesis::{Drained, EventSource, Stream};
use tests::mongo::{FailCommand, OwnServer, TestDb, text};

const DAY: &str = "2026-11-20";

async fn delivered() -> TestApp {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    app
}

/// The schema: clustered, three partial indexes, a view.
pub(crate) async fn check_day(db: &TestDb, day: &str) {
    let collection = db.describe(&format!("kinesis_logs_{day}")).await;
    assert!(
        collection.get_document("options").is_ok_and(|options| options.contains_key("clusteredIndex")),
        "{collection}"
    );
    let view = db.describe(&format!("transactions_{day}")).await;
    assert_eq!(text(&view, "type"), Some("view"));
    let part = |index: &Document, name: &str| index.get_document(name).map(ToString::to_string).unwrap_or_default();
    let indexes = db.indexes(day).await;
    let lines: Vec<String> = indexes
        .iter()
        .map(|index| format!("{} where {}", part(index, "key"), part(index, "partialFilterExpression")))
        .map(|line| line.trim_end().to_owned())
        .collect();
    insta::allow_duplicates! {
        // The first index is the clustered one.
        insta::assert_snapshot!(lines.join("\n"), @r#"
        { "_id": 1 } where
        { "time": 1, "_id": 1 } where { "levelno": { "$gte": 40 } }
        { "source.ids": 1, "_id": 1 } where { "source.ids": { "$exists": true } }
        { "log_uid": 1, "_id": 1 } where { "log_uid": { "$exists": true } }
        "#);
    }
}

/// Returns all stages of a plan, however the server nests them.
fn stages(explained: &Bson) -> Vec<String> {
    match explained {
        Bson::Document(document) => document
            .iter()
            .flat_map(|(name, value)| match (name.as_str(), value) {
                ("rejectedPlans", _) => Vec::new(),
                ("stage", Bson::String(stage)) => vec![stage.clone()],
                _ => stages(value),
            })
            .collect(),
        Bson::Array(values) => values.iter().flat_map(stages).collect(),
        _ => Vec::new(),
    }
}

/// Returns the first number with this name in a document, at any depth.
fn number(explained: &Bson, name: &str) -> Option<i64> {
    match explained {
        Bson::Document(document) => {
            let own = document.get(name).and_then(|value| value.as_i64().or(value.as_i32().map(i64::from)));
            own.or_else(|| document.values().find_map(|value| number(value, name)))
        }
        Bson::Array(values) => values.iter().find_map(|value| number(value, name)),
        _ => None,
    }
}

#[tokio::test]
async fn a_day_is_clustered_with_three_partial_indexes_and_a_view() {
    check_day(&delivered().await.db, DAY).await;
}

/// A day is dropped, as by retention, while a function that has filed into it continues.
#[tokio::test]
async fn a_past_day_that_was_dropped_is_made_again_as_it_was() {
    const PAST: &str = "2026-11-18";
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    let mut mapping = EventSource::reporting().connect(&stream);
    for message in ["before", "after"] {
        fixtures::put(&stream, &[Payload::record(&format!("{PAST}T10:00:00Z"), "u", "s", message)]);
        assert_eq!(mapping.drain(&app.ingest).await, Drained::End);
        assert_eq!(app.db.count().await, 1, "{message}");
        check_day(&app.db, PAST).await;
        app.db.day(PAST).drop().await.expect("dropped");
        app.db.database().collection::<Document>(&format!("transactions_{PAST}")).drop().await.expect("dropped");
    }
    assert_eq!(app.ingest.cold_starts(), 1);
}

/// Amazon `DocumentDB` before version 8 has no views.
#[tokio::test]
async fn a_server_without_views_files_all_the_same() {
    let server = OwnServer::start();
    for code in [115, 238] {
        let app = TestApp::on(&server).await;
        FailCommand::refuse_on(&app.db, "create", &format!("transactions_{DAY}"), 1_000, code).await;
        let stream = Stream::new("app_logging", 1);
        for python in [Python::V311, Python::V312] {
            fixtures::put(&stream, &fixtures::order(python));
            app.deliver(&stream).await;
        }
        let found = app.get(&format!("/transactions/{ORDER_UID}")).await;
        FailCommand::disarm(&app.db).await;
        assert_eq!(found.body["record_count"], 18, "{code}: {found:#?}");
        let names = app.db.database().list_collection_names().await.expect("collections can be listed");
        assert!(!names.iter().any(|name| name.starts_with("transactions_")), "{names:?}");
    }
}

#[tokio::test]
async fn a_transaction_is_read_from_the_index_in_order_and_nothing_else_is() {
    let app = delivered().await;
    let filter = doc! { "log_uid": ORDER_UID };
    let explained = Bson::from(app.db.explain(&format!("kinesis_logs_{DAY}"), filter, doc! { "_id": 1 }).await);
    let stages = stages(&explained);
    assert!(stages.iter().any(|stage| stage == "IXSCAN"), "{stages:?}");
    for costly in ["COLLSCAN", "CLUSTERED_IXSCAN", "SORT"] {
        assert!(!stages.iter().any(|stage| stage == costly), "{costly} in {stages:?}");
    }
    assert_eq!(number(&explained, "nReturned"), Some(9));
    assert_eq!(number(&explained, "totalKeysExamined"), Some(9));
    assert_eq!(number(&explained, "totalDocsExamined"), Some(9));
}

#[tokio::test]
async fn the_view_reads_one_transaction_from_the_index() {
    let app = delivered().await;
    let explained =
        Bson::from(app.db.explain(&format!("transactions_{DAY}"), doc! { "_id": ORDER_UID }, doc! {}).await);
    let stages = stages(&explained);
    assert!(stages.iter().any(|stage| stage == "IXSCAN"), "{stages:?}\n{explained:#?}");
    assert!(!stages.iter().any(|stage| stage == "COLLSCAN" || stage == "CLUSTERED_IXSCAN"), "{stages:?}");
    assert_eq!(number(&explained, "totalDocsExamined"), Some(9));
}

#[tokio::test]
async fn the_view_has_one_document_per_transaction() {
    let app = delivered().await;
    let view = app.db.database().collection::<Document>(&format!("transactions_{DAY}"));
    assert_eq!(view.count_documents(doc! {}).await.expect("the view can be read"), 3);
    let order = app.db.transaction(DAY, ORDER_UID).await.expect("in the view");
    let records = order.get_array("records").expect("its records");
    assert_eq!(records.len(), 9);
    let ids = records.iter().map(|record| record.as_document().and_then(|record| record.get_object_id("_id").ok()));
    assert!(ids.is_sorted(), "in time order");
    assert_eq!(app.db.transaction(DAY, "nobody").await, None);
}

#[tokio::test]
async fn errors_are_read_newest_first_from_their_index() {
    let app = delivered().await;
    let filter = doc! { "levelno": { "$gte": 40 } };
    let explained = Bson::from(app.db.explain(&format!("kinesis_logs_{DAY}"), filter, doc! { "time": -1 }).await);
    let stages = stages(&explained);
    assert!(stages.iter().any(|stage| stage == "IXSCAN"), "{stages:?}");
    assert!(!stages.iter().any(|stage| stage == "SORT"), "{stages:?}");
    assert_eq!(number(&explained, "totalDocsExamined"), Some(1));
}
