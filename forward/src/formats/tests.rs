mod filed;
mod loki;
mod messages;

use std::slice;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Lines, read};
use crate::entry::{Encoding, Format, Identity, Stored, StoredAt};

const ARRIVED_US: i64 = 1_795_163_739_250_000;

/// An entry without bytes.
fn stored(format: Format) -> Stored<'static> {
    Stored {
        arrived_us: ARRIVED_US,
        input: "in",
        format,
        encoding: Encoding::Plain,
        identity: Identity::Seed(7),
        peer: "127.0.0.1",
        tag: "",
        options: "",
        payload: b"",
        place: StoredAt::default(),
    }
}

/// A record without its id, which has tests of its own.
pub(super) fn records(format: Format, payload: &[u8]) -> Vec<Value> {
    let entry = Stored { payload, ..stored(format) };
    let mut out = Vec::new();
    let mut lines = Lines::new(entry, &mut out);
    read(&entry, &mut lines);
    let count = lines.records();
    let records: Vec<Value> = out
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(index, line)| {
            let mut record: Value = serde_json::from_slice(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
            let id = record.as_object_mut().unwrap().remove("record_id").unwrap();
            if id.as_str().is_some_and(|id| id.len() > 32) {
                assert_eq!(id, format!("{:032x}-{index}", 7));
            }
            record
        })
        .collect();
    assert_eq!(count, records.len() as u64);
    records
}

fn received(mut record: Value) -> Value {
    record["received_at"] = json!("2026-11-20T08:35:39.250000Z");
    record
}

fn unreadable(reason: &str, text: &str) -> Value {
    received(json!({
        "name": "logbraid.forward",
        "levelname": "WARNING",
        "message": format!("the forwarder cannot read this: {reason}"),
        "unreadable": text,
        "input": "in",
        "peer": "127.0.0.1",
    }))
}

#[test]
fn json_lines_are_kept_as_they_are_written() {
    fn check(text: &str, expect: &[Value]) {
        assert_eq!(records(Format::JsonLines, text.as_bytes()), expect, "{text}");
    }
    check("", &[]);
    check("\r\n\n", &[]);
    check("{\"a\":1,\"timestamp\":5}\n", &[json!({"a": 1, "timestamp": 5})]);
    check("{ \"time\" : 5 }\r\n{\"time\":6}", &[json!({"time": 5}), json!({"time": 6})]);
    check("{\n  \"a\": [\n1],\n\"ts\":1\n}\n", &[json!({"a": [1], "ts": 1})]);
    check(
        "[{\"ts\":1},\n{\"ts\":2}, \"x\"]",
        &[json!({"ts": 1}), json!({"ts": 2}), received(json!({"message": "\"x\""}))],
    );
    check("{}", &[received(json!({}))]);
    // What is not JSON is a message, and stops nothing.
    let torn = received(json!({"message": "{\"a\":"}));
    check(
        "{\"a\":\n{\"ts\":1}\nGET / 200\n17 apples\n",
        &[torn, json!({"ts": 1}), received(json!({"message": "GET / 200"})), received(json!({"message": "17 apples"}))],
    );
}

#[test]
fn numbers_and_order_stay_as_the_sender_wrote_them() {
    let entry = Stored {
        arrived_us: 0,
        input: "",
        format: Format::JsonLines,
        encoding: Encoding::Plain,
        identity: Identity::Seed(0),
        peer: "",
        tag: "shop",
        options: "",
        payload: b"{\"z\":12345678901234567890.10,\"a\":1e400,\"created\":1.50,\"record_id\":\"own\"}\n",
        place: StoredAt::default(),
    };
    let mut out = Vec::new();
    read(&entry, &mut Lines::new(entry, &mut out));
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "{\"z\":12345678901234567890.10,\"a\":1e400,\"created\":1.50,\"record_id\":\"own\",\"tag\":\"shop\"}\n"
    );
}

