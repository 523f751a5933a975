//! Records with the same `record_id` and time: equal ones are one record, different ones are all stored.

use mongodb::bson::Document;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::kinesis::Stream;
use tests::mongo::text;
use tests::runtime_api::Function;

const CREATED: u32 = 1_795_163_739;
/// More than are filed one behind the other.
const MANY: usize = 250;

/// A record as a sender with its own ids and whole seconds writes it.
fn record(record_id: &str, message: &str) -> Value {
    json!({ "created": CREATED, "record_id": record_id, "message": message, "levelname": "INFO", "nan": [1.5, null] })
}

fn put(stream: &Stream, record: &Value) {
    stream.clock().set(i64::from(CREATED) * 1_000 + 200);
    stream.put("host", record.to_string());
}

fn stream(records: &[Value]) -> Stream {
    let stream = Stream::new("app_logging", 1);
    for record in records {
        put(&stream, record);
    }
    stream
}

async fn messages(app: &TestApp) -> Vec<String> {
    let message = |record: &Document| text(record, "message").expect("a message").to_owned();
    let mut messages: Vec<String> = app.db.all_records().await.iter().map(message).collect();
    messages.sort();
    messages
}

/// What the last invocation's metrics say.
fn metric(app: &TestApp, name: &str) -> u64 {
    let metrics = app
        .ingest
        .logs()
        .lines()
        .iter()
        .rev()
        .find_map(|line| serde_json::from_str::<Value>(line).ok().filter(|line| line.get("Stored").is_some()));
    metrics.expect("a line of metrics")[name].as_u64().unwrap_or_else(|| panic!("no {name}"))
}

#[tokio::test]
async fn different_records_with_one_record_id_are_all_stored() {
    let app = TestApp::start().await;
    // In one batch, and in another.
    let first = stream(&[record("r", "a"), record("r", "b"), record("s", "a")]);
    app.deliver(&first).await;
    assert_eq!(messages(&app).await, ["a", "a", "b"]);
    assert_eq!((metric(&app, "Stored"), metric(&app, "ConflictingRecordIds")), (3, 1));
    let second = Stream::new("another", 1);
    put(&second, &record("r", "c"));
    app.deliver(&second).await;
    assert_eq!(messages(&app).await, ["a", "a", "b", "c"]);
    assert_eq!((metric(&app, "Stored"), metric(&app, "ConflictingRecordIds")), (1, 1));

    let stored = app.db.all_records().await;
    for stream in [&first, &second, &first] {
        app.ingest.recycle();
        app.deliver(stream).await;
        assert_eq!((metric(&app, "Stored"), metric(&app, "ConflictingRecordIds")), (0, 0));
        assert_eq!(app.db.all_records().await, stored, "a redelivery stores nothing twice");
        crate::journal::check_all_noted(&app.db).await;
    }
}

/// A producer that got no answer puts its record once more: under another sequence number, and on another shard.
#[tokio::test]
async fn a_record_that_its_producer_puts_twice_is_stored_once() {
    let app = TestApp::start().await;
    app.deliver(&stream(&[record("r", "a"), record("r", "a"), record("r", "b"), record("r", "b")])).await;
    assert_eq!(messages(&app).await, ["a", "b"]);
    let again = Stream::new("another", 2);
    for shard in 0..2 {
        for message in ["a", "b"] {
            again.clock().set(i64::from(CREATED) * 1_000 + 900);
            again.put_on(shard, "host", record("r", message).to_string());
        }
    }
    app.deliver(&again).await;
    assert_eq!(messages(&app).await, ["a", "b"]);
    assert_eq!(metric(&app, "ConflictingRecordIds"), 0);
}

/// The function with redaction on or off.
fn ingest(app: &TestApp, redact: &str) -> Function {
    let mut env = app.db.env();
    env.push(("LOGBRAID_REDACT".to_owned(), redact.to_owned()));
    Function::new("ingest", env)
}

/// Masks hide the content from the comparison: neither a redelivery nor a producer's retry is taken for another record.
#[tokio::test]
async fn a_changed_redaction_stores_nothing_twice() {
    let secret = |message: &str| {
        let mut record = record("r", message);
        record["password"] = json!("hunter2");
        record["api_key"] = json!({ "id": 17, "value": "k-17" });
        record
    };
    let records = [secret("login of alice with password=hunter2 failed"), secret("another message")];
    for [first, then] in [["on", "off"], ["off", "on"]] {
        let mut app = TestApp::start().await;
        app.ingest = ingest(&app, first);
        let sent = stream(&records);
        app.deliver(&sent).await;
        let stored = app.db.all_records().await;
        assert_eq!(stored.len(), 2);
        app.ingest = ingest(&app, then);
        app.deliver(&sent).await;
        assert_eq!(app.db.all_records().await, stored, "delivered again, {first} {then}");
        let retried = Stream::new("another", 1);
        for record in &records {
            put(&retried, record);
        }
        app.deliver(&retried).await;
        assert_eq!(app.db.all_records().await, stored, "put again, {first} {then}");
        assert_eq!(metric(&app, "ConflictingRecordIds"), 0);
    }
}

/// A sender that gives all its records one id loses none of them, and does not stop the shard.
#[tokio::test]
async fn a_record_id_that_says_nothing_loses_no_record() {
    let app = TestApp::start().await;
    let records: Vec<Value> = (0..MANY).map(|number| record("same", &format!("number {number:04}"))).collect();
    let stream = stream(&records);
    let sent: Vec<String> = (0..MANY).map(|number| format!("number {number:04}")).collect();
    for delivery in 1..=2 {
        app.deliver(&stream).await;
        assert_eq!(messages(&app).await, sent, "delivery {delivery}");
    }
}
