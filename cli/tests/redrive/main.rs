//! Tests of `logbraid redrive` with a real MongoDB and payloads that the built ingest function set aside.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "this is how tests fail")]

mod refused;

use std::process::{Child, Command, Output, Stdio};

use bson::spec::BinarySubtype;
use bson::{Binary, DateTime, Document, doc, oid::ObjectId};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::bucket::Bucket;
use tests::fixtures::{self, Python};
use tests::kinesis::{Discarded, Drained, EventSource, Reply, Stream};
use tests::mongo::{TestDb, text};
use tests::runtime_api::FunctionError;
use tests::wait;

const QUARANTINE: &str = "quarantine";
/// A payload that is not a log record, and the payload that replaces it to stand for a newer decoder.
const BAD: &str = "[]";
const GOOD: &str = r#"{"message": "filed again", "log_uid": "late"}"#;
/// Enough payloads for several batches.
const MANY: usize = 10_000;

/// Returns the command with a test's database.
fn logbraid(db: &TestDb, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logbraid"));
    command.arg("redrive").args(args).envs(db.env()).stdin(Stdio::null());
    command
}

/// Runs the command to its end. Returns the exit status and the summary.
fn run(command: &mut Command) -> (Option<i32>, Value) {
    let Output { status, stdout, stderr } = command.arg("--json").output().expect("it runs");
    let summary = serde_json::from_slice(&stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&stderr)));
    (status.code(), summary)
}

fn check(db: &TestDb, args: &[&str], code: i32, expect: &Value) {
    check_run(&mut logbraid(db, args), code, expect);
}

fn check_run(command: &mut Command, code: i32, expect: &Value) {
    let (ended, summary) = run(command);
    for (name, value) in expect.as_object().expect("names and values") {
        assert_eq!(&summary[name], value, "{name} of {summary}");
    }
    assert_eq!(ended, Some(code), "{summary}");
}

/// Replaces the bytes of an entry. For the command, this is like a newer decoder, or a person who corrects the payload.
async fn replace_raw(db: &TestDb, filter: Document, raw: &str) {
    let raw = Binary { subtype: BinarySubtype::Generic, bytes: raw.into() };
    let updated = db
        .database()
        .collection::<Document>(QUARANTINE)
        .update_one(filter, doc! { "$set": { "raw": raw } })
        .await
        .expect("it can be changed");
    assert_eq!(updated.modified_count, 1);
}

fn stream(payloads: &[&str]) -> Stream {
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    for payload in payloads {
        stream.put("host", *payload);
    }
    stream
}

#[tokio::test]
async fn payloads_are_filed_as_if_they_had_been_readable_at_first() {
    let (app, then) = (TestApp::start().await, TestApp::start().await);
    let sent = format!("{{\"message\": \"a\"}}\n{BAD}\n{{\"message\": \"b\"}}");
    app.deliver(&stream(&[BAD, &sent, "", BAD])).await;
    then.deliver(&stream(&[GOOD, &sent.replace(BAD, GOOD), GOOD, BAD])).await;
    let set_aside = app.db.quarantined().await;
    assert_eq!(set_aside.len(), 4);

    // As long as nothing can be decoded, nothing changes.
    check(&app.db, &[], 3, &json!({"looked_at": 4, "stored": 0, "removed": 0}));
    assert_eq!(app.db.quarantined().await, set_aside);

    let sequence_number = |payload: &Document| text(payload, "source.seq").unwrap().to_owned();
    let last = set_aside.iter().map(sequence_number).max().unwrap();
    for payload in set_aside.iter().filter(|payload| sequence_number(payload) != last) {
        replace_raw(&app.db, doc! { "_id": payload.get_object_id("_id").unwrap() }, GOOD).await;
    }
    let expect = json!({"looked_at": 4, "stored": 3, "duplicates": 0, "removed": 3});
    check(&app.db, &["--dry-run"], 3, &expect);
    assert_eq!(app.db.quarantined().await.len(), 4, "a dry run changes nothing");
    check(&app.db, &[], 3, &expect);
    check_same(&app.db, &then.db).await;
    assert_eq!(app.db.quarantined().await, then.db.quarantined().await);

    // A record that is stored already is a duplicate.
    let collection = app.db.database().collection::<Document>(QUARANTINE);
    let mut again = set_aside.iter().find(|payload| sequence_number(payload) != last).unwrap().clone();
    again.insert("raw", Binary { subtype: BinarySubtype::Generic, bytes: GOOD.into() });
    collection.insert_one(again).await.unwrap();
    check(&app.db, &["--dry-run"], 3, &json!({"stored": 0, "duplicates": 1, "removed": 1}));
    check(&app.db, &[], 3, &json!({"stored": 0, "duplicates": 1, "removed": 1}));
    check_same(&app.db, &then.db).await;
}