#[test]
fn bytes_that_are_not_text_are_kept_alone() {
    let records = records(Format::JsonLines, b"{\"ts\":1}\n{\"ts\":\"\xff\"}\n{\"ts\":3}\n");
    assert_eq!([&records[0], &records[2]], [&json!({"ts": 1}), &json!({"ts": 3})]);
    assert_eq!(records[1]["unreadable_base64"], "eyJ0cyI6Iv8ifQ==");
}

#[test]
fn bulk_bodies_are_read() {
    let body = "{\"create\":{\"_index\":\"logs\"}}\n{\"@timestamp\":1}\n{\"index\":{}}\n{\"ts\":2}\n\
                {\"delete\":{\"_id\":\"1\"}}\n{\"update\":{}}\n{\"doc\":{\"a\":1},\"ts\":3}\n{\"ts\":4}\n{\"create\":{}}\n";
    assert_eq!(
        records(Format::Bulk, body.as_bytes()),
        [
            json!({"@timestamp": 1, "_index": "logs"}),
            json!({"ts": 2}),
            json!({"doc": {"a": 1}, "ts": 3}),
            json!({"ts": 4}),
            unreadable("an action without a document", "{\"create\":{}}"),
        ]
    );
    // The index of the path is that of actions without one.
    let mut out = Vec::new();
    let payload = b"{\"create\":{\"_index\":\"logs\"}}\n{\"ts\":1}\n{\"index\":{}}\n{\"ts\":2}\n";
    let entry = Stored { options: "app", payload, ..stored(Format::Bulk) };
    read(&entry, &mut Lines::new(entry, &mut out));
    let found: Vec<Value> =
        out.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!([&found[0]["_index"], &found[1]["_index"]], ["logs", "app"]);
}

#[test]
fn every_mode_of_fluentds_protocol_is_read() {
    fn check(payload: &[u8], expect: &[Value]) {
        assert_eq!(records(Format::Forward, payload), expect, "{}", payload.escape_ascii());
    }
    let record = b"\x81\xa1a\x01";
    let seconds = b"\xce\x6b\x00\x00\x00";
    let event_time = b"\xd7\x00\x6b\x00\x00\x00\x00\x00\x00\x07";
    let plain = json!({"a": 1, "tag": "t", "created": 1_795_162_112.0});
    let exact = json!({"a": 1, "tag": "t", "timeUnixNano": 1_795_162_112_000_000_007_u64});
    // Message, also with options; Forward; PackedForward as str and bin; with and without EventTime.
    check(&[b"\x93\xa1t", &seconds[..], record].concat(), slice::from_ref(&plain));
    check(&[b"\x94\xa1t", &event_time[..], record, b"\x80"].concat(), slice::from_ref(&exact));
    let entry = [b"\x92", &event_time[..], record].concat();
    check(&[b"\x92\xa1t\x92", &entry[..], &entry[..]].concat(), &[exact.clone(), exact.clone()]);
    let bin = [b"\x93\xa1t\xc4", &[u8::try_from(entry.len()).unwrap()][..], &entry, b"\x81\xa4size\x01"].concat();
    check(&bin, slice::from_ref(&exact));
    let str = [b"\x92\xa1t", &[0xA0 | u8::try_from(entry.len()).unwrap()][..], &entry].concat();
    check(&str, slice::from_ref(&exact));
    // Two messages, and a sign of life between them.
    check(&[&str[..], b"\xc0", &str].concat(), &[exact.clone(), exact.clone()]);
    // Fluent Bit's metadata.
    let inner = [b"\x92\x92", &event_time[..], b"\x81\xa1m\xc3", record].concat();
    let mut with = exact.clone();
    with["metadata"] = json!({"m": true});
    check(&[b"\x92\xa1t\x91", &inner[..]].concat(), &[with]);
    let inner = [b"\x92\x92", &event_time[..], b"\x80", record].concat();
    check(&[b"\x92\xa1t\x91", &inner[..]].concat(), slice::from_ref(&exact));
    // A record's own time and tag are preferred.
    let own = b"\x82\xa9timestamp\x05\xa3tag\xa1x";
    check(&[b"\x93\xa1t", &seconds[..], own].concat(), &[json!({"timestamp": 5, "tag": "x"})]);
    // A record that is a text is a message.
    let text = json!({"message": "hi", "tag": "t", "created": 1_795_162_112.0});
    check(&[b"\x93\xa1t", &seconds[..], b"\xa2hi"].concat(), &[text]);
    // A broken entry costs itself.
    let broken = [b"\x92\xa1t\x92", &b"\x92\xc0\x80"[..], &entry[..]].concat();
    let found = records(Format::Forward, &broken);
    assert_eq!(found[0]["message"], "the forwarder cannot read this: a time expected at byte 2");
    assert_eq!(found[1], exact);
}

