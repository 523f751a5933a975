//! What a check of a deployment sees.

use mongodb::bson::{DateTime, Document, doc};
use record::Day;
use store::JournalKind;
use tests::mongo::TestDb;

use crate::store;

#[tokio::test]
async fn a_journal_is_missing_lost_small_or_ordinary() {
    let db = TestDb::new().await;
    let store = store(&db).await;
    let run = async |command: Document| db.database().run_command(command).await.unwrap();
    let check = async |expect: JournalKind| {
        let facts = store.journal_facts().await.unwrap();
        assert_eq!((facts.kind, facts.name.as_str()), (expect, "filed"));
        i64::try_from(facts.bytes).unwrap()
    };
    db.day("2026-08-25").insert_one(doc! { "message": "restored" }).await.unwrap();
    check(JournalKind::Missing).await;
    let now = DateTime::now();
    let progress = doc! { "_id": { "stream": "logs", "shard": "0" }, "arrived": now, "filed_at": now };
    db.database().collection("shards").insert_one(progress).await.unwrap();
    let bytes = check(JournalKind::Lost).await;
    // What the command says repairs each.
    let convert = || doc! { "convertToCapped": "filed", "size": bytes };
    run(doc! { "create": "filed" }).await;
    run(convert()).await;
    check(JournalKind::Capped).await;
    // Also where ingest, which runs or does not, was faster.
    run(convert()).await;
    check(JournalKind::Capped).await;
    let resize = || doc! { "collMod": "filed", "cappedSize": bytes, "cappedMax": 0 };
    for (options, expect, repair) in [
        (doc! {}, JournalKind::Ordinary, convert()),
        (doc! { "capped": true, "size": 4_096 }, JournalKind::Small, resize()),
        (doc! { "capped": true, "size": bytes, "max": 2 }, JournalKind::Small, resize()),
    ] {
        run(doc! { "drop": "filed" }).await;
        run(doc! { "create": "filed" }.into_iter().chain(options).collect()).await;
        check(expect).await;
        run(repair).await;
        check(JournalKind::Capped).await;
    }
}

#[tokio::test]
async fn an_index_and_a_view_are_more_than_their_names() {
    const VIEW: &str = "transactions_2026-08-25";
    let db = TestDb::new().await;
    let store = store(&db).await;
    let day: Day = "2026-08-25".parse().unwrap();
    db.day("2026-08-25").insert_one(doc! { "message": "filed" }).await.unwrap();
    let name = "kinesis_logs_2026-08-25";
    let run = async |command: Document| db.database().run_command(command).await.unwrap();
    let check = async |expect: &[&str], expect_view: Option<&str>| {
        let missing = store.missing_of(day).await.unwrap();
        assert_eq!((&missing.indexes[..], missing.view), (&[][..] as &[String], false));
        assert_eq!((&missing.other_indexes[..], missing.other_view.as_deref()), (&own(expect)[..], expect_view));
    };
    store.complete_day(day).await.unwrap();
    check(&[], None).await;
    run(doc! { "collMod": name, "index": { "name": "log_uid", "hidden": true } }).await;
    run(doc! { "collMod": VIEW, "viewOn": "other" }).await;
    check(&["log_uid"], Some(VIEW)).await;
    // What the command says repairs both.
    run(doc! { "dropIndexes": name, "index": "log_uid" }).await;
    run(doc! { "drop": VIEW }).await;
    store.complete_day(day).await.unwrap();
    check(&[], None).await;
    run(doc! { "collMod": VIEW, "viewOn": name, "pipeline": [] }).await;
    check(&[], Some(VIEW)).await;
    run(doc! { "drop": VIEW }).await;
    store.complete_day(day).await.unwrap();
    let keys = doc! { "time": 1, "_id": 1 };
    let errors = doc! { "levelno": { "$gte": 40 } };
    for (index, expect) in [
        (doc! { "key": { "time": 1 }, "partialFilterExpression": errors.clone() }, &["errors"][..]),
        (doc! { "key": { "time": -1, "_id": 1 }, "partialFilterExpression": errors.clone() }, &["errors"]),
        (doc! { "key": { "_id": 1, "time": 1 }, "partialFilterExpression": errors.clone() }, &["errors"]),
        (doc! { "key": keys.clone(), "partialFilterExpression": { "levelno": { "$gte": 50 } } }, &["errors"]),
        (doc! { "key": keys.clone() }, &["errors"]),
        // Numbers are the same in every type.
        (
            doc! { "key": { "time": 1.0, "_id": 1_i64 }, "partialFilterExpression": { "levelno": { "$gte": 40.0 } } },
            &[],
        ),
    ] {
        run(doc! { "dropIndexes": name, "index": "errors" }).await;
        let index: Document = doc! { "name": "errors" }.into_iter().chain(index).collect();
        run(doc! { "createIndexes": name, "indexes": [index] }).await;
        check(expect, None).await;
    }
}

#[tokio::test]
async fn an_index_that_deletes_records_is_named() {
    let db = TestDb::new().await;
    let store = store(&db).await;
    let day: Day = "2026-08-25".parse().unwrap();
    db.day("2026-08-25").insert_one(doc! { "message": "filed" }).await.unwrap();
    store.complete_day(day).await.unwrap();
    let name = "kinesis_logs_2026-08-25";
    let run = async |command: Document| db.database().run_command(command).await.unwrap();
    let check = async |expect: &[(&str, &str)]| {
        let found = store.expiring_indexes().await.unwrap();
        let found: Vec<_> = found.iter().map(|index| (index.collection.as_str(), index.name.as_str())).collect();
        assert_eq!(found, expect);
    };
    check(&[]).await;
    for (index, expect) in [
        (doc! { "name": "plain", "key": { "service": 1 } }, &[][..]),
        (doc! { "name": "ttl", "key": { "time": 1 }, "expireAfterSeconds": 86_400 }, &[(name, "ttl")]),
        (
            doc! { "name": "at_once", "key": { "filed_at": 1 }, "expireAfterSeconds": 0 },
            &[(name, "ttl"), (name, "at_once")],
        ),
    ] {
        run(doc! { "createIndexes": name, "indexes": [index] }).await;
        check(expect).await;
    }
    run(doc! { "dropIndexes": name, "index": ["ttl", "at_once"] }).await;
    // Those that are no day's, and not those of somebody else.
    let others = ["erasures", "holds", "pinned", "pins", "quarantine", "shards"];
    for collection in [&others[..], &["other", "other_2026-08-25"]].concat() {
        let index = doc! { "name": "ttl", "key": { "at": 1 }, "expireAfterSeconds": 86_400 };
        run(doc! { "createIndexes": collection, "indexes": [index] }).await;
    }
    check(&others.map(|collection| (collection, "ttl"))).await;
}

#[tokio::test]
async fn a_transaction_is_there_whoever_may_see_it() {
    let db = TestDb::new().await;
    let store = store(&db).await;
    let day: Day = "2026-08-25".parse().unwrap();
    db.day("2026-08-25").insert_one(doc! { "log_uid": "canary" }).await.unwrap();
    for (day, uid, expect) in [(day, "canary", true), (day, "other", false), (day.next().unwrap(), "canary", false)] {
        assert_eq!(store.has_transaction(day, uid).await.unwrap(), expect, "{day} {uid}");
    }
}

fn own(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
