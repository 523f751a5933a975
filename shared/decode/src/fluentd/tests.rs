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
        b"{\"message\": \"a\"} [\"t\", 1, {\"message\": \"b\"}]\n[{\"message\": \"c\"}][\"t\", 1]{\"message\": \"d\"}",
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
    check(r#"["t", 1]"#, "bad_fluentd");
    check(r#"["t", 1, {}, {}, 1]"#, "bad_fluentd");
    check(r#"["t", "1", {}]"#, "bad_fluentd");
    check(r#"["t", 1, []]"#, "bad_fluentd");
    check(r#"["t", 1, null]"#, "bad_fluentd");
    check(r#"["t", 1, {}"#, "bad_json");
}

/// Returns messages, tags and times.
fn entries(payload: &[u8]) -> Vec<(String, Option<String>, f64)> {
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let entry = |record: &serde_json::Value| {
        (text(&record["message"]).unwrap(), text(&record["tag"]), record["created"].as_f64().unwrap())
    };
    Decoded::of(payload).records().iter().map(entry).collect()
}

#[test]
fn fluent_bits_entries_have_no_tag() {
    let expect = [("a".to_owned(), None, 1_795_554_492.5)];
    assert_eq!(entries(br#"[1795554492.5, {"message": "a"}]"#), expect);
    assert_eq!(entries(br#"[[1795554492.5, {}], {"message": "a"}]"#), expect);
    let event_time = b"\xd7\x00\x6b\x05\xfc\xbc\x1d\xcd\x65\x00";
    assert_eq!(entries(&[b"\x92", &event_time[..], b"\x81\xa7message\xa1a"].concat()), expect);
    assert_eq!(entries(&[b"\x92\x92", &event_time[..], b"\x80\x81\xa7message\xa1a"].concat()), expect);
    let with_metadata = [b"\x92\x92", &event_time[..], b"\x81\xa1k\x01\x81\xa7message\xa1a"].concat();
    assert!(Decoded::of(&with_metadata).record()["sent"]["metadata"].is_object());
}

#[test]
fn a_chunk_has_many_entries() {
    let expect = ["a", "b"].map(|message| (message.to_owned(), Some("t".to_owned()), 7.0));
    let packed = b"\x92\x07\x81\xa7message\xa1a\x92\x07\x81\xa7message\xa1b";
    let gzip = {
        let mut gzip = Vec::new();
        let mut encoder = flate2::bufread::GzEncoder::new(&packed[..], flate2::Compression::fast());
        std::io::Read::read_to_end(&mut encoder, &mut gzip).unwrap();
        gzip
    };
    let as_bytes =
        |bytes: &[u8]| [b"\x93\xa1t\xc4", &[u8::try_from(bytes.len()).unwrap()][..], bytes, b"\x80"].concat();
    assert_eq!(entries(&[b"\x92\xa1t\x92", &packed[..]].concat()), expect);
    assert_eq!(entries(&[b"\x93\xa1t\x92", &packed[..], b"\x81\xa4size\x02"].concat()), expect);
    assert_eq!(entries(&as_bytes(packed)), expect);
    assert_eq!(entries(&as_bytes(&gzip)), expect);
    assert_eq!(entries(br#"["t", [[7, {"message": "a"}], [7, {"message": "b"}]]]"#), expect);
    // A broken entry keeps its tag.
    let decoded = Decoded::of(b"\x92\xa1t\x92\x92\x07\x81\xa7message\xa1a\x92\x07\xa1x");
    assert_eq!(decoded.messages(), [Ok("a"), Err("bad_msgpack")]);
    assert_eq!(decoded.items[1].raw, b"\x92\xdb\x00\x00\x00\x01t\x91\x92\x07\xa1x");
    assert_eq!(Decoded::of(&decoded.items[1].raw).messages(), [Err("bad_msgpack")]);
}

#[test]
fn an_entrys_line_may_be_a_record() {
    let log = br#"{"msg": "m", "log_uid": "u-1"}"#;
    let payload = [b"\x93\xa3t.a\x07\x82\xa3log\xbe", &log[..], b"\xa1n\x01"].concat();
    let record = Decoded::of(&payload).record();
    assert_eq!((&record["message"], &record["log_uid"], &record["n"]), (&json!("m"), &json!("u-1"), &json!(1)));
    assert_eq!((&record["tag"], &record["log"]), (&json!("t.a"), &json!(null)), "{record:#}");
}
