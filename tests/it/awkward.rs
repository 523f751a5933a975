//! Odd input from real senders is stored without loss, or quarantined: the rows of `docs/awkward-input.md`.

use mongodb::bson::{Bson, Document};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::kinesis::{Stream, Verdict};
use tests::mongo::text;

const DOCUMENTATION: &str = include_str!("../../docs/awkward-input.md");

/// The outcome of a payload.
enum Becomes {
    /// A record with these fields and possibly more.
    Record(Value),
    /// A quarantined payload with this reason.
    SetAside(&'static str),
}
use Becomes::{Record, SetAside};

/// The row of the documentation, an example, and its outcome.
fn rows() -> Vec<(&'static str, Vec<u8>, Becomes)> {
    let row = |name, payload: &str, becomes| (name, payload.as_bytes().to_vec(), becomes);
    let bytes = |name, payload: &[u8], becomes| (name, payload.to_vec(), becomes);
    let nested = |depth: usize| format!(r#"{{"a":{}1{}}}"#, "[".repeat(depth), "]".repeat(depth));
    vec![
        row("NaN, Infinity", r#"{"a":NaN,"b":-Infinity}"#, Record(json!({"b": {"$numberDouble": "-Infinity"}}))),
        row(
            "half a surrogate pair",
            r#"{"a":"x\ud800"}"#,
            Record(json!({"a": "x\u{fffd}", "sent": {"a": r#""x\ud800""#}})),
        ),
        row("a byte order mark", "\u{feff}{\"a\":1}", Record(json!({"a": 1}))),
        row(
            "an integer past int64",
            r#"{"a":18446744073709551615}"#,
            Record(json!({"a": {"$numberDecimal": "18446744073709551615"}})),
        ),
        row(
            "an integer past uint64",
            r#"{"a":340282366920938463463374607431768211456}"#,
            Record(json!({"sent": {"a": "340282366920938463463374607431768211456"}})),
        ),
        row(
            "a float past double",
            r#"{"a":1e400}"#,
            Record(json!({"a": {"$numberDouble": "Infinity"}, "sent": {"a": "1e400"}})),
        ),
        row(
            "a name twice",
            r#"{"a":1,"a":2,"o":{"b":1,"b":2}}"#,
            Record(json!({"a": 1, "a#2": 2, "o": {"b": 1, "b#2": 2}})),
        ),
        row("the empty name", r#"{"":1}"#, Record(json!({"": 1}))),
        row("a name with NUL", r#"{"a\u0000b":1}"#, Record(json!({"a\\u0000b": 1}))),
        row("a name with dots", r#"{"a.b":1,"..":{".":2}}"#, Record(json!({"a.b": 1, "..": {".": 2}}))),
        row(
            "a name that begins with $",
            r#"{"$where":"1","o":{"$gt":1}}"#,
            Record(json!({"$where": "1", "o": {"$gt": 1}})),
        ),
        row(
            "_id, time, source of the sender's own",
            r#"{"_id":"mine","time":"noon","source":{"a":1}}"#,
            Record(json!({"sent": {"_id": "mine", "time": "noon", "source": {"a": 1}}})),
        ),
        row("deep nesting", &nested(5_000), Record(json!({}))),
        bytes(
            "bytes that are not UTF-8",
            b"{\"a\":\"\xff\"}",
            Record(
                json!({"a": "\u{fffd}", "sent": {"payload": {"$binary": {"base64": "eyJhIjoi/yJ9", "subType": "00"}}}}),
            ),
        ),
        row("a control character in a text", "{\"a\":\"x\ty\"}", Record(json!({"a": "x\ty"}))),
        row("10 MiB", &format!(r#"{{"a":"{}"}}"#, "x".repeat(4 << 20)), Record(json!({}))),
        row("log_uid as number", r#"{"log_uid":17}"#, Record(json!({"log_uid": "17"}))),
        row("log_uid in any case", r#"{"log_uid":"6F1A4E0E-6F0C"}"#, Record(json!({"log_uid": "6F1A4E0E-6F0C"}))),
        row(
            "a very long log_uid",
            &format!(r#"{{"log_uid":"{}"}}"#, "x".repeat(600)),
            Record(json!({"log_uid": null})),
        ),
        row("log_uid as null, empty, -", r#"{"log_uid":null}"#, Record(json!({"log_uid": null}))),
        row(
            "log_uid as object",
            r#"{"log_uid":{"a":1}}"#,
            Record(json!({"log_uid": null, "sent": {"log_uid": {"a": 1}}})),
        ),
        row(
            "created in milliseconds, microseconds, nanoseconds",
            r#"{"created":1795163739165953123}"#,
            Record(json!({"time": {"$date": "2026-11-20T08:35:39.165Z"}})),
        ),
        row(
            "created as text with an offset",
            r#"{"created":"2026-11-20T09:35:39.5+01:00"}"#,
            Record(json!({"time": {"$date": "2026-11-20T08:35:39.5Z"}})),
        ),
        row(
            "created 0, negative, in 1970 or 9999, missing",
            r#"{"created":253402300799}"#,
            Record(json!({"time": {"$date": "2026-11-20T08:35:40Z"}, "created": 253_402_300_799_i64})),
        ),
        row("NaN as created", r#"{"created":NaN}"#, Record(json!({"time": {"$date": "2026-11-20T08:35:40Z"}}))),
        row("JSON that is cut off", r#"{"a":"x"#, SetAside("bad_json")),
        row("a text that begins with a brace", "{app} started", Record(json!({"message": "{app} started"}))),
        row("texts in an array", r#"["hello"]"#, Record(json!({"message": "hello"}))),
        row("text", "hello", Record(json!({"message": "hello"}))),
        row("binary", "hello\u{1}", SetAside("unknown_format")),
        row("nothing", "", SetAside("empty")),
    ]
}

#[tokio::test]
async fn every_row_of_the_documentation_is_so() {
    for (name, payload, becomes) in rows() {
        let app = TestApp::start().await;
        assert!(DOCUMENTATION.contains(&format!("| {name} |")), "the documentation has no row `{name}`");
        let stream = Stream::new("awkward", 1);
        // 2026-11-20T08:35:40Z.
        stream.clock().set(1_795_163_740_000);
        stream.put("host", payload.as_slice());
        let journal = app.deliver(&stream).await;
        assert_eq!(
            journal.iter().map(|invocation| invocation.verdict).collect::<Vec<_>>(),
            [Verdict::Complete],
            "{name}"
        );

        let (records, quarantined) = (app.db.all_records().await, app.db.quarantined().await);
        match (&records[..], &quarantined[..], becomes) {
            ([record], [], Record(fields)) => check(name, record, &fields),
            ([], [set_aside], SetAside(reason)) => assert_eq!(text(set_aside, "reason"), Some(reason), "{name}"),
            _ => panic!("{name}: {} records, {} set aside", records.len(), quarantined.len()),
        }
    }
}

/// Null means that the field is absent.
fn check(name: &str, record: &Document, fields: &Value) {
    let record = Bson::from(record.clone()).into_relaxed_extjson();
    for (field, expect) in fields.as_object().expect("an object") {
        assert_eq!(record.get(field).unwrap_or(&Value::Null), expect, "{name}: {field}");
    }
}
