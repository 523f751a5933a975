use serde_json::{Value as Json, json};

use crate::testing::Decoded;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/cloudwatch/", $name)).as_slice()
    };
}

const ID: &str = "79b4f56e-95b1-4643-9700-2807f4e68189";

#[test]
fn a_lambdas_lines_are_filed() {
    insta::assert_json_snapshot!(Decoded::of(fixture!("lambda.json.gz")).records());
}

#[test]
fn a_control_message_is_ignored() {
    let decoded = Decoded::of(fixture!("control.json.gz"));
    assert_eq!((decoded.items.len(), decoded.ignored), (0, 1));
    let nothing = message("").replace(r#"{"id":"e","timestamp":1795163739000,"message":""}"#, "");
    let decoded = Decoded::of(nothing.as_bytes());
    assert_eq!((decoded.items.len(), decoded.ignored), (0, 1));
}

/// Returns a subscription's message with one log event.
fn message(text: &str) -> String {
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"/ecs/shop","logStream":"s","subscriptionFilters":[],"logEvents":[{{"id":"e","timestamp":1795163739000,"message":{}}}]}}"#,
        Json::from(text)
    )
}

/// Returns the fields that a log event's message becomes, without those of its envelope.
fn read(text: &str) -> Json {
    let mut record = Decoded::of(message(text).as_bytes()).record();
    let fields = record.as_object_mut().unwrap();
    let cloudwatch = fields.remove("cloudwatch").unwrap();
    assert_eq!(
        cloudwatch,
        json!({"log_group": "/ecs/shop", "log_stream": "s", "owner": "1", "id": "e", "timestamp": 1_795_163_739_000_i64, "filters": []})
    );
    if fields["service"] == "shop" {
        fields.remove("service");
    }
    if fields["created"] == 1_795_163_739.0 {
        fields.remove("created");
    }
    record
}

#[test]
fn a_json_message_has_its_own_fields() {
    fn check(text: &str, expect: &Json) {
        assert_eq!(read(text), *expect, "{text}");
    }
    check(r#"{"message": "m", "n": 1}"#, &json!({"message": "m", "n": 1}));
    check(" {\"message\": \"m\"}\n", &json!({"message": "m"}));
    check(r#"{"message": "m", "created": 5.5}"#, &json!({"message": "m", "created": 5.5}));
    check(
        r#"{"message": "m", "service": "own", "name": "a.b"}"#,
        &json!({"message": "m", "service": "own", "name": "a.b"}),
    );
    // The log group is preferred to a logger's name.
    check(r#"{"message": "m", "name": "root"}"#, &json!({"message": "m", "name": "root"}));
    // Not an object, or not a complete one.
    for text in [r#"{"message": "m""#, "[1]", "{", "{} {}", "17", "\"text\""] {
        check(text, &json!({ "message": text }));
    }
}

#[test]
fn lines_of_lambda_are_parsed() {
    fn check(line: &str, expect: &Json) {
        assert_eq!(read(line), *expect, "{line}");
    }
    let (time, seconds) = ("2026-11-20T08:35:39.165Z", 1_795_163_739.165);
    check(
        &format!("END RequestId: {ID}\n"),
        &json!({"message": format!("END RequestId: {ID}"), "request_id": ID, "log_uid": ID}),
    );
    check("START RequestId: none", &json!({"message": "START RequestId: none"}));
    check("START RequestId: \u{e9}\u{e9}", &json!({"message": "START RequestId: \u{e9}\u{e9}"}));
    let written = json!({
        "message": "a\tb", "levelname": "ERROR", "levelno": 40, "created": seconds, "request_id": ID, "log_uid": ID
    });
    check(&format!("[ERROR]\t{time}\t{ID}\ta\tb\n"), &written);
    check(&format!("{time}\t{ID}\tERROR\ta\tb"), &written);
    let outside = json!({"message": "m", "levelname": "INFO", "levelno": 20, "created": seconds});
    check(&format!("[INFO]\t{time}\t\tm"), &outside);
    check(&format!("{time}\tundefined\tINFO\tm"), &outside);
    let info = json!({"message": "[INFO] m", "levelname": "INFO", "levelno": 20});
    check("[INFO] m", &info);
    for text in [format!("{time}\t{ID}\tm"), format!("{time} {ID} m")] {
        check(&text, &json!({"message": text, "created": seconds, "request_id": ID, "log_uid": ID}));
    }
}

#[test]
fn a_broken_log_event_is_quarantined_with_its_envelope() {
    let two = message("whole").replace("}]}", r#"},{"id":"f","timestamp":"noon","message":"m"}]}"#);
    let decoded = Decoded::of(two.as_bytes());
    assert_eq!(decoded.messages(), [Ok("whole"), Err("bad_cloudwatch")]);
    assert_eq!(Decoded::of(&decoded.items[1].raw).messages(), [Err("bad_cloudwatch")]);
    assert!(String::from_utf8_lossy(&decoded.items[1].raw).contains(r#""logGroup":"/ecs/shop""#));
}

#[test]
fn a_broken_message_is_quarantined_whole() {
    fn check(payload: &str) {
        assert_eq!(Decoded::of(payload.as_bytes()).reason(payload.as_bytes()), "bad_cloudwatch", "{payload}");
    }
    check(&message("m").replace("}]}", "}"));
    check(r#"{"messageType":"DATA_MESSAGE","logEvents":7}"#);
    check(r#"{"messageType":"DATA_MESSAGE"}"#);
    check(r#"{"messageType":"DATA_MESSAGE","logGroup":7,"logEvents":[]}"#);
}

#[test]
fn messages_follow_each_other() {
    let decoded = Decoded::of([message("a"), message("b")].concat().as_bytes());
    assert_eq!(decoded.messages(), [Ok("a"), Ok("b")]);
}
