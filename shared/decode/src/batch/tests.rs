use std::collections::HashSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bson::{Bson, Document, RawDocument};
use proptest::prelude::*;
use record::{EventTime, Rules, Source};
use serde_json::{Value as Json, json};

use super::{UNKNOWN_FORMAT, caught, payload, whole};
use crate::event::KinesisBatch;
use crate::rejection::Reason;

/// Returns an event that delivers these payloads.
pub(crate) fn batch<P: AsRef<[u8]>>(payloads: &[P]) -> KinesisBatch {
    let record = |payload: &P| {
        json!({
            "kinesis": {
                "sequenceNumber": "4954",
                "data": BASE64_STANDARD.encode(payload),
                "approximateArrivalTimestamp": 1_795_163_740,
            },
            "eventID": "shardId-000000000000:4954",
            "eventSourceARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/logs",
        })
    };
    let records: Vec<Json> = payloads.iter().map(record).collect();
    KinesisBatch::from_json(json!({ "Records": records }).to_string().as_bytes()).unwrap()
}

/// Returns the document that a payload becomes, or the reason for which it is quarantined.
fn filed(payload: &str) -> Result<Document, String> {
    let decoded = whole(&batch(&[payload]), &Rules::default());
    let records = decoded.days.values().flat_map(|positioned| &positioned.items).map(|record| Ok(record.document()));
    let quarantined = decoded.quarantined.items.iter().map(|payload| Err(payload.document()));
    let all: Vec<Result<_, _>> = records.chain(quarantined).collect();
    assert_eq!(all.len(), 1, "{payload:.40}");
    match all[0] {
        Ok(document) => Ok(Document::try_from(document).unwrap()),
        Err(document) => Err(document.get_str("reason").unwrap().to_owned()),
    }
}

/// Returns the document without the fields that every record has, as relaxed Extended JSON.
fn own_fields(payload: &str) -> Json {
    let mut document = filed(payload).unwrap();
    for name in ["_id", "time", "source"] {
        assert!(document.remove(name).is_some(), "{name}");
    }
    Bson::Document(document).into_relaxed_extjson()
}

#[test]
fn lines_of_the_forwarder_are_records_with_their_identity_and_their_arrival() {
    let lines = b"{\"message\":\"a\",\"record_id\":\"r1\",\"received_at\":\"2026-11-20T08:35:39.250000Z\"}\n\
                  {\"message\":\"b\",\"record_id\":\"r2\",\"created\":1795163739.5}\n";
    let filed = |millis: i64, sequence_number: &str| -> Vec<(String, i64, i32)> {
        let arrived = EventTime::from_millis(millis).unwrap();
        let source = Source {
            stream: "mongodb",
            shard: "host",
            sequence_number,
            sub_sequence: 0,
            index: 0,
            arrived,
            format: UNKNOWN_FORMAT,
        };
        let decoded = payload(&source, lines, &Rules::default());
        let records = decoded.days.values().flat_map(|positioned| &positioned.items);
        let shown = records.map(|record| {
            let document = record.document();
            let index = document.get_document("source").unwrap().get_i32("index").unwrap_or_default();
            (record.id().to_hex(), record.time().micros() / 1_000, index)
        });
        shown.collect()
    };
    let first = filed(1_795_163_740_000, "1");
    assert_eq!(first.iter().map(|(_, time, _)| *time).collect::<Vec<_>>(), [1_795_163_739_250, 1_795_163_739_500]);
    // Another batch, later: the same records.
    let again = filed(1_795_163_799_000, "2");
    assert_eq!(again, first);
}