#[tokio::test]
async fn unreadable_parts_of_a_payload_get_entries_of_their_own() {
    let app = TestApp::start().await;
    app.deliver(&stream(&[BAD])).await;
    replace_raw(&app.db, doc! {}, &format!("{GOOD}\n{{\"cut\" off\n{GOOD}\n[]")).await;
    check(&app.db, &[], 3, &json!({"looked_at": 1, "stored": 2, "removed": 1, "set_aside": {"bad_json": 2}}));
    let parts: Vec<_> = app.db.quarantined().await.iter().map(numbers_and_raw).collect();
    let expect = [(1, "{\"cut\" off".to_owned()), (3, "[]".to_owned())];
    assert!(parts.len() == 2 && expect.iter().all(|part| parts.contains(part)), "{parts:?}");
    // The parts are payloads of their own now. They still cannot be decoded, and get no further entries.
    check(&app.db, &[], 3, &json!({"looked_at": 2, "stored": 0, "removed": 0, "set_aside": {"bad_json": 2}}));
    assert_eq!(app.db.quarantined().await.len(), 2);
    assert_eq!(app.db.count().await, 29);
}

#[tokio::test]
async fn the_payloads_of_a_batch_are_looked_up_together() {
    let app = TestApp::start().await;
    app.deliver(&stream(&[BAD; 5])).await;
    for (second, payload) in app.db.quarantined().await.iter().enumerate() {
        // The second record could have the numbers of a stored one, so MongoDB is asked for it.
        let record = format!(r#"{{"created": "2026-11-20T08:35:0{second}Z"}}"#);
        let filter = doc! { "_id": payload.get_object_id("_id").unwrap() };
        replace_raw(&app.db, filter, &format!("{record}\n{record}")).await;
    }
    let redrive = async { check(&app.db, &[], 0, &json!({"looked_at": 5, "stored": 10, "removed": 5})) };
    assert_eq!(app.db.count_reads("2026-11-20", redrive).await, 1);
}

/// Checks that two databases have the same records with the same ids in the same collections.
async fn check_same(db: &TestDb, other: &TestDb) {
    let (records, others) = (db.all_records().await, other.all_records().await);
    assert_eq!(records.len(), others.len());
    for (record, other) in records.iter().zip(&others) {
        assert_eq!(record, other);
    }
}

fn numbers_and_raw(document: &Document) -> (i32, String) {
    let index = document.get_document("source").unwrap().get_i32("index").unwrap_or_default();
    (index, String::from_utf8(document.get_binary_generic("raw").unwrap().clone()).unwrap().trim().to_owned())
}

#[tokio::test]
async fn the_reason_of_a_payload_that_stays_is_updated() {
    let app = TestApp::start().await;
    app.deliver(&stream(&[""])).await;
    replace_raw(&app.db, doc! {}, "{\"cut\" off").await;
    let notes = doc! { "$set": { "ticket": 7 } };
    app.db.database().collection::<Document>(QUARANTINE).update_one(doc! {}, notes).await.unwrap();
    check(&app.db, &[], 3, &json!({"set_aside": {"bad_json": 1}, "removed": 0}));
    let [payload] = &app.db.quarantined().await[..] else { panic!("one") };
    assert_eq!(text(payload, "reason"), Some("bad_json"));
    assert_eq!(text(payload, "source.format"), Some("json"));
    assert_eq!(payload.get_i32("ticket").ok(), Some(7), "fields that a person added stay");
}

/// One part becomes two records. The second one gets the number and the time of the stored record that follows.
#[tokio::test]
async fn a_record_is_not_taken_for_a_duplicate_of_another() {
    let app = TestApp::start().await;
    app.deliver(&stream(&[&format!("{{\"a\" {BAD}\n{{\"message\": \"next\"}}")])).await;
    replace_raw(&app.db, doc! {}, "{\"message\": \"one\"} {\"message\": \"two\"}").await;
    let before = app.db.quarantined().await;
    for args in [&["--dry-run"][..], &[]] {
        check(&app.db, args, 3, &json!({"conflicts": 1, "stored": 0, "removed": 0}));
        assert_eq!(app.db.quarantined().await, before);
    }
}

#[tokio::test]
async fn only_selected_payloads_are_changed() {
    let app = TestApp::start().await;
    let collection = app.db.database().collection::<Document>(QUARANTINE);
    for (number, (day, reason)) in [(20, "bad_json"), (20, "empty"), (21, "bad_json"), (22, "empty")].iter().enumerate()
    {
        let arrived = format!("2026-11-{day}T12:00:00Z");
        collection.insert_one(entry(&arrived, number, reason, GOOD.as_bytes())).await.unwrap();
    }
    // A document that is not a quarantine entry.
    collection.insert_one(doc! { "_id": "mine", "reason": "empty" }).await.unwrap();

    let looked_at = |count: u64| json!({"looked_at": count, "removed": count, "dry_run": true});
    for (args, count) in [
        (&["--reason", "bad_json"][..], 2),
        (&["--day", "2026-11-20"], 2),
        (&["--day", "2026-11-20", "--day", "2026-11-22"], 3),
        (&["--from", "2026-11-21"], 2),
        (&["--to", "2026-11-21"], 3),
        (&["--from", "2026-11-21", "--to", "2026-11-21"], 1),
        (&["--day", "2026-11-20", "--reason", "empty"], 1),
        (&["--limit", "1", "--reason", "empty", "--from", "2026-11-01"], 1),
        (&["--day", "2026-11-23"], 0),
    ] {
        check(&app.db, &[args, &["--dry-run"]].concat(), 0, &looked_at(count));
    }
    check(&app.db, &["--reason", "empty"], 3, &json!({"looked_at": 3, "removed": 2, "unreadable": 1}));
    assert_eq!(app.db.quarantined().await.len(), 3);
}

/// Returns a quarantine entry like those of logbraid, but with a new id.
fn entry(arrived: &str, number: usize, reason: &str, raw: &[u8]) -> Document {
    let arrived = DateTime::parse_rfc3339_str(arrived).unwrap();
    doc! {
        "_id": ObjectId::new(),
        "arrived": arrived,
        "reason": reason,
        "detail": "",
        "raw": Binary { subtype: BinarySubtype::Generic, bytes: raw.to_vec() },
        "source": {
            "stream": "app_logging",
            "shard": "shardId-000000000000",
            "seq": number.to_string(),
            "arrived": arrived,
            "format": "unknown",
        },
    }
}

async fn many(db: &TestDb) {
    let payload = |number: usize| {
        let raw = format!("{{\"message\": \"{number}\", \"log_uid\": \"{}\"}}", number % 100);
        let day = 1 + number % 28;
        entry(&format!("2026-11-{day:02}T12:00:00Z"), number, "unknown_format", raw.as_bytes())
    };
    db.database().collection::<Document>(QUARANTINE).insert_many((0..MANY).map(payload)).await.unwrap();
}

async fn left(db: &TestDb) -> u64 {
    db.database().collection::<Document>(QUARANTINE).count_documents(doc! {}).await.unwrap()
}

async fn check_all_once(db: &TestDb) {
    let mut messages: Vec<usize> =
        db.all_records().await.iter().map(|record| text(record, "message").unwrap().parse().unwrap()).collect();
    messages.sort_unstable();
    assert_eq!(messages, (0..MANY).collect::<Vec<_>>());
    assert_eq!(left(db).await, 0);
}

/// Starts the command and waits until it has filed some batches.
async fn half_way(db: &TestDb) -> Child {
    let child = logbraid(db, &["--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
    wait::until("some batches are done", async || left(db).await < MANY as u64).await;
    child
}

#[tokio::test]
async fn a_killed_run_can_be_repeated() {
    let app = TestApp::start().await;
    many(&app.db).await;
    let mut killed = half_way(&app.db).await;
    killed.kill().expect("it runs");
    killed.wait().expect("it ends");
    assert!(left(&app.db).await > 0, "it was killed before the end");
    check(&app.db, &[], 0, &json!({"set_aside": {}, "ended": "done"}));
    check_all_once(&app.db).await;
}

#[cfg(unix)]
#[tokio::test]
async fn an_interrupted_run_ends_after_a_batch_and_can_be_repeated() {
    let app = TestApp::start().await;
    many(&app.db).await;
    let child = half_way(&app.db).await;
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(signal.success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let summary: Value = serde_json::from_slice(&output.stdout).expect("a summary");
    assert_eq!(summary["ended"], "interrupted");
    assert_eq!(summary["removed"].as_u64(), Some(MANY as u64 - left(&app.db).await));
    check(&app.db, &[], 0, &json!({"ended": "done"}));
    check_all_once(&app.db).await;
}

/// Returns the objects that the mapping writes when the function never succeeds.
async fn given_up(stream: &Stream) -> Vec<Discarded> {
    let source = EventSource { batch_size: 10, maximum_retry_attempts: Some(1), ..EventSource::reporting() };
    let mut mapping = source.connect(stream);
    let broken = |_: Value| -> Reply {
        Err(FunctionError { error_type: "Sandbox.Timedout".to_owned(), message: String::new() })
    };
    assert_eq!(mapping.drain(&broken).await, Drained::End);
    mapping.discarded()
}

#[tokio::test]
async fn failed_batches_are_filed_from_files() {
    let (app, then) = (TestApp::start().await, TestApp::start().await);
    let stream = stream(&[BAD]);
    then.deliver(&stream).await;
    let objects = given_up(&stream).await;
    assert_eq!(objects.len(), 3);
    let folder = tempfile::tempdir().expect("a folder");
    let paths: Vec<String> = (0..objects.len())
        .map(|number| folder.path().join(number.to_string()).to_str().expect("UTF-8").to_owned())
        .collect();
    for (path, object) in paths.iter().zip(&objects) {
        std::fs::write(path, object.body.to_string()).expect("written");
    }
    let args: Vec<&str> = paths.iter().map(String::as_str).collect();
    let set_aside = json!({"bad_json": 1});
    let expect = json!({"looked_at": 3, "stored": 27, "duplicates": 0, "set_aside": set_aside});
    check(&app.db, &[&args[..], &["-n"]].concat(), 3, &expect);
    assert_eq!(app.db.count().await, 0);
    check(&app.db, &args, 3, &expect);
    check_same(&app.db, &then.db).await;
    assert_eq!(app.db.quarantined().await, then.db.quarantined().await);
    check(&app.db, &args, 3, &json!({"stored": 0, "duplicates": 27, "set_aside": set_aside}));
    assert!(paths.iter().all(|path| std::path::Path::new(path).exists()), "files stay");
}

/// The stub of S3 runs in this process, so that the test needs several threads.
#[tokio::test(flavor = "multi_thread")]
async fn failed_batches_are_filed_from_the_bucket() {
    let (app, then) = (TestApp::start().await, TestApp::start().await);
    let stream = stream(&[BAD]);
    then.deliver(&stream).await;
    let bucket = Bucket::with(&given_up(&stream).await).await;
    let redrive = |args: &[&str], code: i32, expect: &Value| {
        check_run(logbraid(&app.db, &["--bucket", "failed-batches"]).args(args).envs(bucket.env()), code, expect);
    };
    let all = bucket.keys();
    assert_eq!(all.len(), 4);

    let set_aside = json!({"bad_json": 1});
    let expect = json!({"looked_at": 3, "stored": 27, "set_aside": set_aside, "skipped": 1, "removed": 3});
    redrive(&["--dry-run"], 3, &expect);
    assert_eq!((app.db.count().await, bucket.keys()), (0, all.clone()), "a dry run changes nothing");
    redrive(&["--keep", "--limit", "1"], 0, &json!({"looked_at": 1, "stored": 10, "removed": 0}));
    assert_eq!(bucket.keys(), all, "what is kept stays");
    let expect = json!({"looked_at": 3, "stored": 17, "duplicates": 10, "set_aside": set_aside, "removed": 3});
    redrive(&[], 3, &expect);
    assert_eq!(bucket.keys(), ["aws/lambda/README"]);
    check_same(&app.db, &then.db).await;
    assert_eq!(app.db.quarantined().await, then.db.quarantined().await);
    redrive(&["--prefix", "aws/lambda/x"], 0, &json!({"looked_at": 0, "skipped": 0}));
}

#[tokio::test]
async fn unusable_settings_and_files_are_named() {
    let app = TestApp::start().await;
    let fail = |command: &mut Command| {
        let output = command.output().expect("it runs");
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    };
    let (code, message) = fail(logbraid(&app.db, &[]).env_remove("MONGODB_URI"));
    assert!(code == Some(2) && message.contains("MONGODB_URI is not set"), "{message}");
    let nowhere = [("MONGODB_URI", "mongodb://127.0.0.1:1"), ("LOGBRAID_MONGODB_TIMEOUT_MS", "200")];
    let (code, message) = fail(logbraid(&app.db, &[]).envs(nowhere));
    assert!(code == Some(1) && message.contains("cannot reach the store"), "{message}");
    let (code, message) = fail(&mut logbraid(&app.db, &["no/such/file"]));
    assert!(code == Some(1) && message.contains("cannot read no/such/file"), "{message}");
    let (code, message) = fail(&mut logbraid(&app.db, &["--from", "2026-11-21", "--to", "2026-11-20"]));
    assert!(code == Some(2) && message.contains("--from 2026-11-21 is after --to 2026-11-20"), "{message}");
}
