//! Sketches of an older version's words: while a new version is deployed, and after it.

use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime, doc};
use serde_json::json;
use tests::kinesis::Stream;
use tests::mongo::TestDb;
use tests::runtime_api::Function;

use super::{DAYS, MARKER, ORDER_RECORDS, WORDS, found, order, sketches};

/// What a function of older words does when it files: a record of some day, its sketch, and the progress of its shard.
async fn file_with_older_words(db: &TestDb) {
    let mut record = db.records(DAYS[2]).await.remove(0);
    let mut id = record.get_object_id("_id").expect("an id").bytes();
    id[11] ^= 1;
    record.insert("_id", ObjectId::from_bytes(id));
    record.insert("message", "late VND-000001");
    db.day(DAYS[2]).insert_one(record).await.expect("stored");
    let shards = db.database().collection::<mongodb::bson::Document>("shards");
    let own = format!("sketched_at_{}", WORDS - 1);
    shards.update_many(doc! {}, vec![doc! { "$set": { "filed_at": "$$NOW", own: "$$NOW" } }]).await.expect("moved");
}

#[tokio::test]
async fn records_of_a_function_with_older_words_are_found() {
    let (app, api) = order().await;
    let is_scanned = async |query: &str| {
        let (ids, searched) = found(&api, query).await;
        assert_eq!((ids.len(), searched), (1, json!({ "sketches": 0, "scanned": 1 })), "{query}");
    };
    assert_eq!(found(&api, "q=VND-000001").await.1, json!({ "sketches": 1, "scanned": 0 }));
    file_with_older_words(&app.db).await;
    is_scanned("q=VND-000001").await;
    // The new version notes it when it files.
    let stream = Stream::new("app_logging", 1);
    stream.put("host", r#"{"timestamp": "2026-11-20T10:00:00Z", "message": "new VND-000002"}"#);
    app.deliver(&stream).await;
    is_scanned("q=VND-000001").await;
    is_scanned("q=VND-000002").await;
}

/// Sketches of older words are of no use once the day has others, but a search may still read them.
#[tokio::test]
async fn sketches_of_older_words_are_removed_when_no_search_needs_them() {
    let (app, api) = order().await;
    let written = sketches(&app.db, DAYS[2]);
    let years = ("LOGBRAID_RETENTION_DAYS".to_owned(), "36500".to_owned());
    let retention = Function::new("retention", app.db.env().into_iter().chain([years]));
    let run = async || retention.invoke(&json!({}), Duration::from_mins(1)).await.expect("a report");
    let count = async |filter| written.count_documents(filter).await.expect("counted");
    let own = || doc! { "s": { "$gt": 100 * WORDS, "$lt": 100 * (WORDS + 1) } };
    let marker = async || written.find_one(doc! { "_id": MARKER }).await.expect("found").expect("a marker");
    let sketch = written.find_one(own()).await.expect("found").expect("a sketch");
    // Before sizes had a version, of the version before, and of the next one: somebody went back from it.
    let numbers = [14, 100 * (WORDS - 1) + 14, 100 * (WORDS + 1) + 14];
    let older = || doc! { "s": { "$in": &numbers[..2] } };
    for number in numbers {
        let mut other = sketch.clone();
        let mut id = other.get_binary_generic("_id").expect("an id").clone();
        id.extend(number.to_be_bytes());
        other.insert("_id", Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: id }));
        other.insert("s", number);
        written.insert_one(other).await.expect("stored");
    }
    written.update_one(doc! { "_id": MARKER }, doc! { "$set": { "words": WORDS - 1 } }).await.expect("changed");
    let report = run().await;
    assert_eq!(report["sketched"], json!([DAYS[2]]));
    assert!(marker().await.contains_key("replaced"));
    let before = count(own()).await;
    let replaced = async |hours: i64| {
        let at = DateTime::from_millis(DateTime::now().timestamp_millis() + hours * 3_600_000);
        written.update_one(doc! { "_id": MARKER }, doc! { "$set": { "replaced": at } }).await.expect("changed");
    };
    // A search that began before the day had others may read them.
    replaced(1).await;
    run().await;
    assert_eq!(count(older()).await, 2);
    // All such searches have ended. A run that ended early leaves the rest to the next one.
    for _ in 0..2 {
        replaced(-1).await;
        run().await;
        assert_eq!((count(older()).await, count(own()).await), (0, before));
        assert!(!marker().await.contains_key("replaced"));
    }
    // What a run did not do it does not tell.
    let logs = retention.logs();
    logs.wait_for("sketches of older words are removed").await;
    let told = |what: &str| logs.lines().iter().filter(|line| line.contains(what)).count();
    assert_eq!((told("sketches of older words"), told("that ended are removed")), (1, 0));
    assert_eq!(count(doc! { "s": numbers[2] }).await, 1);
    assert_eq!(app.db.records(DAYS[2]).await.len(), ORDER_RECORDS);
    let (ids, searched) = found(&api, "q=VND-007000").await;
    assert_eq!((ids.len(), searched), (3, json!({ "sketches": 1, "scanned": 0 })));
}