#[test]
fn a_captured_record_is_filed_whole() {
    let captured = include_str!("../../../../tests/fixtures/order_python312.jsonl");
    let error = captured.lines().find(|line| line.contains(r#""levelname": "ERROR""#)).unwrap();
    insta::assert_json_snapshot!(Bson::Document(filed(error).unwrap()).into_relaxed_extjson());
}

#[test]
fn fields_keep_their_names_and_types() {
    fn check(payload: &str, expect: &Json) {
        assert_eq!(own_fields(payload), *expect, "{payload}");
    }
    check(r#"{"msg": "hello"}"#, &json!({"msg": "hello", "message": "hello"}));
    check("{}", &json!({"message": ""}));
    check(
        r#"{"message": "m", "n": 1, "f": 0.1, "t": true, "z": null, "l": [1, "a", {"b": []}], "o": {"p": {}}}"#,
        &json!({"message": "m", "n": 1, "f": 0.1, "t": true, "z": null, "l": [1, "a", {"b": []}], "o": {"p": {}}}),
    );
    // Sent as text, as the article's handler does. Types are restored for Python's attributes only.
    check(
        r#"{"message": "m", "lineno": "69", "msecs": "7.0", "exc_info": "None", "taskName": null, "attempt": "1"}"#,
        &json!({"message": "m", "lineno": 69, "msecs": 7.0, "attempt": "1"}),
    );
    check(r#"{"message": "None", "lineno": "sixty"}"#, &json!({"message": "None", "lineno": "sixty"}));
    // Names that logbraid reserves.
    check(
        r#"{"message": "m", "_id": 7, "time": {"a": 1}, "source": "x", "sent": []}"#,
        &json!({"message": "m", "sent": {"_id": 7, "time": {"a": 1}, "source": "x", "sent": []}}),
    );
    // A name that occurs twice.
    check(r#"{"message": "m", "message": "n"}"#, &json!({"message": "m", "message#2": "n"}));
}

#[test]
fn a_message_is_rendered_as_python_does() {
    fn check(payload: &str, expect: &Json) {
        assert_eq!(own_fields(payload), *expect, "{payload}");
    }
    // Arguments sent as text, as the article's handler does. They get their types back too.
    check(
        r#"{"msg": "%d of %s", "args": "(1000, 'widgets')"}"#,
        &json!({"msg": "%d of %s", "args": [1000, "widgets"], "message": "1000 of widgets"}),
    );
    check(
        r#"{"msg": "%(n)d", "args": "{'n': 1, 'all': (None, True, 1.5, [])}"}"#,
        &json!({"msg": "%(n)d", "args": {"n": 1, "all": [null, true, 1.5, []]}, "message": "1"}),
    );
    check(r#"{"msg": "100%", "args": "()"}"#, &json!({"msg": "100%", "args": [], "message": "100%"}));
    check(r#"{"msg": "100%", "args": "None"}"#, &json!({"msg": "100%", "message": "100%"}));
    // Arguments sent with their types.
    check(
        r#"{"msg": "%s and %r", "args": [[1, "a"], "b"]}"#,
        &json!({"msg": "%s and %r", "args": [[1, "a"], "b"], "message": "[1, 'a'] and 'b'"}),
    );
    // The message cannot be rendered, so it is the template.
    check(r#"{"msg": "%d", "args": "('x',)"}"#, &json!({"msg": "%d", "args": ["x"], "message": "%d"}));
    check(
        r#"{"msg": "%s", "args": "(<Foo object at 0x7f>,)"}"#,
        &json!({"msg": "%s", "args": ["<Foo object at 0x7f>"], "message": "%s"}),
    );
    check(r#"{"msg": "%s", "args": "no tuple"}"#, &json!({"msg": "%s", "args": "no tuple", "message": "%s"}));
    // A template that is not text is converted as `str()` does.
    check(r#"{"msg": {"a": [true, null]}}"#, &json!({"msg": {"a": [true, null]}, "message": "{'a': [True, None]}"}));
    check(r#"{"msg": 17}"#, &json!({"msg": 17, "message": "17"}));
    // A message given by the sender.
    check(r#"{"msg": "%d", "args": [1], "message": "one"}"#, &json!({"msg": "%d", "args": [1], "message": "one"}));
}

#[test]
fn an_empty_message_of_pythons_stays_empty() {
    fn check(payload: &str, expect: &str) {
        assert_eq!(own_fields(payload)["message"], expect, "{payload}");
    }
    check(r#"{"msg": "", "levelname": "WARNING", "lineno": 7, "sku": "x", "transaction": "odd"}"#, "");
    check(r#"{"msg": "", "message": "", "args": "()", "levelno": 30, "sku": "x"}"#, "");
    check(r#"{"message": " ", "levelname": "WARNING", "sku": "x"}"#, "");
    check(r#"{"msg": "", "levelname": "ERROR", "sku": "x", "exc_text": "KeyError: 1"}"#, "KeyError: 1");
    // Without any, a formatter left it out.
    check(r#"{"levelname": "WARNING", "lineno": 7, "sku": "x"}"#, "sku=x");
    check(r#"{"msg": "", "level": "warn", "sku": "x"}"#, "sku=x");
}

#[test]
fn the_other_half_of_a_level_is_added() {
    fn check(payload: &str, expect: &Json) {
        assert_eq!(own_fields(payload), *expect, "{payload}");
    }
    check(r#"{"message": "", "levelname": "error"}"#, &json!({"message": "", "levelname": "error", "levelno": 40}));
    check(r#"{"message": "", "levelno": "30"}"#, &json!({"message": "", "levelno": 30, "levelname": "WARNING"}));
    check(r#"{"message": "", "levelname": "LOUD"}"#, &json!({"message": "", "levelname": "LOUD"}));
}

#[test]
fn the_uid_comes_from_its_best_name() {
    fn check(payload: &str, expect: &Json) {
        let mut fields = own_fields(payload);
        fields.as_object_mut().unwrap().remove("message");
        assert_eq!(fields, *expect, "{payload}");
    }
    check(r#"{"log_uid": "u"}"#, &json!({"log_uid": "u"}));
    check(r#"{"log_uid": "-"}"#, &json!({}));
    check(r#"{"log_uid": "None"}"#, &json!({}));
    check(r#"{"log_uid": null}"#, &json!({}));
    check(r#"{"log_uid": 17}"#, &json!({"log_uid": "17"}));
    check(r#"{"log_uid": {"a": 1}}"#, &json!({"sent": {"log_uid": {"a": 1}}}));
    check(r#"{"log_uid": true}"#, &json!({"sent": {"log_uid": true}}));
    check(r#"{"trace_id": "t", "request_id": "r"}"#, &json!({"trace_id": "t", "request_id": "r", "log_uid": "t"}));
    check(r#"{"trace_id": "t", "log_uid": "-"}"#, &json!({"trace_id": "t", "log_uid": "t"}));
    check(r#"{"trace_id": "t", "log_uid": "u"}"#, &json!({"trace_id": "t", "log_uid": "u"}));
    check(r#"{"log_uid": "u", "log_uid": "v"}"#, &json!({"log_uid": "u", "sent": {"log_uid": "v"}}));
}

#[test]
fn the_service_is_given_or_the_first_part_of_the_loggers_name() {
    fn check(payload: &str, expect: Option<&str>) {
        assert_eq!(own_fields(payload)["service"].as_str(), expect, "{payload}");
    }
    check(r#"{"service": "orders", "name": "shop.orders"}"#, Some("orders"));
    check(r#"{"service": "None", "name": "shop.orders"}"#, Some("shop"));
    check(r#"{"application": "b", "app": "a", "name": "c"}"#, Some("a"));
    check(r#"{"name": "root"}"#, None);
    check(r#"{"name": "orders"}"#, None);
    check(r#"{"name": "orders", "levelname": "INFO"}"#, Some("orders"));
    check(r#"{"timestamp": 1795163739, "name": "report.pdf"}"#, None);
    check(r#"{"name": ""}"#, None);
    check("{}", None);
}

#[test]
fn a_time_far_from_the_arrival_is_not_used() {
    fn check(created: &str, expect: &str) {
        let document = filed(&format!(r#"{{"created": {created}}}"#)).unwrap();
        let time = document.get_object_id("_id").ok().and_then(record::time_of);
        assert_eq!(time.map(|time| time.to_string()).as_deref(), Some(expect), "{created}");
    }
    check("1795163739.165953", "2026-11-20T08:35:39.165953Z");
    check(r#""1795163739.165953""#, "2026-11-20T08:35:39.165953Z");
    check("1795163739165", "2026-11-20T08:35:39.165000Z");
    check(r#""2026-11-20T09:35:39.165953+01:00""#, "2026-11-20T08:35:39.165953Z");
    for not_a_time in ["0", "-1", "253402300799", r#""yesterday""#, "null", "[1]", "true"] {
        check(not_a_time, "2026-11-20T08:35:40.000000Z");
    }
}

#[test]
fn a_payload_that_is_not_a_record_is_quarantined_with_a_reason() {
    fn check(payload: &str, expect: &str) {
        assert_eq!(filed(payload).map(|_| ()), Err(expect.to_owned()), "{payload:.40}");
    }
    check("", "empty");
    check(" \n", "empty");
    check("\u{1}\u{2}", "unknown_format");
    check(r#"{"a": 1"#, "bad_json");
    check(&format!(r#"{{"a": "{}"}}"#, "x".repeat(16 << 20)), "too_large");
    // A zero takes two bytes in JSON and fourteen in BSON.
    check(&format!(r#"{{"a": [0{}]}}"#, ",0".repeat(3 << 19)), "too_large");
    check(&format!(r#"{{"a": 0{}}}"#, r#","a":0"#.repeat(3 << 19)), "too_large");
    check(&"{}".repeat(250_000), "too_much");
    // Each record repeats its resource: a megabyte a thousand times.
    let resource =
        format!(r#"{{"attributes": [{{"key": "a", "value": {{"stringValue": "{}"}}}}]}}"#, "x".repeat(1 << 20));
    let records = vec!["{}"; 1_000].join(",");
    let export =
        format!(r#"{{"resourceLogs": [{{"resource": {resource}, "scopeLogs": [{{"logRecords": [{records}]}}]}}]}}"#);
    check(&export, "too_much");
}

/// Snapshots the attributes that records of other libraries get. Their own fields are kept too.
#[test]
fn other_dialects_are_mapped_onto_the_attributes() {
    const ATTRIBUTES: [&str; 17] = [
        "log_uid",
        "service",
        "name",
        "levelname",
        "levelno",
        "message",
        "created",
        "filename",
        "pathname",
        "lineno",
        "funcName",
        "process",
        "processName",
        "threadName",
        "fqdn",
        "exc_info",
        "exc_text",
    ];
    let captured = [
        ("bunyan", include_str!("../../../../tests/fixtures/dialects/bunyan.jsonl")),
        ("ecs_logging", include_str!("../../../../tests/fixtures/dialects/ecs_logging.jsonl")),
        ("pino", include_str!("../../../../tests/fixtures/dialects/pino.jsonl")),
        ("python_json_logger", include_str!("../../../../tests/fixtures/dialects/python_json_logger.jsonl")),
        ("structlog", include_str!("../../../../tests/fixtures/dialects/structlog.jsonl")),
        ("victorialogs", include_str!("../../../../tests/fixtures/dialects/victorialogs.jsonl")),
    ];
    for (dialect, lines) in captured {
        let records: Vec<Json> = lines
            .lines()
            .map(|line| {
                let (sent, stored): (Json, Json) = (serde_json::from_str(line).unwrap(), own_fields(line));
                for (name, value) in sent.as_object().unwrap().iter().filter(|(name, _)| *name != "time") {
                    assert_eq!(stored[name], *value, "{dialect} keeps its field {name}");
                }
                ATTRIBUTES.iter().filter_map(|name| Some(((*name).to_owned(), stored.get(name)?.clone()))).collect()
            })
            .collect();
        insta::assert_json_snapshot!(dialect, records);
    }
}

#[test]
fn a_panic_rejects_only_its_payload() {
    let rejection = caught(|| panic!("on purpose")).unwrap_err();
    assert_eq!(rejection.reason, Reason::InternalError);
    assert_eq!(caught(|| 7), Ok(7));
}

/// Returns whether a name occurs twice in a document or in a nested one.
fn has_duplicate_names(document: &RawDocument) -> bool {
    let mut names = HashSet::new();
    document
        .iter()
        .flatten()
        .any(|(name, value)| !names.insert(name) || value.as_document().is_some_and(has_duplicate_names))
}

proptest! {
    /// logbraid writes its own names without checking the sender's.
    #[test]
    fn no_name_comes_twice(
        fields in prop::collection::vec(
            (
                prop::sample::select(vec![
                    "_id", "time", "source", "sent", "log_uid", "correlation_id", "service", "service.name", "app", "name",
                    "message", "msg", "args", "levelno", "levelname", "level", "created", "record_id", "own",
                ]),
                prop::sample::select(vec![
                    "null", "\"x\"", "\"None\"", "\"('a',)\"", "7", "1.5", "[\"x\"]", "{\"name\": \"x\"}", "\"ERROR\"", "\"password=hunter2\"",
                ]),
            ),
            0..24,
        ),
    ) {
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        let payload = format!("{{{}}}", fields.join(", "));
        let decoded = whole(&batch(&[&payload]), &Rules::default());
        let records: Vec<_> = decoded.days.values().flat_map(|positioned| &positioned.items).collect();
        prop_assert_eq!(records.len(), 1);
        prop_assert!(!has_duplicate_names(records[0].document()), "{}\n{:?}", payload, records[0].document());
    }
}
