//! What a check of a deployment sees.

use std::collections::BTreeMap;
use std::time::Duration;

use mongodb::bson::{DateTime, Document, doc};
use record::Day;
use store::{Alteration, AlterationKind, JournalKind};
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
    run(doc! { "drop": "filed" }).await;
    run(doc! { "create": "filed", "viewOn": "shards" }).await;
    check(JournalKind::Other).await;
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
    // The server makes no index beside one of the same keys and filter.
    run(doc! { "dropIndexes": name, "index": "errors" }).await;
    for (index, expect_renamed, expect_missing) in [
        (doc! { "key": keys.clone(), "partialFilterExpression": errors.clone() }, &[("errors", "mine")][..], &[][..]),
        (doc! { "key": keys.clone(), "partialFilterExpression": errors, "hidden": true }, &[("errors", "mine")], &[]),
        (doc! { "key": keys }, &[], &["errors"]),
    ] {
        let index: Document = doc! { "name": "mine" }.into_iter().chain(index).collect();
        run(doc! { "createIndexes": name, "indexes": [index] }).await;
        let missing = store.missing_of(day).await.unwrap();
        let renamed: Vec<_> = missing.renamed_indexes.iter().map(|(name, own)| (name.as_str(), own.as_str())).collect();
        assert_eq!((&renamed[..], &missing.indexes[..]), (expect_renamed, &own(expect_missing)[..]));
        assert_eq!(store.complete_day(day).await.is_err(), !expect_renamed.is_empty());
        // What the command says repairs it.
        run(doc! { "dropIndexes": name, "index": "mine" }).await;
        store.complete_day(day).await.unwrap();
        check(&[], None).await;
        run(doc! { "dropIndexes": name, "index": "errors" }).await;
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
        let found = store.alterations().await.unwrap();
        let expiring = |one: &Alteration| match &one.kind {
            AlterationKind::Expiring(name) => (one.collection.clone(), name.clone()),
            other => panic!("{other:?}"),
        };
        let expect: Vec<_> = expect.iter().map(|(one, name)| ((*one).to_owned(), (*name).to_owned())).collect();
        assert_eq!(found.iter().map(expiring).collect::<Vec<_>>(), expect);
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
    let others = ["erasures", "holds", "pinned", "pins", "quarantine", "shards", "sketches_2026-08-25"];
    for collection in [&others[..], &["other", "other_2026-08-25"]].concat() {
        let index = doc! { "name": "ttl", "key": { "at": 1 }, "expireAfterSeconds": 86_400 };
        run(doc! { "createIndexes": collection, "indexes": [index] }).await;
    }
    check(&others.map(|collection| (collection, "ttl"))).await;
}

