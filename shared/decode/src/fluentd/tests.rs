use serde_json::json;

use crate::testing::Decoded;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/fluentd/", $name)).as_slice()
    };
}

#[test]
fn an_entry_is_its_record_with_a_tag_and_a_time() {
    fn check(payload: &[u8], created: f64, exact: Option<i64>) {
        let mut expect = json!({
            "message": "order 17 placed",
            "levelname": "INFO",
            "levelno": 20,
            "log_uid": "6f1a4e0e",
            "order": {"id": 17, "lines": [1, 2.5]},
            "tag": "shop.orders",
            "created": created,
        });
        if let Some(exact) = exact {
            expect["timeUnixNano"] = exact.into();
        }
        assert_eq!(Decoded::of(payload).record(), expect);
    }
    check(fixture!("entry.json"), 1_795_163_739.0, None);
    check(fixture!("seconds.msgpack"), 1_795_163_739.0, None);
    check(fixture!("event_time.msgpack"), 1_795_163_739.25, Some(1_795_163_739_250_000_000));
    assert_eq!(Decoded::of(fixture!("two.msgpack")).messages(), [Ok("order 17 placed"); 2]);
}

#[test]
fn the_records_own_time_is_preferred() {
    fn check(payload: &[u8]) {
        let record = Decoded::of(payload).record();
        assert_eq!(record["created"], json!(1_795_163_738.5), "{}", payload.escape_ascii());
        assert_eq!(record["sent"]["time"], json!(1.0), "{}", payload.escape_ascii());
    }
    check(br#"["t", 1, {"created": 1795163738.5}]"#);
    check(br#"["t", 1, {"created": "1795163738.5"}]"#);
    check(b"\x93\xa1t\x01\x81\xa7created\xac1795163738.5");
}

#[test]
fn entries_follow_each_other() {
    let lines = b"[\"t\", 1, {\"message\": \"a\"}]\n[\"t\", 2.5, {\"message\": \"b\"}]\r\n\n{\"message\": \"c\"}";
    let decoded = Decoded::of(lines);
    assert_eq!(decoded.messages(), [Ok("a"), Ok("b"), Ok("c")]);
    assert_eq!(decoded.items.iter().map(|item| item.index).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn entries_follow_other_json() {
    let decoded = Decoded::of(
        b"{\"message\": \"a\"} [\"t\", 1, {\"message\": \"b\"}]\n[{\"message\": \"c\"}][\"t\"]{\"message\": \"d\"}",
    );
    assert_eq!(decoded.messages(), [Ok("a"), Ok("b"), Ok("c"), Err("bad_fluentd"), Ok("d")]);
    assert_eq!(decoded.items[1].raw, b"[\"t\", 1, {\"message\": \"b\"}]");
    // Bytes that are not UTF-8 are kept.
    let lossy = Decoded::of(b"{}[\"t\", 1, {\"message\": \"\xff\"}]");
    assert_eq!(lossy.messages()[1], Ok("\u{fffd}"));
    assert_eq!(lossy.items[1].raw, b"[\"t\", 1, {\"message\": \"\xff\"}]");
    assert!(lossy.items[1].document.as_ref().is_ok_and(|record| record["sent"]["payload"].is_object()));
}

#[test]
fn an_array_that_is_not_an_entry_is_quarantined() {
    fn check(payload: &str, expect: &str) {
        assert_eq!(Decoded::of(payload.as_bytes()).reason(payload.as_bytes()), expect, "{payload}");
    }
    check(r#"["t"]"#, "bad_fluentd");
    check(r#"["t", 1]"#, "bad_fluentd");
    check(r#"["t", 1, {}, {}]"#, "bad_fluentd");
    check(r#"["t", "1", {}]"#, "bad_fluentd");
    check(r#"["t", 1, []]"#, "bad_fluentd");
    check(r#"["t", 1, null]"#, "bad_fluentd");
    check(r#"["t", 1, {}"#, "bad_json");
}
