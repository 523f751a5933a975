//! Loki's push API, as JSON and as protobuf.

use serde_json::{Value, json};

use super::{Format, records, unreadable};

/// Returns a field of bytes; no test needs more than 127.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

/// Returns an entry: seconds, nanoseconds, a line, and the names and values of its metadata.
fn entry(seconds: u8, nanos: u8, line: &str, metadata: &[(&str, &str)]) -> Vec<u8> {
    let pair =
        |(name, value): &(&str, &str)| field(3, &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat());
    let time = field(1, &[0x08, seconds, 0x10, nanos]);
    [time, field(2, line.as_bytes()), metadata.iter().flat_map(pair).collect()].concat()
}

fn stream(labels: &str, entries: &[Vec<u8>]) -> Vec<u8> {
    let entries: Vec<u8> = entries.iter().flat_map(|entry| field(2, entry)).collect();
    // The hash of the labels, which some clients send.
    field(1, &[field(1, labels.as_bytes()), entries, vec![0x18, 0x07]].concat())
}

#[test]
fn lokis_lines_are_read() {
    let body = r#"{"streams":[{"stream":{"app":"shop"},"values":[
        ["1795163739250000000","hello"],["1","{\"a\":1}",{"trace_id":"7"}],["1","x",{}],[1]]},{"stream":[]},{"values":[["2","y"]]}]}"#;
    let expect = [
        json!({"message": "hello", "app": "shop", "timeUnixNano": 1_795_163_739_250_000_000_u64}),
        json!({"a": 1, "app": "shop", "metadata": {"trace_id": "7"}, "timeUnixNano": 1}),
        json!({"message": "x", "app": "shop", "timeUnixNano": 1}),
        unreadable("[time, line] expected", "[1]"),
        unreadable("invalid type: sequence, expected a map at line 1 column 0", r#"{"stream":[]}"#),
        json!({"message": "y", "timeUnixNano": 2}),
    ];
    assert_eq!(records(Format::Loki, body.as_bytes()), expect);
    assert_eq!(records(Format::Loki, b"{}")[0]["unreadable"], "{}");
}

#[test]
fn lokis_lines_are_read_from_protobuf_as_from_json() {
    fn check(payload: &[u8], expect: &[Value]) {
        assert_eq!(records(Format::LokiProtobuf, payload), expect, "{}", payload.escape_ascii());
    }
    check(b"", &[]);
    let shop = r#"{app="shop", env="prod"}"#;
    check(
        &[
            stream(shop, &[entry(7, 9, "hello", &[]), entry(7, 9, r#"{"a":1}"#, &[("trace_id", "7")])]),
            stream("no labels", &[entry(0, 1, "x", &[])]),
        ]
        .concat(),
        &[
            json!({"message": "hello", "app": "shop", "env": "prod", "timeUnixNano": 7_000_000_009_u64}),
            json!({"a": 1, "app": "shop", "env": "prod", "metadata": {"trace_id": "7"}, "timeUnixNano": 7_000_000_009_u64}),
            json!({"message": "x", "labels": "no labels", "timeUnixNano": 1}),
        ],
    );
    // A broken entry, a broken stream and a broken push.
    let torn = field(1, &field(2, b"\x12\x05x"));
    let kept = |reason: &str, bytes: &[u8]| unreadable(reason, std::str::from_utf8(bytes).unwrap());
    check(&torn, &[kept("invalid protobuf: a field ends too soon", b"\x12\x05x")]);
    check(&field(1, b"\x12\x05x"), &[kept("invalid protobuf: a field ends too soon", b"\x12\x05x")]);
    check(b"\x0a\x05x", &[kept("invalid protobuf: a field ends too soon", b"\x0a\x05x")]);
    // Before 1970.
    let early = [&[0x08][..], &[0xFF; 9], &[0x01]].concat();
    let early = field(1, &[field(1, b"{}"), field(2, &[field(1, &early), field(2, b"x")].concat())].concat());
    assert_eq!(records(Format::LokiProtobuf, &early)[0]["message"], "x");
}

/// What winston-loki 6 sends with `json: false`, without Snappy.
#[test]
fn a_push_of_a_real_client_is_read() {
    const PUSH: &[u8] = b"\x0a\x66\x0a\x31{level=\"error\",app=\"shop\",env=\"prod\",region=\"eu\"}\
        \x12\x31\x0a\x0c\x08\x81\xe9\xa1\xd8\x06\x10\x80\x8c\x84\xa4\x01\x12\x21order 18 failed {\"level\":\"error\"}";
    let expect = json!({
        "message": "order 18 failed {\"level\":\"error\"}",
        "level": "error",
        "app": "shop",
        "env": "prod",
        "region": "eu",
        "timeUnixNano": 1_795_716_225_344_000_000_u64,
    });
    assert_eq!(records(Format::LokiProtobuf, PUSH), [expect]);
}