#[tokio::test]
async fn what_somebody_made_of_a_collection_is_seen() {
    let db = TestDb::new().await;
    let store = store(&db).await;
    let name = "kinesis_logs_2026-08-25";
    db.day("2026-08-25").insert_one(doc! { "message": "filed" }).await.unwrap();
    store.complete_day("2026-08-25".parse().unwrap()).await.unwrap();
    let run = async |command: Document| db.database().run_command(command).await.unwrap();
    let check = async |expect: &[(&str, AlterationKind)]| {
        let found = store.alterations().await.unwrap();
        let found: Vec<_> = found.into_iter().map(|one| (one.collection, one.kind)).collect();
        let expect: Vec<_> = expect.iter().map(|(name, kind)| ((*name).to_owned(), kind.clone())).collect();
        assert_eq!(found, expect);
    };
    // The journal is to be capped, and a view of transactions to be a view.
    run(doc! { "create": "filed", "capped": true, "size": 4_096 }).await;
    check(&[]).await;
    let wanted = || doc! { "wanted": { "$exists": true } };
    for (options, expect) in [
        (doc! { "validator": wanted() }, &[(name, AlterationKind::Validator)][..]),
        (doc! { "validator": wanted(), "validationAction": "warn" }, &[]),
        (doc! { "validator": wanted(), "validationAction": "error", "validationLevel": "off" }, &[]),
        // What the command says.
        (doc! { "validator": {}, "validationLevel": "strict" }, &[]),
    ] {
        run(doc! { "collMod": name }.into_iter().chain(options).collect()).await;
        check(expect).await;
    }
    let unique = doc! { "name": "one", "key": { "message": 1 }, "unique": true };
    run(doc! { "createIndexes": name, "indexes": [unique] }).await;
    check(&[(name, AlterationKind::Unique("one".to_owned()))]).await;
    run(doc! { "dropIndexes": name, "index": "one" }).await;
    run(doc! { "createIndexes": name, "indexes": [{ "name": "one", "key": { "message": 1 } }] }).await;
    check(&[]).await;
    run(doc! { "collMod": name, "index": { "name": "one", "prepareUnique": true } }).await;
    check(&[(name, AlterationKind::Unique("one".to_owned()))]).await;
    run(doc! { "dropIndexes": name, "index": "one" }).await;
    for (key, of) in [
        (doc! { "log_uid": "hashed" }, None),
        (doc! { "order": "hashed" }, Some("hashed")),
        (doc! { "service": 1, "where": "2dsphere" }, Some("2dsphere")),
        (doc! { "where": "2d" }, Some("2d")),
        (doc! { "message": "text" }, Some("text")),
        (doc! { "$**": 1 }, None),
    ] {
        run(doc! { "createIndexes": name, "indexes": [{ "name": "one", "key": key }] }).await;
        let kind = |of: &str| AlterationKind::Typed { index: "one".to_owned(), of: of.to_owned() };
        check(&of.map(|of| (name, kind(of))).into_iter().collect::<Vec<_>>()).await;
        run(doc! { "dropIndexes": name, "index": "one" }).await;
    }
    for (command, expect) in [
        (doc! { "create": "pins", "capped": true, "size": 4_096 }, ("pins", AlterationKind::Capped)),
        (doc! { "create": "shards", "viewOn": name }, ("shards", AlterationKind::View)),
        (doc! { "collMod": "filed", "validator": wanted() }, ("filed", AlterationKind::Validator)),
    ] {
        run(command).await;
        let name = expect.0;
        check(&[expect]).await;
        run(doc! { "drop": name }).await;
    }
    // What the command says makes a capped day an ordinary one, with what it has.
    for (options, expect) in [
        (doc! { "collation": { "locale": "de", "strength": 1 } }, Some(AlterationKind::Collation)),
        (doc! { "collation": { "locale": "simple" } }, None),
        (doc! { "timeseries": { "timeField": "time" } }, Some(AlterationKind::TimeSeries)),
    ] {
        run(doc! { "drop": name }).await;
        run(doc! { "create": name }.into_iter().chain(options).collect()).await;
        check(&expect.map(|kind| (name, kind)).into_iter().collect::<Vec<_>>()).await;
    }
    run(doc! { "drop": name }).await;
    run(doc! { "create": name, "capped": true, "size": 1_048_576 }).await;
    db.day("2026-08-25").insert_one(doc! { "message": "filed" }).await.unwrap();
    check(&[(name, AlterationKind::Capped)]).await;
    let copy = format!("{name}_copy");
    run(doc! { "aggregate": name, "pipeline": [{ "$out": &copy }], "cursor": {} }).await;
    let database = db.database().name();
    let rename = doc! { "renameCollection": format!("{database}.{copy}"), "to": format!("{database}.{name}"), "dropTarget": true };
    db.database().client().database("admin").run_command(rename).await.unwrap();
    check(&[]).await;
    assert_eq!(db.day("2026-08-25").count_documents(doc! {}).await.unwrap(), 1);
}

#[tokio::test]
async fn the_journal_tells_how_far_shards_are_filed() {
    let db = TestDb::new().await;
    let store = store(&db).await;
    let entry = |stream: &str, shard: &str, ms: i64| doc! { "stream": stream, "shard": shard, "arrived": DateTime::from_millis(ms) };
    // What was filed again is not the newest.
    let entries =
        [entry("logs", "0", 5), entry("logs", "1", 9), entry("logs", "1", 7), entry("other", "0", 8), doc! {}];
    db.database().collection("filed").insert_many(entries).await.unwrap();
    let found = store.journaled_arrivals("logs", Duration::from_secs(10)).await.unwrap();
    let found: BTreeMap<_, _> = found.iter().map(|(shard, arrived)| (shard.as_str(), arrived.micros())).collect();
    assert_eq!(found, BTreeMap::from([("0", 5_000), ("1", 9_000)]));
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
