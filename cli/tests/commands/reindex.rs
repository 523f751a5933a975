//! Tests of `logbraid reindex` with the real functions and a real MongoDB.

use bson::{Document, doc};
use serde_json::json;
use tests::fixtures::{self, Python};
use tests::http::Get as _;

use crate::support::{Run, delivered, logbraid};

const SEARCH: &str = "/logs?q=VND-007000";

#[tokio::test]
async fn a_day_without_sketches_gets_them() {
    let (app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let sketches = app.db.database().collection::<Document>("sketches_2026-11-20");
    sketches.drop().await.unwrap();
    let before = plain.get(SEARCH).await;
    assert_eq!(before.body["searched"], json!({ "sketches": 0, "scanned": 1 }));
    for _ in 0..2 {
        let mut command = logbraid(plain.base(), &["reindex", "2026-11-20"]);
        command.envs(app.db.env());
        let run = Run::of(command).await;
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), "2026-11-20: 27 records\n"), "{}", run.stderr);
        assert_eq!(sketches.count_documents(doc! {}).await.unwrap(), 2);
        let after = plain.get(SEARCH).await;
        assert_eq!(after.body["searched"], json!({ "sketches": 1, "scanned": 0 }));
        assert_eq!(after.body["records"], before.body["records"]);
    }
    // Sketches of older words go once no search needs them. A search may need those that were just replaced.
    let older = doc! { "_id": "x", "s": 14 };
    sketches.insert_one(&older).await.unwrap();
    let hour_ago = bson::DateTime::from_millis(bson::DateTime::now().timestamp_millis() - 3_600_000);
    sketches.update_one(doc! { "_id": "complete" }, doc! { "$set": { "replaced": hour_ago } }).await.unwrap();
    let mut command = logbraid(plain.base(), &["reindex", "2026-11-19"]);
    command.envs(app.db.env());
    let run = Run::of(command).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(4), "2026-11-19: there is no such day\n"), "{}", run.stderr);
    assert_eq!(sketches.count_documents(older).await.unwrap(), 0);
}

/// The marker of the day may say less than its sketches: records without some may have come meanwhile.
#[tokio::test]
async fn a_day_that_a_function_without_sketches_files_into_is_still_scanned() {
    let (app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let reindexed = async || {
        let mut command = logbraid(plain.base(), &["reindex", "2026-11-19", "2026-11-20"]);
        command.envs(app.db.env());
        Run::of(command).await
    };
    let shards = app.db.database().collection::<Document>("shards");
    let filed = shards.update_many(doc! {}, doc! { "$currentDate": { "filed_at": true } }).await.unwrap();
    assert!(filed.modified_count > 0);
    let run = reindexed().await;
    let printed = "2026-11-19: there is no such day\n2026-11-20: 27 records\n";
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), printed), "{}", run.stderr);
    assert_eq!(
        run.stderr,
        "logbraid: 2026-11-20: searches still scan it, since records were filed without sketches seconds ago. Run the command again a \
         minute after the last such batch\n"
    );
    assert_eq!(plain.get(SEARCH).await.body["searched"], json!({ "sketches": 0, "scanned": 1 }));
    let hour_ago = bson::DateTime::from_millis(bson::DateTime::now().timestamp_millis() - 3_600_000);
    shards.update_many(doc! {}, doc! { "$set": { "filed_at": hour_ago } }).await.unwrap();
    let run = reindexed().await;
    assert_eq!((run.code, run.stderr.as_str()), (Some(4), ""));
    assert_eq!(plain.get(SEARCH).await.body["searched"], json!({ "sketches": 1, "scanned": 0 }));
}

/// A view that somebody dropped is made again, and indexes are: doctor names this command for both.
#[tokio::test]
async fn a_day_gets_its_view_and_its_indexes_again() {
    let (app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let database = app.db.database();
    let view = database.collection::<Document>("transactions_2026-11-20");
    let counted = async || {
        let found = view.find_one(doc! { "_id": fixtures::ORDER_UID }).await.unwrap();
        found.and_then(|transaction| transaction.get_i32("record_count").ok())
    };
    let before = counted().await;
    view.drop().await.unwrap();
    database.run_command(doc! { "dropIndexes": "kinesis_logs_2026-11-20", "index": "log_uid" }).await.unwrap();
    for _ in 0..2 {
        let mut command = logbraid(plain.base(), &["reindex", "2026-11-20"]);
        command.envs(app.db.env());
        let run = Run::of(command).await;
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(before.is_some() && counted().await == before);
        assert_eq!(app.db.describe("transactions_2026-11-20").await.get_str("type").ok(), Some("view"));
        assert!(format!("{:?}", app.db.indexes("2026-11-20").await).contains("log_uid"));
    }
}

#[tokio::test]
async fn a_day_whose_sketches_are_refused_is_scanned() {
    let (app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let database = app.db.database();
    database.collection::<Document>("sketches_2026-11-20").drop().await.unwrap();
    let create = doc! { "create": "sketches_2026-11-20", "validator": { "w": { "$exists": false } } };
    database.run_command(create).await.unwrap();
    let mut command = logbraid(plain.base(), &["reindex", "2026-11-20"]);
    command.envs(app.db.env());
    let run = Run::of(command).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    let found = plain.get(SEARCH).await;
    assert_eq!(found.body["searched"], json!({ "sketches": 0, "scanned": 1 }));
    assert!(found.body["records"].as_array().is_some_and(|records| !records.is_empty()));
}
