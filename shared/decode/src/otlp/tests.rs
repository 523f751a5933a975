use record::Rules;
use serde_json::{Value as Json, json};

use super::view::MAX_DEPTH;
use crate::protobuf::write_field;
use crate::senders_tests::records;
use crate::testing::Decoded;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/otlp/", $name)).as_slice()
    };
}

#[test]
fn both_encodings_of_pythons_sdk_give_equal_records() {
    let from_protobuf = Decoded::of(fixture!("python.pb")).records();
    assert_eq!(from_protobuf, Decoded::of(fixture!("python.json")).records());
    insta::assert_json_snapshot!(from_protobuf);
}

#[test]
fn every_otlp_field_is_kept() {
    // The JSON uses the names of the schema and gives the severity by name.
    let from_protobuf = Decoded::of(fixture!("everything.pb")).record();
    assert_eq!(from_protobuf, Decoded::of(fixture!("everything.json")).record());
    insta::assert_json_snapshot!(from_protobuf);
}

#[test]
fn other_signals_are_not_logs() {
    for payload in [fixture!("traces.pb"), fixture!("metrics.pb")] {
        assert_eq!(Decoded::of(payload).reason(payload), "unknown_format");
    }
}

/// OTLP may define these fields one day: their numbers are not used yet.
#[test]
fn fields_of_the_future_are_ignored() {
    let message = |tag: u8, inner: &[u8]| [&[tag, u8::try_from(inner.len()).unwrap()], inner].concat();
    let unknown = [0x7A, 1, b'?', 0x78, 1];
    let record = [message(0x2A, &message(0x0A, b"hello")), unknown.to_vec()].concat();
    let scope = [message(0x12, &record), unknown.to_vec()].concat();
    let resource = [message(0x12, &scope), unknown.to_vec()].concat();
    let export = [message(0x0A, &resource), unknown.to_vec()].concat();
    assert_eq!(Decoded::of(&export).record(), json!({"message": "hello"}));
}

