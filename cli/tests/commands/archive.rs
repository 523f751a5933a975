//! Tests of the archive with the real functions, the built `logbraid`, a real MongoDB and a bucket.

mod erased;
mod out_of_time;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

use bson::{Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt as _;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::bucket::Bucket;
use tests::fixtures::{self, ORDER_UID, Payload, Python};
use tests::http::Get as _;
use tests::kinesis::{Drained, EventSource, Stream};
use tests::mongo::{FailCommand, OwnServer, TestDb};
use tests::runtime_api::Function;

use crate::support::{Run, delivered, logbraid};

const DAY: &str = "2026-11-20";
/// Long enough for a run.
const RUN: Duration = Duration::from_mins(3);
const PREFIX: &str = "archive/shop/";

fn settings(bucket: &Bucket) -> Vec<(String, String)> {
    let own =
        [("LOGBRAID_ARCHIVE_BUCKET", "b"), ("LOGBRAID_ARCHIVE_PREFIX", PREFIX), ("LOGBRAID_ARCHIVE_PART_MIB", "1")];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    own.into_iter().chain(bucket.env().map(|(name, value)| (name.to_owned(), value))).collect()
}

/// The retention function of a stack that keeps three days.
fn retention(db: &TestDb, bucket: &Bucket) -> Function {
    let own = [("LOGBRAID_RETENTION_DAYS", "3"), ("LOGBRAID_MAX_SKEW_DAYS", "1")];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Function::new("retention", db.env().into_iter().chain(own).chain(settings(bucket)))
}

async fn run(function: &Function) -> Value {
    let report = function.invoke(&json!({}), RUN).await;
    report.unwrap_or_else(|error| panic!("{error:?}\n{}", function.logs().lines().join("\n")))
}

/// What a dry run says; else the message of its error.
async fn dry_run(db: &TestDb, bucket: &Bucket) -> Result<Value, String> {
    retention(db, bucket).invoke(&json!({ "dry_run": true }), RUN).await.map_err(|error| error.message)
}

async fn cli(db: &TestDb, bucket: &Bucket, args: &[&str]) -> Run {
    let mut command: Command = logbraid("http://127.0.0.1:1", args);
    command.envs(db.env()).envs(settings(bucket)).env("USER", "alice");
    Run::of(command).await
}

async fn all(db: &TestDb, day: &str) -> BTreeMap<String, Vec<u8>> {
    let collection = db.database().collection::<RawDocumentBuf>(&format!("kinesis_logs_{day}"));
    let found: Vec<RawDocumentBuf> = collection.find(doc! {}).await.unwrap().try_collect().await.unwrap();
    found.into_iter().map(|one| (format!("{:?}", one.get("_id").unwrap()), one.into_bytes())).collect()
}

fn manifests(bucket: &Bucket) -> Vec<String> {
    bucket.keys().into_iter().filter(|key| key.ends_with("/manifest.json")).collect()
}

#[tokio::test]
async fn a_day_is_archived_dropped_restored_and_held() {
    let (app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let (db, bucket) = (&app.db, Bucket::empty().await);
    // What is no record is kept, too.
    db.day(DAY).insert_one(doc! { "_id": "not ours", "query": { "$date": "text" } }).await.unwrap();
    let (before, search) = (all(db, DAY).await, "/logs?q=VND-007000&from=2026-11-01");
    let found = plain.get(search).await.body;
    let transaction = plain.get(&format!("/transactions/{ORDER_UID}")).await.body;
    let described = (db.describe(&format!("kinesis_logs_{DAY}")).await, db.indexes(DAY).await);

    let function = retention(db, &bucket);
    let report = run(&function).await;
    assert_eq!(report["dropped"], json!([DAY]), "{report}");
    let [manifest] = manifests(&bucket).try_into().unwrap();
    let address = format!("s3://b/{manifest}");
    assert_eq!(report["archived"], json!([{ "day": DAY, "records": 28, "manifest": &address }]));
    assert!(manifest.starts_with(&format!("{PREFIX}kinesis_logs_{DAY}/")), "{manifest}");
    assert_eq!(plain.get(&format!("/transactions/{ORDER_UID}")).await.status, 404);

    let listed = cli(db, &bucket, &["archive", "--list"]).await;
    assert_eq!((listed.code, listed.stderr.as_str()), (Some(0), ""), "{listed:?}");
    assert!(listed.stdout.starts_with(&format!("{DAY}: 28 records in 2 parts, ")), "{}", listed.stdout);
    assert!(listed.stdout.trim_end().ends_with(&address), "{}", listed.stdout);
    let dry = cli(db, &bucket, &["restore", DAY, "--dry-run"]).await;
    let told = "2026-11-20: 28 records would be restored, unless some were erased since their export\n";
    assert_eq!((dry.code, dry.stdout.as_str()), (Some(0), told), "{dry:?}");
    assert_eq!(db.days().await, [""; 0]);

    let first = cli(db, &bucket, &["restore", DAY, "--keep", "30d", "--reason", "incident 17"]).await;
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.stdout.starts_with("2026-11-20: 28 records restored, held until "), "{}", first.stdout);
    assert_eq!(all(db, DAY).await, before);
    assert_eq!(
        (db.describe(&format!("kinesis_logs_{DAY}")).await["options"].clone(), db.indexes(DAY).await),
        (described.0["options"].clone(), described.1)
    );
    let again = plain.get(search).await.body;
    assert_eq!(again["records"], found["records"]);
    assert_eq!(again["searched"], json!({ "sketches": 1, "scanned": 0 }), "its sketches are there");
    assert_eq!(plain.get(&format!("/transactions/{ORDER_UID}")).await.body["records"], transaction["records"]);
    let twice = cli(db, &bucket, &["restore", DAY]).await;
    assert!(twice.stdout.contains("0 records restored, 28 records there already"), "{}", twice.stdout);
    assert_eq!(all(db, DAY).await, before);

    // It is held, until somebody releases it.
    let report = run(&function).await;
    assert_eq!((&report["dropped"], report["held"][0]["day"].as_str()), (&json!([]), Some(DAY)), "{report}");
    assert_eq!(all(db, DAY).await, before);
    let holds = cli(db, &bucket, &["holds"]).await;
    assert!(holds.stdout.starts_with("2026-11-20 is held until "), "{holds:?}");
    assert!(holds.stdout.ends_with(" by alice: incident 17\n"), "{holds:?}");
    // Who holds it again need not say why.
    for (args, reason) in
        [(&["--keep", "1d"][..], ": incident 17"), (&["--reason", "audit"], ": audit"), (&["--reason", ""], "")]
    {
        let held = cli(db, &bucket, &[&["hold", DAY], args].concat()).await;
        assert!(held.stdout.ends_with(&format!(" by alice{reason}\n")), "{held:?}");
    }
    let released = cli(db, &bucket, &["release", DAY]).await;
    assert_eq!(released.stdout, "2026-11-20 is no longer held\n", "{released:?}");
    assert_eq!(cli(db, &bucket, &["holds"]).await.code, Some(4));
    let keys = bucket.keys();
    let report = run(&function).await;
    assert_eq!((&report["dropped"], &report["archived"][0]["manifest"]), (&json!([DAY]), &json!(address)), "{report}");
    assert_eq!(bucket.keys(), keys, "the day is in the archive as it is: nothing is written");
}

#[tokio::test]
async fn a_hold_that_ended_holds_nothing() {
    let (app, _plain) = delivered(&fixtures::order(Python::V311)).await;
    let (db, bucket) = (&app.db, Bucket::empty().await);
    let held = cli(db, &bucket, &["hold", DAY, "--keep", "2w"]).await;
    assert_eq!(held.code, Some(0), "{held:?}");
    assert_eq!(run(&retention(db, &bucket)).await["dropped"], json!([]));
    let ended = doc! { "$set": { "until": bson::DateTime::now() } };
    db.database().collection::<Document>("holds").update_one(doc! { "_id": DAY }, ended).await.unwrap();
    assert_eq!(run(&retention(db, &bucket)).await["dropped"], json!([DAY]));
    assert_eq!(db.database().collection::<Document>("holds").count_documents(doc! {}).await.unwrap(), 0);
}

/// A hundred days, and beside them names that are nearly those of days.
#[tokio::test]
async fn a_hundred_days_go_and_come_back() {
    let app = TestApp::start().await;
    let (db, bucket) = (&app.db, Bucket::empty().await);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let day = |ago: i64| (today - ago.days()).to_string();
    let stream = Stream::new("all", 1);
    for ago in 0..100 {
        let payload = |at: u32| {
            Payload::record(
                &format!("{}T10:00:0{at}Z", day(ago)),
                &format!("uid-{ago}"),
                "shop",
                &format!("order {at} of {ago}"),
            )
        };
        fixtures::put(&stream, &(0..3).map(payload).collect::<Vec<_>>());
    }
    app.deliver(&stream).await;
    let names = [
        format!("kinesis_logs_{}_backup", day(50)),
        format!("kinesis_logs_{} ", day(50)),
        format!("kinesis_logs_eu_{}", day(50)),
        format!("KINESIS_LOGS_{}", day(50)),
        format!("kinesis_logs_{}.archive", day(50)),
        "users".to_owned(),
        "kinesis_logs_".to_owned(),
    ];
    for name in &names {
        db.database().collection::<Document>(name).insert_one(doc! { "a": 1 }).await.unwrap();
    }
    let mut expect = BTreeMap::new();
    for ago in 0..100 {
        expect.insert(day(ago), all(db, &day(ago)).await);
    }
    assert!(expect.values().all(|records| records.len() == 3));
    let function = retention(db, &bucket);
    let mut dropped = BTreeSet::new();
    for _ in 0..4 {
        let report = run(&function).await;
        dropped.extend(report["dropped"].as_array().unwrap().iter().map(|day| day.as_str().unwrap().to_owned()));
    }
    assert_eq!(dropped, (4..100).map(day).collect());
    let left = db.database().list_collection_names().await.unwrap();
    assert!(names.iter().all(|name| left.contains(name)), "{left:?}");
    let (first, last) = (day(99), day(4));
    let restored = cli(db, &bucket, &["restore", "--from", &first, "--to", &last, "--json"]).await;
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_eq!(restored.json_lines().len(), 96);
    for (day, records) in &expect {
        assert_eq!(all(db, day).await, *records, "{day}");
    }
    for ago in [4, 50, 99] {
        let found = app.get(&format!("/transactions/uid-{ago}")).await;
        assert_eq!(found.body["records"].as_array().map(Vec::len), Some(3), "{found:#?}");
    }
}

/// Fills a day with records that take several parts.
async fn many(db: &TestDb) -> BTreeMap<String, Vec<u8>> {
    let stream = Stream::new("many", 1);
    let noise = |at: u32| {
        let numbers = (0..40).map(|part| u64::from(at) * 7_919 + part * 104_729);
        numbers.map(|number| format!("{number:x}")).collect::<Vec<_>>().concat()
    };
    let payload = |at: u32| {
        Payload::record(
            &format!("{DAY}T10:{:02}:{:02}Z", at / 60, at % 60),
            "uid",
            "shop",
            &format!("{}{}", noise(at), "x".repeat(1_500)),
        )
    };
    fixtures::put(&stream, &(0..2_400).map(payload).collect::<Vec<_>>());
    let ingest = Function::new("ingest", db.env());
    let drained = EventSource::reporting().connect(&stream).drain(&ingest).await;
    assert_eq!(drained, Drained::End, "{}", ingest.logs().lines().join("\n"));
    all(db, DAY).await
}

#[tokio::test]
async fn a_run_that_dies_loses_nothing() {
    let server = OwnServer::start();
    let db = TestDb::on(&server).await;
    let bucket = Bucket::empty().await;
    let before = many(&db).await;
    assert_eq!(before.len(), 2_400);
    // The bucket refuses the third object.
    let function = retention(&db, &bucket);
    bucket.take_only(2);
    let error = function.invoke(&json!({}), RUN).await.expect_err("it fails");
    assert!(error.message.contains(&format!("{DAY} is not exported, so it is not dropped")), "{error}");
    assert!(error.message.contains("this needs s3:PutObject") && error.message.contains("AccessDenied"), "{error}");
    assert_eq!(all(&db, DAY).await, before);
    // The process dies while it writes the second.
    bucket.take_only(usize::MAX);
    let killed = std::sync::Arc::new(retention(&db, &bucket));
    let (weak, mut puts) = (std::sync::Arc::downgrade(&killed), 0);
    bucket.on_put(move |_| {
        puts += 1;
        if let Some(function) = weak.upgrade().filter(|_| puts == 2) {
            function.crash();
        }
    });
    assert!(killed.invoke(&json!({}), RUN).await.is_err());
    bucket.on_put(|_| {});
    assert_eq!((all(&db, DAY).await, manifests(&bucket)), (before.clone(), Vec::new()));
    // MongoDB refuses to drop the records, after the manifest is written.
    FailCommand::refuse_on(&db, "drop", &format!("kinesis_logs_{DAY}"), 1_000, 13).await;
    let error = function.invoke(&json!({}), RUN).await.expect_err("it fails");
    FailCommand::disarm(&db).await;
    assert!(error.message.contains(&format!("{DAY} is not dropped")), "{error}");
    let keys = bucket.keys();
    assert_eq!((all(&db, DAY).await, manifests(&bucket).len()), (before.clone(), 1));
    let report = run(&function).await;
    assert_eq!(report["dropped"], json!([DAY]), "{report}");
    assert_eq!(bucket.keys(), keys, "it is exported once");
    let restored = cli(&db, &bucket, &["restore", DAY]).await;
    assert_eq!((restored.code, all(&db, DAY).await), (Some(0), before), "{restored:?}");
}

#[tokio::test]
async fn what_is_filed_before_the_drop_is_not_dropped() {
    let db = TestDb::new().await;
    let bucket = Bucket::empty().await;
    many(&db).await;
    let (collection, handle) = (db.day(DAY), tokio::runtime::Handle::current());
    let mut is_done = false;
    bucket.on_put(move |key| {
        if key.ends_with("/manifest.json") && !std::mem::replace(&mut is_done, true) {
            handle.block_on(async { collection.insert_one(doc! { "message": "late" }).await }).unwrap();
        }
    });
    let function = retention(&db, &bucket);
    let report = run(&function).await;
    assert_eq!((&report["dropped"], &report["changing"]), (&json!([]), &json!([DAY])), "{report}");
    let before = all(&db, DAY).await;
    assert_eq!(before.len(), 2_401);
    assert_eq!(run(&function).await["dropped"], json!([DAY]));
    assert_eq!(cli(&db, &bucket, &["restore", DAY]).await.code, Some(0));
    assert_eq!(all(&db, DAY).await, before);
}

/// A day may be held while it is exported, which takes long.
#[tokio::test]
async fn a_hold_that_comes_late_holds_all_the_same() {
    let (app, _plain) = delivered(&fixtures::order(Python::V311)).await;
    let (db, bucket) = (&app.db, Bucket::empty().await);
    let (holds, handle) = (db.database().collection::<Document>("holds"), tokio::runtime::Handle::current());
    let now = bson::DateTime::now();
    let later = bson::DateTime::from_millis(now.timestamp_millis() + 3_600_000);
    let hold = doc! {
        "_id": DAY, "until": later, "at": now, "by": "alice", "reason": "incident 17",
    };
    bucket.on_put(move |key| {
        if key.ends_with("/manifest.json") {
            handle.block_on(async { holds.insert_one(&hold).await }).unwrap();
        }
    });
    let before = all(db, DAY).await;
    let report = run(&retention(db, &bucket)).await;
    assert_eq!((&report["dropped"], all(db, DAY).await), (&json!([]), before), "{report}");
    assert_eq!(manifests(&bucket).len(), 1);
}

#[tokio::test]
async fn damage_is_named_and_the_rest_comes_back() {
    let db = TestDb::new().await;
    let bucket = Bucket::empty().await;
    let before = many(&db).await;
    run(&retention(&db, &bucket)).await;
    let parts: Vec<String> = bucket.keys().into_iter().filter(|key| key.contains("/part-")).collect();
    assert!(parts.len() > 3, "{parts:?}");
    let mut body = bucket.object(&parts[1]).unwrap();
    body[100] ^= 1;
    bucket.replace(&parts[1], body);
    let restored = cli(&db, &bucket, &["restore", DAY]).await;
    assert_eq!(restored.code, Some(3), "{restored:?}");
    let told =
        format!("s3://b/{} is damaged: its SHA-256 is not that of the manifest; nothing of it is restored", parts[1]);
    assert!(restored.stderr.contains(&told), "{}", restored.stderr);
    let there = all(&db, DAY).await;
    assert!(there.len() > 500 && there.len() < before.len() && there.iter().all(|(id, one)| before[id] == *one));
    let [manifest] = manifests(&bucket).try_into().unwrap();
    bucket.replace(&manifest, b"{\"format\": \"logbraid-archive\"".to_vec());
    let restored = cli(&db, &bucket, &["restore", DAY]).await;
    assert_eq!(restored.code, Some(3), "{restored:?}");
    assert!(restored.stderr.contains(&format!("s3://b/{manifest} is damaged: not a manifest")), "{}", restored.stderr);
    assert!(restored.stderr.contains("the archive has no export of it that can be restored"), "{}", restored.stderr);
}

/// A day of which nothing comes back is not held, and a manifest that is lost is told.
#[tokio::test]
async fn a_day_that_cannot_come_back_is_not_held() {
    let (app, _plain) = delivered(&fixtures::order(Python::V311)).await;
    let (db, bucket) = (&app.db, Bucket::empty().await);
    run(&retention(db, &bucket)).await;
    let part = bucket.keys().into_iter().find(|key| key.contains("/part-")).unwrap();
    let body = bucket.object(&part).unwrap();
    bucket.replace(&part, b"x".to_vec());
    let restored = cli(db, &bucket, &["restore", DAY]).await;
    assert_eq!(
        (restored.code, restored.stdout.as_str()),
        (Some(3), "2026-11-20: 0 records restored\n"),
        "{restored:?}"
    );
    assert_eq!(cli(db, &bucket, &["holds"]).await.stdout, "");
    bucket.replace(&part, body);
    let [manifest] = manifests(&bucket).try_into().unwrap();
    bucket.remove(&manifest);
    let restored = cli(db, &bucket, &["restore", DAY]).await;
    assert_eq!(restored.code, Some(3), "{restored:?}");
    assert!(restored.stderr.contains("2026-11-20: 1 export without a manifest"), "{}", restored.stderr);

    let held = cli(db, &bucket, &["hold", DAY, "--keep", "12w"]).await;
    assert!(held.stderr.contains("2026-11-20: there is no such day in MongoDB now"), "{held:?}");
}

/// A dry run that says that all is well while the archive is not would be believed.
#[tokio::test]
async fn a_dry_run_tries_the_archive() {
    let (app, _plain) = delivered(&fixtures::order(Python::V311)).await;
    let (db, bucket) = (&app.db, Bucket::empty().await);
    let object = format!("{PREFIX}dry-run.txt");
    for _ in 0..2 {
        let report = dry_run(db, &bucket).await.unwrap();
        assert_eq!((&report["dropped"], &report["probed"]), (&json!([DAY]), &json!(format!("s3://b/{object}"))));
        assert_eq!(bucket.keys(), std::slice::from_ref(&object), "it is always the same object");
    }
    // It is no export and no day.
    let listed = cli(db, &bucket, &["archive", "--list"]).await;
    assert_eq!((listed.code, listed.stdout.as_str(), listed.stderr.as_str()), (Some(4), "", ""), "{listed:?}");
    bucket.take_only(0);
    let told = dry_run(db, &bucket).await.unwrap_err();
    assert!(
        told.starts_with("the archive cannot be used, so no day would be dropped: cannot write s3://b/")
            && told.contains("no more"),
        "{told}"
    );
    bucket.vanish();
    let told = dry_run(db, &bucket).await.unwrap_err();
    assert!(told.contains("NoSuchBucket: The specified bucket does not exist"), "{told}");
    assert_eq!(db.days().await, [DAY]);
}

/// Running the command again does not make a bucket.
#[tokio::test]
async fn a_bucket_that_is_not_there_is_told_once() {
    let (db, bucket) = (TestDb::new().await, Bucket::empty().await);
    bucket.vanish();
    for args in
        [&["archive", "--list"][..], &["restore", DAY], &["restore", "--uid", ORDER_UID], &["erase", "--uid", "x"]]
    {
        let run = cli(&db, &bucket, args).await;
        assert_eq!(run.code, Some(1), "{run:?}");
        let told = "logbraid: the archive cannot be used: cannot list s3://b/archive/shop/kinesis_logs_";
        assert!(run.stderr.starts_with(told), "{run:?}");
        assert!(
            run.stderr
                .trim_end()
                .ends_with(": there is no bucket `b`: give another --bucket, or set LOGBRAID_ARCHIVE_BUCKET"),
            "{run:?}"
        );
        assert!(!run.stderr.contains("NoSuchBucket") && !run.stderr.contains("again"), "{run:?}");
    }
    bucket.refuse();
    let run = cli(&db, &bucket, &["archive", "--list"]).await;
    assert!(run.stderr.contains("AccessDenied: no") && !run.stderr.contains("again"), "{run:?}");
    assert_eq!(run.stderr.matches("AccessDenied").count(), 1, "{run:?}");
}

#[tokio::test]
async fn a_day_is_archived_by_hand() {
    let (app, _plain) = delivered(&fixtures::order(Python::V311)).await;
    let (db, bucket) = (&app.db, Bucket::empty().await);
    let first = cli(db, &bucket, &["archive", DAY]).await;
    assert!(first.stdout.starts_with("2026-11-20: exported, 27 records in 1 part, "), "{first:?}");
    let keys = bucket.keys();
    let second = cli(db, &bucket, &["archive", DAY]).await;
    assert!(second.stdout.starts_with("2026-11-20: as it was exported before, 27 records in 1 part, "), "{second:?}");
    assert_eq!(bucket.keys(), keys);
    assert_eq!(db.days().await, [DAY]);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date().to_string();
    for (args, code, told) in [
        (&["archive", "2026-11-19"][..], 4, "2026-11-19: there is no such day in MongoDB"),
        (&["archive", &today], 3, "is not over"),
        (&["archive", "--uid", "no-such-uid"], 4, "no record carries this uid"),
        (&["restore", "2026-11-19"], 4, "2026-11-19: the archive has no export of it"),
        (&["restore", "--from", "2026-11-21", "--to", "2026-11-20"], 2, "--from 2026-11-21 is after --to 2026-11-20"),
    ] {
        let run = cli(db, &bucket, args).await;
        assert!(run.code == Some(code) && run.stderr.contains(told), "{args:?}: {run:?}");
    }
    let mut none: Command = logbraid("http://127.0.0.1:1", &["archive", "--list"]);
    none.envs(db.env());
    let run = Run::of(none).await;
    assert!(run.code == Some(2) && run.stderr.contains("set LOGBRAID_ARCHIVE_BUCKET"), "{run:?}");
}