#[test]
fn compressed_entries_are_read() {
    use std::io::Write as _;
    let entry = b"\x92\x01\x81\xa1a\x01";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(entry).unwrap();
    let mut packed = gzip.finish().unwrap();
    // Fluentd writes a member for each part of a chunk.
    packed.extend(packed.clone());
    let length = u8::try_from(packed.len()).unwrap();
    let payload = [b"\x93\xa1t\xc4", &[length][..], &packed, b"\x81\xaacompressed\xa4gzip"].concat();
    let expect = json!({"a": 1, "tag": "t", "created": 1.0});
    assert_eq!(records(Format::Forward, &payload), [expect.clone(), expect.clone()]);
    // Fluentd 1.19 has zstd, too.
    let mut packed = zstd::encode_all(&entry[..], 1).unwrap();
    packed.extend(packed.clone());
    let length = u8::try_from(packed.len()).unwrap();
    let payload = [b"\x93\xa1t\xc4", &[length][..], &packed, b"\x81\xaacompressed\xa4zstd"].concat();
    assert_eq!(records(Format::Forward, &payload), [expect.clone(), expect]);
}

#[test]
fn a_byte_order_mark_is_no_text() {
    let lines = b"\xef\xbb\xbf{\"ts\":1}\r\n{\"ts\":2}";
    assert_eq!(records(Format::JsonLines, lines), [json!({"ts": 1}), json!({"ts": 2})]);
    assert_eq!(records(Format::JsonLines, b"\xef\xbb\xbfhello\n")[0]["message"], "hello");
    assert!(records(Format::JsonLines, b"\xef\xbb\xbf\n").is_empty());
}

#[test]
fn values_of_msgpack_become_json() {
    let payload = b"\x93\xa1t\x01\x88\x01\xc0\xc2\xc3\xa1f\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00\xa1b\xc4\x01\xff\xa1u\xc4\x01x\xa1e\xd4\x05\x01\xa1l\x92\xa1\xff\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xa1m\x81\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00\x81\x2a\x80";
    assert_eq!(
        records(Format::Forward, payload),
        [json!({
            "1": null, "false": true, "f": "NaN", "b": "/w==", "u": "x", "e": {"type": 5, "data": "AQ=="},
            "l": ["\u{fffd}", u64::MAX], "m": {"1.5": {"42": {}}}, "tag": "t", "created": 1.0,
        })]
    );
    let deep = [b"\x93\xa1t\x01\x81\xa1a", &vec![0x91; 100_000][..], b"\x01"].concat();
    assert_eq!(records(Format::Forward, &deep).len(), 1);
}

proptest! {
    #[test]
    fn whatever_comes_every_line_is_json(bytes in prop::collection::vec(any::<u8>(), 0..300), format in 0..Format::ALL.len()) {
        records(Format::ALL[format], &bytes);
    }

    #[test]
    fn whatever_text_comes_every_line_is_json(text in "[\\{\\}\\[\\]\",:a1 \\n]{0,40}") {
        for format in [Format::JsonLines, Format::Bulk, Format::Loki] {
            records(format, text.as_bytes());
        }
    }
}
