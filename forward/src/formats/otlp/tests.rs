use serde_json::{Value, json};

use crate::entry::Format;
use crate::formats::tests::records;

/// Appends a field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()][..], bytes].concat()
}

fn fixed(number: u8, value: u64) -> Vec<u8> {
    [&[number << 3 | 1][..], &value.to_le_bytes()].concat()
}

fn entry(name: &str, value: &[u8]) -> Vec<u8> {
    [field(1, name.as_bytes()), field(2, value)].concat()
}

fn expected() -> Value {
    json!({
        "message": "paid",
        "timeUnixNano": 1_795_163_739_165_953_123_u64,
        "severityNumber": 17,
        "severityText": "ERROR",
        "traceId": "5b8e",
        "name": "shop.orders",
        "log_uid": "u7",
        "n": -2,
        "yes": true,
        "list": ["a", 1.5],
        "map": {"k": null},
        "resource": {"service.name": "orders"},
        "scope": {"name": "shop.orders"},
    })
}

#[test]
fn protobuf_is_read() {
    let text = |text: &str| field(1, text.as_bytes());
    let minus_two = [&[0x18, 0xFE][..], &[0xFF; 8], &[0x01]].concat();
    let list = field(5, &[field(1, &text("a")), field(1, &fixed(4, 1.5_f64.to_bits()))].concat());
    let map = field(6, &field(1, &entry("k", b"")));
    let record = [
        fixed(1, 1_795_163_739_165_953_123),
        vec![0x10, 17],
        field(3, b"ERROR"),
        field(5, &text("paid")),
        field(6, &entry("log_uid", &text("u7"))),
        field(6, &entry("n", &minus_two)),
        field(6, &entry("yes", &[0x10, 1])),
        field(6, &entry("list", &list)),
        field(6, &entry("map", &map)),
        field(9, &[0x5B, 0x8E]),
    ]
    .concat();
    let scope = [field(1, &field(1, b"shop.orders")), field(2, &record)].concat();
    let resource = field(1, &field(1, &entry("service.name", &text("orders"))));
    let export = [
        &[0x0A, u8::try_from(resource.len() + scope.len() + 3).unwrap() | 0x80, 0x01][..],
        &resource,
        &[0x12, u8::try_from(scope.len() - 128).unwrap() | 0x80, 0x01],
        &scope,
    ]
    .concat();
    assert_eq!(records(Format::OtlpProtobuf, &export), [expected()]);
    // An export that breaks off is kept whole.
    let found = records(Format::OtlpProtobuf, &export[..export.len() - 1]);
    assert_eq!(found[0]["message"], "the forwarder cannot read this: invalid protobuf: a field ends too soon");
}

#[test]
fn json_is_read_in_either_spelling() {
    let export = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"orders"}}]},
        "scopeLogs":[{"scope":{"name":"shop.orders"},"logRecords":[{"timeUnixNano":"1795163739165953123","severityNumber":17,
        "severityText":"ERROR","body":{"stringValue":"paid"},"traceId":"5B8E","attributes":[
        {"key":"log_uid","value":{"stringValue":"u7"}},{"key":"n","value":{"intValue":"-2"}},
        {"key":"yes","value":{"boolValue":true}},
        {"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"doubleValue":1.5}]}}},
        {"key":"map","value":{"kvlistValue":{"values":[{"key":"k"}]}}}]}]}]}]}"#;
    assert_eq!(records(Format::OtlpJson, export.as_bytes()), [expected()]);
    let snake = export.replace("resourceLogs", "resource_logs").replace("logRecords", "log_records");
    let snake = snake.replace("timeUnixNano", "time_unix_nano").replace("kvlistValue", "kvlist_value");
    assert_eq!(records(Format::OtlpJson, snake.as_bytes()), [expected()]);
    assert_eq!(records(Format::OtlpJson, b"{}")[0]["unreadable"], "{}");
}
