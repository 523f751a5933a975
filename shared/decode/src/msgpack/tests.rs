use serde_json::{Value as Json, json};

use super::MAX_DEPTH;
use crate::testing::Decoded;

const TYPES: &[u8] = include_bytes!("../../../../tests/fixtures/msgpack/types.msgpack");

fn binary(base64: &str) -> Json {
    json!({"$binary": {"base64": base64, "subType": "00"}})
}

#[test]
fn every_type_is_kept() {
    let expect = json!({
        "message": "every type",
        "nil": null,
        "yes": true,
        "integers": [
            0, -1, 127, 128, -128, 65536, i32::MIN, i64::MAX, i64::MIN, {"$numberDecimal": "18446744073709551615"}
        ],
        "float": 0.1,
        "text": format!("Größe {}", "x".repeat(300)),
        "bin": binary("AP8="),
        "ext": {"type": 5, "data": binary("YWI=")},
        "moment": "2026-11-20T08:35:39.165953000Z",
        "map": {
            "1": "one",
            "false": "yes",
            "nil": "no",
            "1.5": "half",
            "long": (0..20).map(|number| (number.to_string(), number.into())).collect::<serde_json::Map<_, _>>(),
        },
        "list": (0..20).collect::<Vec<_>>(),
    });
    // One after the other.
    assert_eq!(Decoded::of(TYPES).records(), [expect.clone(), expect]);
}

#[test]
fn inexact_values_are_also_kept_as_sent() {
    assert_eq!(
        Decoded::of(b"\x82\xa7message\xa2\xffx\xa1a\x91\xa1\xfe").record(),
        json!({
            "message": "\u{fffd}x",
            "a": ["\u{fffd}"],
            "sent": {"message": binary("p21lc3NhZ2Wi/3g="), "a": binary("oWGRof4=")},
        })
    );
}

#[test]
fn a_tag_that_is_not_text_is_also_kept_as_sent() {
    let record = Decoded::of(b"\x93\xa1\xff\x01\x80").record();
    assert_eq!(
        record,
        json!({"message": "tag=\u{fffd}", "tag": "\u{fffd}", "created": 1.0, "sent": {"tag": binary("/w==")}})
    );
}

#[test]
fn values_that_nest_too_deep_are_kept_as_bytes() {
    let nested = |depth: usize| [b"\x81\xa1a", &vec![0x91; depth - 1][..], b"\x01"].concat();
    let depth_of = |record: &Json| {
        let mut value = &record["a"];
        let mut depth = 1;
        while value.is_array() {
            value = &value[0];
            depth += 1;
        }
        (depth, value.clone())
    };
    assert_eq!(depth_of(&Decoded::of(&nested(MAX_DEPTH)).record()), (MAX_DEPTH, json!(1)));
    assert_eq!(depth_of(&Decoded::of(&nested(MAX_DEPTH + 1)).record()), (MAX_DEPTH, binary("kQE=")));
    let (depth, rest) = depth_of(&Decoded::of(&nested(100_000)).record());
    assert_eq!(depth, MAX_DEPTH);
    assert!(rest["$binary"]["base64"].as_str().unwrap().ends_with("kQE="));
}

#[test]
fn values_that_are_not_records_are_quarantined_alone() {
    fn check(payload: &[u8], expect: &[Result<&str, (&str, &[u8])>]) {
        let decoded = Decoded::of(payload);
        let sink = decoded.items.iter().zip(decoded.messages());
        let found: Vec<_> =
            sink.map(|(item, message)| message.map_err(|reason| (reason, item.raw.as_slice()))).collect();
        assert_eq!(found, expect, "{}", payload.escape_ascii());
    }
    check(b"\x80\x80\n", &[Ok(""), Ok("")]);
    check(b"\x80\x91\x01\x80", &[Ok(""), Err(("bad_msgpack", b"\x91\x01")), Ok("")]);
    check(b"\x81\x91\x01\x02\x80", &[Err(("bad_msgpack", b"\x81\x91\x01\x02")), Ok("")]);
    check(b"\x93\x01\x01\x80\x80", &[Err(("bad_msgpack", b"\x93\x01\x01\x80")), Ok("")]);
    check(b"\x93\xa1t\xc0\x80", &[Err(("bad_msgpack", b"\x93\xa1t\xc0\x80"))]);
    check(b"\x93\xa1t\x01\x90", &[Err(("bad_msgpack", b"\x93\xa1t\x01\x90"))]);
    // A broken value has no known end.
    check(b"\x80\x01\x80", &[Ok(""), Err(("bad_msgpack", b"\x01\x80"))]);
    check(b"\x80\x81\xa1a\xc1\x80", &[Ok(""), Err(("bad_msgpack", b"\x81\xa1a\xc1\x80"))]);
    check(b"\x80\x81\xa1a", &[Ok(""), Err(("bad_msgpack", b"\x81\xa1a"))]);
}

#[test]
fn a_false_length_is_harmless() {
    for payload in [
        &b"\xdf\xff\xff\xff\xff"[..],
        b"\x81\xa1a\xdb\xff\xff\xff\xff",
        b"\x81\xa1a\xdd\xff\xff\xff\xff",
        b"\x81\xa1a\xc6\xff\xff\xff\xff",
        b"\x81\xa1a\xc9\xff\xff\xff\xff\x01",
        b"\x81\xdb\xff\xff\xff\xff",
    ] {
        assert_eq!(Decoded::of(payload).reason(payload), "bad_msgpack", "{}", payload.escape_ascii());
    }
}

#[test]
fn a_reserved_name_is_kept_under_sent() {
    assert_eq!(Decoded::of(b"\x81\xa6source\x91\x01").record(), json!({"message": "", "sent": {"source": [1]}}));
}