/// Returns an export of one log record in JSON.
fn export(record: &str) -> String {
    format!(r#"{{"resourceLogs": [{{"resource": {{}}, "scopeLogs": [{{"scope": {{}}, "logRecords": [{record}]}}]}}]}}"#)
}

#[test]
fn all_variants_of_the_json_mapping_are_read() {
    fn check(record: &str, expect: &Json) {
        let mut found = Decoded::of(export(record).as_bytes()).record();
        // The line that stands for a missing message repeats the other fields.
        if !record.contains("body")
            && !record.contains("eventName")
            && let Some(fields) = found.as_object_mut()
        {
            fields.remove("message");
        }
        assert_eq!(found, *expect, "{record}");
    }
    check("{}", &json!({}));
    check(r#"{"timeUnixNano": "0", "body": null, "attributes": null}"#, &json!({"message": ""}));
    let time = json!({"created": 1_795_163_739.5, "timeUnixNano": 1_795_163_739_500_000_000_i64});
    check(r#"{"timeUnixNano": 1795163739500000000}"#, &time);
    check(r#"{"time_unix_nano": "1795163739500000000"}"#, &time);
    let observed = json!({"created": 1.0, "observedTimeUnixNano": 1_000_000_000});
    check(r#"{"timeUnixNano": 0, "observedTimeUnixNano": "1000000000"}"#, &observed);
    let warning = json!({"levelno": 30, "levelname": "WARNING", "severityNumber": 14});
    check(r#"{"severityNumber": 14}"#, &warning);
    check(r#"{"severityNumber": "SEVERITY_NUMBER_WARN2"}"#, &warning);
    check(r#"{"severityNumber": 25}"#, &json!({"severityNumber": 25}));
    let named = json!({"levelname": "Notice", "levelno": 20, "severityText": "Notice"});
    check(r#"{"severityText": "Notice"}"#, &named);
    let traced = json!({"traceId": "5b8efff7", "log_uid": "5b8efff7"});
    check(r#"{"traceId": "5B8EFFF7", "spanId": "0000000000000000"}"#, &traced);
    check(
        r#"{"body": {"doubleValue": "Infinity"}}"#,
        &json!({"message": "\"Infinity\"", "body": {"$numberDouble": "Infinity"}}),
    );
    check(r#"{"body": {"intValue": "17"}}"#, &json!({"message": "17", "body": 17}));
    check(r#"{"body": {"string_value": "a\u0000b"}}"#, &json!({"message": "a\0b"}));
    check(
        r#"{"eventName": "rate.missing", "unknown": [{}]}"#,
        &json!({"message": "rate.missing", "eventName": "rate.missing"}),
    );
}

/// As the Collector reads it from a file.
#[test]
fn a_line_says_its_time_where_its_sender_does_not() {
    fn check(record: &str, expect: &str) {
        let [record] = <[_; 1]>::try_from(records(&Rules::default(), export(record).as_bytes())).unwrap();
        assert_eq!(record.time().to_string(), expect);
    }
    let line = r#""body": {"stringValue": "2026-11-25 23:19:01,123 ERROR boom"}"#;
    check(&format!("{{{line}}}"), "2026-11-25T23:19:01.123000Z");
    for level in ["", r#""severityNumber": 9, "#] {
        check(
            &format!(r#"{{"observedTimeUnixNano": "1795648742000000000", {level}{line}}}"#),
            "2026-11-25T23:19:01.123000Z",
        );
        check(&format!(r#"{{"timeUnixNano": "1795648742000000000", {level}{line}}}"#), "2026-11-25T23:19:02.000000Z");
    }
}

#[test]
fn attributes_get_the_names_of_python() {
    fn check(attribute: &str, value: &Json, name: &str) {
        let value = if value.is_i64() { json!({"intValue": value}) } else { json!({"stringValue": value}) };
        let record = json!({"attributes": [{"key": attribute, "value": value}]}).to_string();
        let record = Decoded::of(export(&record).as_bytes()).record();
        let (_, expect) = value.as_object().unwrap().iter().next().unwrap();
        assert_eq!((&record[name], record.get(attribute)), (expect, None), "{attribute}");
    }
    check("exception.stacktrace", &json!("Traceback"), "exc_text");
    check("code.file.path", &json!("orders.py"), "pathname");
    check("code.filepath", &json!("orders.py"), "pathname");
    check("code.function.name", &json!("place"), "funcName");
    check("code.function", &json!("place"), "funcName");
    check("code.line.number", &json!(17), "lineno");
    check("code.lineno", &json!(17), "lineno");
    check("thread.id", &json!(1), "thread");
    check("thread.name", &json!("main"), "threadName");
}

#[test]
fn the_uid_of_an_attribute_is_preferred_to_the_trace() {
    let record = r#"{"traceId": "5b8e", "attributes": [{"key": "log_uid", "value": {"stringValue": "u"}}]}"#;
    let record = Decoded::of(export(record).as_bytes()).record();
    assert_eq!((&record["log_uid"], &record["traceId"]), (&json!("u"), &json!("5b8e")));
}

#[test]
fn a_broken_log_record_is_quarantined_with_its_resource_and_scope() {
    let whole = r#"{"body": {"stringValue": "whole"}}"#;
    for broken in [r#"{"timeUnixNano": "noon"}"#, r#"{"attributes": [7]}"#, "17"] {
        let decoded = Decoded::of(export(&format!("{whole}, {broken}")).as_bytes());
        assert_eq!(decoded.messages(), [Ok("whole"), Err("bad_otlp")]);
        let raw = &decoded.items[1].raw;
        assert_eq!(Decoded::of(raw).messages(), [Err("bad_otlp")], "the quarantined bytes are an export");
    }
    let mut scope = Vec::new();
    write_field(&mut scope, 2, &wire(3, b"whole"));
    write_field(&mut scope, 2, &wire(3, b"\xff"));
    let decoded = Decoded::of(&wire(1, &[wire(3, b"schema"), wire(2, &scope)].concat()));
    assert_eq!(decoded.messages(), [Ok(""), Err("bad_otlp")]);
    let alone = wire(1, &[wire(3, b"schema"), wire(2, &wire(2, &wire(3, b"\xff")))].concat());
    assert_eq!(decoded.items[1].raw, alone);
}

#[test]
fn a_broken_export_is_quarantined_whole() {
    fn check(payload: &str) {
        assert_eq!(Decoded::of(payload.as_bytes()).reason(payload.as_bytes()), "bad_otlp", "{payload}");
    }
    check(&export("{}").replace("]}", ""));
    check(r#"{"resourceLogs": [{"scopeLogs": 7}]}"#);
    check(&format!(r#"{{"resourceLogs": [{}, 7]}}"#, r#"{"scopeLogs": [{"logRecords": [{}]}]}"#));
    let decoded = Decoded::of(&wire(1, &wire(2, &wire(2, b""))));
    assert_eq!(decoded.messages(), [Ok("")]);
    let cut = &fixture!("python.pb")[..100];
    assert_eq!(Decoded::of(cut).reason(cut), "unknown_format");
}

#[test]
fn an_export_of_nothing_is_ignored() {
    for nothing in [r#"{"resourceLogs": []}"#, r#"{"resourceLogs": [{"scopeLogs": [{}]}]}"#] {
        let decoded = Decoded::of(nothing.as_bytes());
        assert_eq!((decoded.items.len(), decoded.ignored), (0, 1));
    }
}

#[test]
fn exports_follow_each_other() {
    let two =
        format!("{}\n{}\n", export(r#"{"body": {"stringValue": "a"}}"#), export(r#"{"body": {"stringValue": "b"}}"#));
    let decoded = Decoded::of(two.as_bytes());
    assert_eq!(decoded.messages(), [Ok("a"), Ok("b")]);
    assert_eq!(decoded.items[1].index, 1);
}

/// Returns a protobuf message with one field.
fn wire(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    write_field(&mut message, number, bytes);
    message
}

#[test]
fn values_that_nest_too_deep_are_kept_as_encoded() {
    let mut in_json = r#"{"intValue": 1}"#.to_owned();
    let mut in_protobuf = vec![0x18, 1];
    for _ in 0..10_000 {
        in_json = format!(r#"{{"arrayValue": {{"values": [{in_json}]}}}}"#);
    }
    for _ in 0..1_000 {
        in_protobuf = wire(5, &wire(1, &in_protobuf));
    }
    let json = Decoded::of(export(&format!(r#"{{"body": {in_json}}}"#)).as_bytes()).record();
    let protobuf = Decoded::of(&wire(1, &wire(2, &wire(2, &wire(5, &in_protobuf))))).record();
    for record in [&json, &protobuf] {
        let mut value = &record["body"];
        let mut depth = 1;
        while value.is_array() {
            value = &value[0];
            depth += 1;
        }
        assert_eq!(depth, MAX_DEPTH);
        assert!(
            value.as_str().is_some_and(|text| text.starts_with(r#"[{"arrayValue""#)) || value["$binary"].is_object()
        );
    }
}
