//! Tests of `logbraid erase` with the real functions and a real MongoDB.

use std::collections::BTreeSet;
use std::process::Command;

use bson::oid::ObjectId;
use bson::{Document, doc};
use futures_util::TryStreamExt as _;
use serde_json::json;
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Payload, Python};
use tests::http::{Get as _, PlainHttp};
use tests::kinesis::Stream;
use tests::mongo::{FailCommand, OwnServer};

use crate::support::{Run, delivered, logbraid};

const DAY: &str = "2026-11-20";
/// The records of the transaction, and all.
const OF_ORDER: usize = 9;
const ALL: usize = 27;

async fn erase(app: &TestApp, args: &[&str]) -> Run {
    let mut command: Command = logbraid("http://127.0.0.1:1", &[&["erase"], args].concat());
    command.envs(app.db.env()).env("USER", "alice");
    Run::of(command).await
}

async fn audit(app: &TestApp) -> Vec<Document> {
    let found = app.db.database().collection::<Document>("erasures").find(doc! {}).await.unwrap();
    found.try_collect().await.unwrap()
}

/// The order, and payloads in the quarantine: one of the order, one of another, one that nobody can read.
async fn app() -> (TestApp, PlainHttp) {
    let (app, _) = delivered(&fixtures::order(Python::V311)).await;
    let stream = Stream::new("broken", 1);
    stream.put("host", format!(r#"{{"log_uid": "{}", broken"#, ORDER_UID.to_uppercase()).as_str());
    stream.put("host", r#"{"log_uid": "another", broken"#);
    stream.put("host", [&[0x1f, 0x8b][..], b"broken"].concat().as_slice());
    app.deliver(&stream).await;
    let pins = ("LOGBRAID_PINS".to_owned(), "on".to_owned());
    let plain = PlainHttp::start(app.db.env().into_iter().chain([pins])).await;
    (app, plain)
}

#[tokio::test]
async fn a_transaction_is_erased_everywhere() {
    let (app, plain) = app().await;
    let pinned = Run::of(logbraid(plain.base(), &["pin", ORDER_UID, "--reason", "incident"])).await;
    assert_eq!(pinned.code, Some(0), "{pinned:?}");
    let before = app.db.all_records().await;
    let others: Vec<_> =
        before.iter().filter(|record| record.get_str("log_uid").ok() != Some(ORDER_UID)).cloned().collect();
    assert_eq!((before.len(), others.len()), (ALL, ALL - OF_ORDER));

    let dry = erase(&app, &["--uid", &ORDER_UID.replace('-', "")]).await;
    assert_eq!(dry.code, Some(0), "{dry:?}");
    let told = "would erase 9 records of 2026-11-20\nwould erase 1 pin\nwould erase 9 pinned copies\nwould erase 1 payload in the quarantine\ncannot look into 1 compressed or binary payload in the quarantine\n";
    assert_eq!(dry.stdout, told);
    assert!(dry.stderr.contains("this was a dry run: give --yes to erase"), "{}", dry.stderr);
    assert_eq!((app.db.all_records().await, audit(&app).await.len()), (before, 0));

    let run = erase(&app, &["--uid", &ORDER_UID.replace('-', ""), "--yes", "--reason", "request 17"]).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains("erased 9 records of 2026-11-20\n"), "{}", run.stdout);
    assert!(run.stdout.contains("erased 9 ids in the journal\n"), "{}", run.stdout);
    assert!(run.stderr.contains("what is still on the stream"), "{}", run.stderr);
    assert_eq!(app.db.all_records().await, others);
    assert_eq!(plain.get(&format!("/transactions/{ORDER_UID}")).await.status, 404);
    assert_eq!(plain.get("/pins").await.body, json!({ "pins": [] }));
    assert_eq!(app.db.quarantined().await.len(), 2);
    // What is left is found, by the sketches.
    for (word, found) in [("VND-007000", 0), ("another", 0), ("widgets", 1)] {
        let answer = plain.get(&format!("/logs?q={word}&from=2026-11-01&limit=1")).await.body;
        assert_eq!(answer["records"].as_array().map(Vec::len), Some(found.min(1)), "{word}: {answer}");
        assert_eq!(answer["searched"]["scanned"], json!(0), "{word}: {answer}");
    }
    let all = plain.get("/logs?from=2026-11-01").await.body;
    assert_eq!(all["records"].as_array().map(Vec::len), Some(ALL - OF_ORDER));
    let tail = plain.get("/logs/tail?limit=1000").await.body;
    assert_eq!(tail["records"].as_array().map(Vec::len), Some(ALL - OF_ORDER), "{tail}");
    let entries = audit(&app).await;
    assert_eq!(entries.len(), 1);
    let entry = entries[0].to_string();
    for part in [r#""by": "alice""#, r#""reason": "request 17""#, r#""what": "uid""#, DAY] {
        assert!(entry.contains(part), "{part}: {entry}");
    }
    assert!(!entry.contains(&ORDER_UID[..8]), "{entry}");
    assert_eq!((entries[0].get_bool("finished").unwrap(), entries[0].get_i64("journal").unwrap()), (true, 9));

    let again = erase(&app, &["--uid", ORDER_UID, "--yes"]).await;
    assert_eq!(again.code, Some(4), "{again:?}");
    assert_eq!(audit(&app).await.len(), 1);
}

#[tokio::test]
async fn records_with_a_value_are_erased() {
    let (app, plain) = app().await;
    let stream = Stream::new("more", 1);
    let time = "2026-11-20T12:00:00Z".parse().unwrap();
    for record in [
        json!({ "created": 1_795_176_000, "message": "one", "customer": { "email": "alice@example.com" } }),
        json!({ "created": 1_795_176_001, "message": "two", "customer.email": ["bob@example.com", "alice@example.com"] }),
        json!({ "created": 1_795_176_002, "message": "three", "customer": { "email": "bob@example.com" } }),
        json!({ "created": 1_795_176_003, "message": "four: alice@example.com" }),
    ] {
        fixtures::put(&stream, &[Payload::bytes(time, record.to_string())]);
    }
    stream.put("host", r#"{"customer": {"email": "alice@example.com", broken"#);
    app.deliver(&stream).await;
    let run = erase(&app, &["--field", "customer.email=alice@example.com", "--yes"]).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains("erased 2 records of 2026-11-20\n"), "{}", run.stdout);
    assert!(run.stdout.contains("erased 1 payload in the quarantine\n"), "{}", run.stdout);
    let answer = plain.get("/logs?q=example.com&from=2026-11-01&order=oldest").await.body;
    let messages: Vec<_> = answer["records"].as_array().unwrap().iter().map(|record| &record["message"]).collect();
    assert_eq!(messages, ["three", "four: alice@example.com"]);
    let entry = audit(&app).await[0].to_string();
    assert!(entry.contains(r#""field": "customer.email""#) && !entry.contains("alice@"), "{entry}");
}

/// A person can look whose the payloads are before they go.
#[tokio::test]
async fn a_value_in_the_quarantine_is_compared_exactly() {
    let app = TestApp::start().await;
    let stream = Stream::new("broken", 1);
    let others = [r#"{"customer_id": 9007199254740993, broken"#, r#"{"customer_id": "M\u00fcller", broken"#];
    for payload in [r#"{"customer_id": "\u0042", broken"#].into_iter().chain(others) {
        stream.put("host", payload);
    }
    app.deliver(&stream).await;
    let raw = |entry: &Document| String::from_utf8_lossy(entry.get_binary_generic("raw").unwrap()).into_owned();
    let all = app.db.quarantined().await;
    let own = all.iter().find(|entry| raw(entry).contains("u0042")).unwrap();
    let (id, arrived) = (own.get_object_id("_id").unwrap(), own.get_datetime("arrived").unwrap().to_string());
    let dry = erase(&app, &["--field", "customer_id=B"]).await;
    assert_eq!(dry.stdout, "would erase 1 payload in the quarantine\n", "{dry:?}");
    let day = &arrived[..10];
    for told in [format!("The first:\n- {id}, bad_json of {day}"), format!(": `logbraid quarantine --day {day}`\n")] {
        assert!(dry.stderr.contains(&told), "{told}: {}", dry.stderr);
    }
    let run = erase(&app, &["--field", "customer_id=B", "--yes"]).await;
    assert!(run.stdout.ends_with("\nerased 1 payload in the quarantine\n"), "{run:?}");
    let left: Vec<String> = app.db.quarantined().await.iter().map(raw).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(others.iter().all(|other| left.iter().any(|one| one == other)), "{left:?}");
}

#[tokio::test]
async fn a_number_is_erased_as_it_is_written() {
    let (app, _) = app().await;
    let stream = Stream::new("more", 1);
    let numbers = ["42", "42.5", "18446744073709551614", "18446744073709551615"];
    for number in numbers {
        let text = format!(r#"{{"created": 1795176000, "message": "{number}", "account": {number}}}"#);
        fixtures::put(&stream, &[Payload::bytes("2026-11-20T12:00:00Z".parse().unwrap(), text)]);
    }
    app.deliver(&stream).await;
    for number in numbers {
        let run = erase(&app, &["--field", &format!("account={number}"), "--yes"]).await;
        assert!(run.stdout.contains("erased 1 record of 2026-11-20\n"), "{number}: {run:?}");
    }
}

#[tokio::test]
async fn what_to_erase_must_be_told() {
    let (app, _) = delivered(&fixtures::order(Python::V311)).await;
    for args in [
        &[][..],
        &["--uid", "-"],
        &["--field", "email"],
        &["--field", "=x"],
        &["--field", "a="],
        &["--field", "status>=500"],
        &["--field", "status!=500"],
        &["--field", "status>500"],
        &["--uid", "x", "--field", "a=b"],
    ] {
        let run = erase(&app, &[args, &["--yes"]].concat()).await;
        assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
    }
    assert_eq!(app.db.all_records().await.len(), ALL);
}

/// What a marker does not say of the day before, it does not say after.
#[tokio::test]
async fn erasing_vouches_for_no_sketches() {
    let (app, plain) = app().await;
    let sketches = app.db.database().collection::<Document>(&format!("sketches_{DAY}"));
    let markers = [
        // Of other words; how far the sketches are.
        doc! { "_id": "complete", "day": DAY, "at": bson::DateTime::now(), "words": 2 },
        doc! { "_id": "complete", "begun": bson::DateTime::now(), "reached": bson::oid::ObjectId::new(), "words": 3 },
    ];
    for (marker, uid) in markers.into_iter().zip([ORDER_UID, "another"]) {
        sketches.replace_one(doc! { "_id": "complete" }, marker).upsert(true).await.unwrap();
        let run = erase(&app, &["--uid", uid, "--yes", "--reason", "request 18"]).await;
        assert_eq!(run.code, Some(0), "{run:?}");
        let answer = plain.get("/logs?q=widgets&from=2026-11-01").await.body;
        assert_eq!(answer["searched"], json!({ "sketches": 0, "scanned": 1 }), "{uid}: {answer}");
    }
}

/// Records carry the id beside their `log_uid`, too. The pin of another transaction stays, without what is erased.
#[tokio::test]
async fn records_with_a_further_id_are_erased() {
    let (app, plain) = app().await;
    let stream = Stream::new("traces", 1);
    let time = "2026-11-20T12:00:00Z".parse().unwrap();
    for (message, uid, trace) in
        [("one", "request-1", "trace-9"), ("two", "request-2", "trace-9"), ("three", "request-1", "trace-8")]
    {
        let record = json!({ "created": 1_795_176_000, "message": message, "log_uid": uid, "trace_id": trace });
        fixtures::put(&stream, &[Payload::bytes(time, record.to_string())]);
    }
    app.deliver(&stream).await;
    let pinned = Run::of(logbraid(plain.base(), &["pin", "request-1", "--reason", "incident"])).await;
    assert_eq!(pinned.code, Some(0), "{pinned:?}");
    let run = erase(&app, &["--uid", "trace-9", "--yes"]).await;
    assert!(run.stdout.contains("\nerased 2 records of 2026-11-20\nerased 1 pinned copy\n"), "{run:?}");
    let copies = app.db.database().collection::<Document>("pinned");
    assert_eq!(copies.count_documents(doc! {}).await.unwrap(), 1);
    assert!(copies.find_one(doc! { "message": "three" }).await.unwrap().is_some());
    let found = plain.get("/transactions/request-1").await.body;
    assert_eq!((&found["record_count"], &found["pinned"]["reason"]), (&json!(1), &json!("incident")), "{found}");
}

/// More payloads than are removed at once.
#[tokio::test]
async fn a_thousand_payloads_in_the_quarantine_are_erased() {
    let app = TestApp::start().await;
    let stream = Stream::new("broken", 1);
    for number in 0..1_300 {
        let uid = if number % 13 == 0 { "another" } else { ORDER_UID };
        stream.put("host", format!(r#"{{"log_uid": "{uid}", "number": {number}, broken"#).as_str());
    }
    app.deliver(&stream).await;
    assert_eq!(app.db.quarantined().await.len(), 1_300);
    let run = erase(&app, &["--uid", ORDER_UID, "--yes"]).await;
    let told = "would erase 1200 payloads in the quarantine\nerased 1200 payloads in the quarantine\n";
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), told), "{run:?}");
    let left = app.db.quarantined().await;
    assert_eq!(left.len(), 100);
    for entry in left {
        let raw = entry.get_binary_generic("raw").unwrap();
        assert!(String::from_utf8_lossy(raw).contains("another"), "{entry}");
    }
}

/// Ingest may have stored a sketch whose records follow, so today's sketches vouch for nothing until they are made again.
#[tokio::test]
async fn searches_scan_today_after_an_erasure() {
    let app = TestApp::start().await;
    let stream = Stream::new("today", 1);
    let now = jiff::Timestamp::now();
    let payload = |uid: &str, message: &str| Payload::record(&now.to_string(), uid, "shop", message);
    fixtures::put(&stream, &[payload("a", "of a"), payload("b", "of b")]);
    app.deliver(&stream).await;
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let search = format!("/logs?q=of&from={today}");
    assert_eq!(app.get(&search).await.body["searched"], json!({ "sketches": 1, "scanned": 0 }));
    let run = erase(&app, &["--uid", "a", "--yes"]).await;
    let told = format!("searches scan {today} now: run `logbraid reindex {today}`");
    assert!(run.stdout.contains(&told), "{run:?}");
    app.query.recycle();
    let answer = app.get(&search).await.body;
    assert_eq!(answer["searched"], json!({ "sketches": 0, "scanned": 1 }), "{answer}");
    assert_eq!(answer["records"][0]["message"], json!("of b"), "{answer}");
}

/// Where the sketches cannot be made again, searches find what is left all the same. What is gone is in the audit: who restores the
/// day is told.
#[tokio::test]
async fn an_erasure_that_is_interrupted_hides_nothing() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    FailCommand::refuse_on(&app.db, "insert", &format!("sketches_{DAY}"), 1_000, 13).await;
    let run = erase(&app, &["--uid", ORDER_UID, "--yes"]).await;
    FailCommand::disarm(&app.db).await;
    assert!(run.code != Some(0) && !run.stdout.contains("\nerased"), "{run:?}");
    assert_eq!(app.db.all_records().await.len(), ALL - OF_ORDER);
    let [entry] = audit(&app).await.try_into().unwrap();
    assert!(!entry.get_bool("finished").unwrap(), "{entry}");
    assert!(entry.to_string().contains(r#"{ "day": "2026-11-20", "records": 9 }"#), "{entry}");
    let answer = app.get("/logs?q=widgets&from=2026-11-01").await.body;
    assert_eq!(answer["searched"], json!({ "sketches": 0, "scanned": 1 }), "{answer}");
    assert!(answer["records"].as_array().is_some_and(|records| !records.is_empty()), "{answer}");
}

/// Three pinned transactions with records of alice and bob. A record of the third is filed after it was pinned.
async fn pins_of_alice_and_bob(app: &TestApp, plain: &PlainHttp) {
    let stream = Stream::new("more", 1);
    let time = "2026-11-20T12:00:00Z".parse().unwrap();
    for (second, uid, mail) in
        [(0, "pin-1", "alice@"), (1, "pin-1", "bob@"), (2, "pin-2", "alice@"), (3, "pin-3", "alice@")]
    {
        let record = json!({ "created": 1_795_176_000 + second, "log_uid": uid, "message": "m", "email": mail });
        fixtures::put(&stream, &[Payload::bytes(time, record.to_string())]);
    }
    // On another day, of which nothing is left of the first transaction.
    let record = json!({ "created": 1_795_089_600, "log_uid": "pin-1", "message": "before", "email": "alice@" });
    fixtures::put(&stream, &[Payload::bytes(time, record.to_string())]);
    app.deliver(&stream).await;
    for uid in ["pin-1", "pin-2", "pin-3"] {
        assert_eq!(Run::of(logbraid(plain.base(), &["pin", uid, "--reason", "incident"])).await.code, Some(0));
    }
    let record = json!({ "created": 1_795_176_009, "log_uid": "pin-3", "message": "late", "email": "bob@" });
    fixtures::put(&stream, &[Payload::bytes(time, record.to_string())]);
    app.deliver(&stream).await;
}

/// What is left of these pins without the records of alice.
async fn check_pins_without_alice(app: &TestApp, plain: &PlainHttp) {
    let pins = plain.get("/pins").await.body;
    let of = |pin: &serde_json::Value| (pin["log_uid"].clone(), pin["records"].clone());
    let mut pins: Vec<_> = pins["pins"].as_array().unwrap().iter().map(of).collect();
    pins.sort_by_key(|(uid, _)| uid.to_string());
    assert_eq!(pins, [(json!("pin-1"), json!(1)), (json!("pin-3"), json!(0))]);
    let stored = app.db.database().collection::<Document>("pins").find_one(doc! { "_id": "pin-1" }).await.unwrap();
    assert_eq!(stored.unwrap().get_array("days").unwrap(), &[DAY.into()]);
    assert_eq!(plain.get("/transactions/pin-2").await.status, 404);
    assert_eq!(plain.get("/transactions/pin-2/pin").await.status, 404);
}

/// A pin says how many records it keeps. One that keeps nothing any more is none.
#[tokio::test]
async fn a_pin_says_what_is_left_of_it() {
    let (app, plain) = app().await;
    pins_of_alice_and_bob(&app, &plain).await;
    let dry = erase(&app, &["--field", "email=alice@"]).await;
    assert!(dry.stdout.contains("would erase 1 pin\nwould erase 4 pinned copies\n"), "{}", dry.stdout);
    let run = erase(&app, &["--field", "email=alice@", "--yes"]).await;
    assert!(run.stdout.contains("erased 1 pin\nerased 4 pinned copies\n"), "{}", run.stdout);
    check_pins_without_alice(&app, &plain).await;
}

/// Returns the ids in the journal of records that are not there.
async fn lost_in_the_journal(app: &TestApp) -> BTreeSet<ObjectId> {
    let found = app.db.database().collection::<Document>("filed").find(doc! {}).await.unwrap();
    let entries: Vec<Document> = found.try_collect().await.unwrap();
    let days = entries.iter().flat_map(|entry| entry.get_array("days").unwrap()).filter_map(bson::Bson::as_document);
    let ids = days.flat_map(|day| day.get_binary_generic("ids").unwrap().as_chunks::<12>().0);
    let ids: BTreeSet<ObjectId> = ids.map(|id| ObjectId::from_bytes(*id)).collect();
    let mut there: BTreeSet<ObjectId> = [ObjectId::from_bytes([0; 12])].into();
    for record in app.db.all_records().await {
        there.extend(record.get_object_id("_id"));
    }
    &ids - &there
}

/// Wherever a run is interrupted, the next one finds what it left, and leaves nothing.
#[tokio::test]
async fn the_next_run_erases_what_an_interrupted_one_left() {
    let server = OwnServer::start();
    let day = format!("kinesis_logs_{DAY}");
    let sketches = format!("sketches_{DAY}");
    for (command, collection) in [
        ("update", "filed"),
        ("delete", &day),
        ("insert", &sketches),
        ("delete", "pins"),
        ("update", "pins"),
        ("delete", "pinned"),
    ] {
        let app = TestApp::on(&server).await;
        let pins = ("LOGBRAID_PINS".to_owned(), "on".to_owned());
        let plain = PlainHttp::start(app.db.env().into_iter().chain([pins])).await;
        pins_of_alice_and_bob(&app, &plain).await;
        FailCommand::refuse_on(&app.db, command, collection, 1_000, 13).await;
        let run = erase(&app, &["--field", "email=alice@", "--yes"]).await;
        FailCommand::disarm(&app.db).await;
        assert!(run.code != Some(0) && !run.stdout.contains("\nerased"), "{command} {collection}: {run:?}");
        let run = erase(&app, &["--field", "email=alice@", "--yes"]).await;
        assert_eq!(run.code, Some(0), "{command} {collection}: {run:?}");
        assert_eq!(lost_in_the_journal(&app).await, BTreeSet::new(), "{command} {collection}");
        check_pins_without_alice(&app, &plain).await;
        let copies = app.db.database().collection::<Document>("pinned");
        assert_eq!(copies.count_documents(doc! {}).await.unwrap(), 1, "{command} {collection}");
        let answer = plain.get("/logs?q=alice&from=2026-11-01").await.body;
        assert_eq!(answer["records"], json!([]), "{command} {collection}: {answer}");
    }
}

/// A record that is only pinned by now was filed when its day was there.
#[tokio::test]
async fn ids_of_pinned_copies_are_erased_from_the_journal() {
    let (app, plain) = app().await;
    let pinned = Run::of(logbraid(plain.base(), &["pin", ORDER_UID, "--reason", "incident"])).await;
    assert_eq!(pinned.code, Some(0), "{pinned:?}");
    app.db.day(DAY).drop().await.unwrap();
    let run = erase(&app, &["--uid", ORDER_UID, "--yes"]).await;
    assert!(
        run.stdout
            .contains("erased 9 pinned copies\nerased 1 payload in the quarantine\nerased 9 ids in the journal\n"),
        "{run:?}"
    );
}
