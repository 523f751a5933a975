//! Records that MongoDB refused are stored once the cause is gone.

use bson::{Binary, Document, doc};
use serde_json::json;
use tests::app::TestApp;
use tests::fixtures::{self, Python};
use tests::kinesis::Stream;
use tests::mongo::TestDb;

use super::{BAD, GOOD, QUARANTINE, check, check_same, replace_raw, stream};

const DAY: &str = "2026-11-20";
const ORDER_RECORDS: u64 = 27;

async fn validate(db: &TestDb, validator: Document) {
    let command = doc! { "collMod": format!("kinesis_logs_{DAY}"), "validator": validator };
    db.database().run_command(command).await.unwrap();
}

/// The day with nothing in it.
async fn with_day(app: &TestApp) {
    let other = Stream::new("other", 1);
    fixtures::put(&other, &fixtures::order(Python::V311)[..1]);
    app.deliver(&other).await;
    app.db.day(DAY).delete_many(doc! {}).await.unwrap();
}

#[tokio::test]
async fn a_refused_record_is_stored_unchanged_once_the_cause_is_gone() {
    let (app, then) = (TestApp::start().await, TestApp::start().await);
    with_day(&app).await;
    validate(&app.db, doc! { "levelno": { "$lt": 40 } }).await;
    let stream = stream(&[]);
    app.deliver(&stream).await;
    then.deliver(&stream).await;
    let refused = app.db.quarantined().await;
    let count = refused.len() as u64;
    assert!(count > 0);

    // As long as the cause is there, nothing changes.
    let stays = json!({"looked_at": count, "stored": 0, "removed": 0, "set_aside": {"refused_by_mongodb": count}});
    check(&app.db, &[], 3, &stays);
    assert_eq!(app.db.quarantined().await, refused);

    validate(&app.db, doc! {}).await;
    let back = json!({"looked_at": count, "stored": count, "duplicates": 0, "removed": count, "set_aside": {}});
    check(&app.db, &["--dry-run", "--reason", "refused_by_mongodb"], 0, &back);
    assert_eq!(app.db.quarantined().await, refused);
    check(&app.db, &["--reason", "refused_by_mongodb"], 0, &back);
    assert_eq!(app.db.quarantined().await, []);
    check_same(&app.db, &then.db).await;

    // They are the records that were delivered then.
    app.deliver(&stream).await;
    check_same(&app.db, &then.db).await;
}

#[tokio::test]
async fn a_record_refused_by_a_unique_index_is_stored_once_the_index_is_gone() {
    let (app, then) = (TestApp::start().await, TestApp::start().await);
    with_day(&app).await;
    let collection = format!("kinesis_logs_{DAY}");
    let unique = doc! { "key": { "service": 1 }, "name": "unique", "unique": true };
    app.db.database().run_command(doc! { "createIndexes": &collection, "indexes": [unique] }).await.unwrap();
    let stream = stream(&[]);
    app.deliver(&stream).await;
    then.deliver(&stream).await;
    let count = app.db.quarantined().await.len() as u64;
    assert_eq!(app.db.count().await as u64, ORDER_RECORDS - count);
    check(&app.db, &[], 3, &json!({"stored": 0, "removed": 0, "set_aside": {"refused_by_mongodb": count}}));
    app.db.database().run_command(doc! { "dropIndexes": &collection, "index": "unique" }).await.unwrap();
    check(&app.db, &[], 0, &json!({"stored": count, "removed": count}));
    check_same(&app.db, &then.db).await;
}

/// A payload that becomes a record now, which MongoDB refuses: the payload's document stays, since the record's would have
/// its id.
#[tokio::test]
async fn a_payload_whose_record_is_refused_stays() {
    let app = TestApp::start().await;
    app.deliver(&stream(&[BAD])).await;
    replace_raw(&app.db, doc! {}, &format!("{GOOD}\n{GOOD}")).await;
    let set_aside = app.db.quarantined().await;
    validate(&app.db, doc! { "log_uid": { "$ne": "late" } }).await;
    check(&app.db, &[], 3, &json!({"looked_at": 1, "stored": 0, "removed": 0, "set_aside": {"refused_by_mongodb": 2}}));
    let now = app.db.quarantined().await;
    assert!(now.len() == 2 && now.contains(&set_aside[0]), "{now:?}");
    validate(&app.db, doc! {}).await;
    check(&app.db, &[], 0, &json!({"looked_at": 2, "stored": 2, "duplicates": 1, "removed": 2}));
    assert_eq!(app.db.count().await as u64, ORDER_RECORDS + 2);
}

/// Somebody changed the bytes: they are no record any more, and stay.
#[tokio::test]
async fn an_entry_without_a_record_stays() {
    let app = TestApp::start().await;
    with_day(&app).await;
    validate(&app.db, doc! { "levelno": { "$lt": 40 } }).await;
    app.deliver(&stream(&[])).await;
    let entries = app.db.database().collection::<Document>(QUARANTINE);
    let broken = Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: b"broken".to_vec() };
    entries.update_many(doc! {}, doc! { "$set": { "raw": broken } }).await.unwrap();
    let before = app.db.quarantined().await;
    let count = before.len() as u64;
    check(&app.db, &[], 3, &json!({"stored": 0, "removed": 0, "set_aside": {"refused_by_mongodb": count}}));
    assert_eq!(app.db.quarantined().await, before);
}
