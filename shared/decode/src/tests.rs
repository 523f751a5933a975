use proptest::prelude::*;

use super::testing::{Decoded, Outcome};

/// One payload of each format, as its sender wrote it.
const CAPTURED: [(&str, &[u8]); 38] = [
    ("cloudwatch", include_bytes!("../../../tests/fixtures/cloudwatch/lambda.json.gz")),
    ("json", include_bytes!("../../../tests/fixtures/compressed/two_members.gz")),
    ("json", include_bytes!("../../../tests/fixtures/compressed/record.zlib")),
    ("json", include_bytes!("../../../tests/fixtures/compressed/two_frames.zst")),
    ("json", include_bytes!("../../../tests/fixtures/compressed/record.zst")),
    ("fluentd_json", include_bytes!("../../../tests/fixtures/fluentd/entry.json")),
    ("fluentd_msgpack", include_bytes!("../../../tests/fixtures/fluentd/two.msgpack")),
    ("msgpack", include_bytes!("../../../tests/fixtures/msgpack/types.msgpack")),
    ("json", include_bytes!("../../../tests/fixtures/kpl/hash_keys.kpl")),
    ("json", include_bytes!("../../../tests/fixtures/kpl/one.kpl")),
    ("otlp_json", include_bytes!("../../../tests/fixtures/otlp/everything.json")),
    ("otlp_protobuf", include_bytes!("../../../tests/fixtures/otlp/everything.pb")),
    // Written by hand, as their senders do.
    ("text", b"<34>1 2026-11-24T21:08:12.123Z gw su 7 ID47 [ex@1 a=\"b \\\" ]\"][o] 'su root' failed log_uid=u-7"),
    ("text", b"<34>Nov 24 21:08:12 gw su[7]: @cee: {\"a\": 1}"),
    ("text", b"10.0.0.1 - a [24/Nov/2026:21:08:12 +0000] \"GET / HTTP/1.1\" 200 12 \"-\" \"curl\""),
    ("text", b"2026-11-24 21:08:12,123 ERROR \x1b[31m[shop,5b8efff7,eee1] c.Foo : x\njava.lang.E: b\n\tat a.B(C.java:7)"),
    ("text", b"ts=2026-11-24T21:08:12Z level=error msg=\"it \\\"failed\\\"\" n=7 \n"),
    ("text", b"2026-11-24T21:08:12.123Z\t79b4f56e-95b1-4643-9700-2807f4e68189\tERROR\tInvoke Error \t{\"a\": {\"b\": \"{}\"}}"),
    ("text", b"[0] app: [[1795554492.123000000, {}], {\"log\"=>\"x \\\" y\", \"n\"=>[1, {\"a\"=>nil}]}]"),
    ("text", b"\x1b[2m2026-11-24T21:08:12Z\x1b[0m [\x1b[31m\x1b[1merror  \x1b[0m] x \x1b[36mrequest_id\x1b[0m=\x1b[35mu-7\x1b[0m"),
    ("text", b"level='info' event='it\\'s' tags=['a', {'b': (1, 2)}] o=<F o at 0x7> n=7"),
    ("text", b"[2026-11-24T21:08:12.123Z] \"GET / HTTP/1.1\" 503 UF 0 9 1 - \"-\" \"curl\" \"u-7\" \"shop\" \"10.0.0.1:80\""),
    ("text", b"[pid: 7|app: 0|req: 1/1] 10.0.0.1 () {2 vars} [Tue Nov 24 21:08:12 2026] GET / => x (HTTP/1.1 200) 2"),
    ("text", b"2026.11.24 21:08:12.123 [ 7 ] {79b4f56e-95b1-4643-9700-2807f4e68189} <Error> a: type=1 audit(1795554492.123:7): b"),
    ("text", b"[11/24/26, 21:08:12:123 UTC] 00000001 a.B   E X0001E: m\nTraceback (most recent call last):\n  File \"a\", line 1\nE: x"),
    ("text", b"2026-11-24-21.08.12.123456+060 I1E2     LEVEL: Error\n=CRASH REPORT==== 24-Nov-2026::21:08:12 ===\n11-24 21:08:12.1  1  2 E T: m"),
    ("text", b"[1:2:1124/210812.123456:ERROR:a.cc(7)] m\nN 4 S 26328 21:08:12.12 JOB1 IEF403I A B\n  1:20261124:210812.123 m\nI20261124-21:08:12.1(0)? m"),
    ("text", b"\xe2\x94\x8c Error: b\n\xe2\x94\x94 @ M a.jl:1\nTypeError: a\nb\n\n    at c (a.js:1:2)\n[#|2026-11-24T21:08:12Z|SEVERE|g|x|m|#]\n26/11/24 21:08:12 WARN a"),
    ("text", b"# Time: 2026-11-24T21:08:12Z\n# User@Host: b[b] @ c [10.0.0.1]  Id: 7\n# Query_time: 3.1\nSET timestamp=1795554492;\nSELECT\n1;\n# User@Host: b[b] @ c []\n"),
    ("text", b"info: m {\"service\":\"a\",\"stack\":\"E: b\\n    at c (d.js:1:2)\"} []\n2026-11-24 21:08:12.123 UTC,\"a\",\"b, \"\"c\",7,,,1,,,,0,ERROR,1,\"d\""),
    ("text", b"10.0.0.1,-,-,24/Nov/2026:21:08:12 +0000,GET,/,HTTP/1.1,500,12,u-7\nNov 24 21:08:12 gw haproxy[7]: m {a|b} \"GET / HTTP/1.1\" 7\nRequestId: 79b4f56e-95b1-4643-9700-2807f4e68189 Error: x\nRuntime.E\n"),
    ("json", b"{\"error\": \"E: x\", \"stack\": \"#0 a (b:1:2)\", \"extra\": {\"c\": {\"err\": {\"stack\": \"E\\n  at a (b:1)\"}}}, \"spans\": [{\"error\": \"e\"}]}"),
    ("json", b"{\n  a: 2026-11-24T21:08:12.123Z,\n  e: Error: x\n      at b.js:3:4 {\n    code: 'E'\n  },\n  m: Map(1) { 'a' => Set(1) { 1n } },\n  f: [Function: g],\n  s: 'a' +\n    'b'\n}"),
    ("json", b"{u'a': {'b', \"c\", (1, 2)}, u'd': 10L, 'e': {<F at 0x7>}}"),
    ("json", b"{\\x22a\\x22: \\x22\\x5C\\x22b\\x22, \\x22c\\x22: 1}"),
    ("json", b"{'a': (1, None, b'\\x22'), \"c\": \"say \"hi\"\", d: datetime(1, 2), /* x */ \"e\"=>\"C:\\Users\", \"f\":, }"),
    ("json", b"{\"log\": \"{\\\"log\\\": \\\"E1124 21:08:12.123456 1 a.go:7] {}\\\"}\", \"type\": \"function\", \"record\": \"x\"}"),
    ("fluentd_msgpack", b"\x93\xa1t\x92\x92\x92\x07\x81\xa1a\x01\x81\xa3log\xa8{\"a\": 1}\x92\x07\x80\x81\xa4size\x02"),
];

#[test]
fn each_format_is_recognised_by_its_bytes() {
    for (format, payload) in CAPTURED {
        let decoded = Decoded::of(payload);
        assert!(!decoded.items.is_empty());
        for Outcome { format: own, document, .. } in decoded.items {
            assert_eq!(own, Some(format));
            assert!(document.is_ok(), "{document:?}");
        }
    }
}

#[test]
fn a_payload_that_only_begins_like_a_format_is_quarantined_whole() {
    fn check(payload: &[u8], expect: &str) {
        assert_eq!(Decoded::of(payload).reason(payload), expect, "{}", payload.escape_ascii());
    }
    check(b"", "empty");
    check(b" \n", "empty");
    check(b"\x01hello", "unknown_format");
    check(b"\xff\xfe\x00binary", "unknown_format");
    check(b"x^2\x00", "bad_compression");
    check(b"\x1f\x8b", "bad_compression");
    check(b"\x28\xb5\x2f\xfd", "bad_compression");
    check(b"\xf3\x89\x9a\xc2", "unknown_format");
    check(b"\x0a\x00", "unknown_format");
    check(b"\x0a\xff", "unknown_format");
    check(b"\x94\xa1t\x01\x80", "bad_msgpack");
    check(b"\x95\xa1t\x01\x80\x80\x80", "unknown_format");
    check(b"\x92\xa1t\xa0", "bad_msgpack");
    check(b"\x00\x00\x00\x00\x07\nmhello", "unknown_format");
    check(b"\xdf\xff\xff\xff\xff", "bad_msgpack");
    check(br#"{"messageType":"DATA_MESSAGE"}"#, "bad_cloudwatch");
    check(br#"{"resourceLogs":[1]}"#, "bad_otlp");
    check(br#"["tag",1]"#, "bad_fluentd");
    check(br#"["tag"#, "bad_json");
}

#[test]
fn json_that_looks_like_another_format_is_json() {
    fn check(payload: &str) {
        assert_eq!(Decoded::of(payload.as_bytes()).items[0].format, Some("json"), "{payload}");
    }
    check(r#"{"messageType": "order placed"}"#);
    check(r#"{"message": 1, "messageType": "DATA_MESSAGE"}"#);
    check(r#"{"resourceLogs": 3}"#);
    check(r#"{"resourceSpans": []}"#);
    check("\n{\"a\": 1}");
    // Also a valid protobuf message: field 1 with all of the 123 bytes that follow.
    let member = format!("\n{{\n \"{}\": 1}}", "a".repeat(115));
    assert_eq!(member.len(), 125);
    check(&member);
}

#[test]
fn a_deeply_wrapped_payload_is_quarantined() {
    let gzip = |plain: &[u8]| {
        let mut packed = Vec::new();
        std::io::Read::read_to_end(
            &mut flate2::bufread::GzEncoder::new(plain, flate2::Compression::fast()),
            &mut packed,
        )
        .unwrap();
        packed
    };
    let wrapped = |times| (0..times).fold(b"{}".to_vec(), |plain, _| gzip(&plain));
    assert_eq!(Decoded::of(&wrapped(4)).messages(), [Ok("")]);
    let decoded = Decoded::of(&wrapped(5));
    assert_eq!(decoded.messages(), [Err("too_deep")]);
    assert_eq!(decoded.items[0].raw, gzip(b"{}"));
}

/// A captured payload with some bytes changed, its end cut off, or bytes inserted.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let flips = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    let insert = prop::collection::vec(any::<u8>(), 0..6);
    (0..CAPTURED.len(), flips, any::<prop::sample::Index>(), insert, any::<prop::sample::Index>()).prop_map(
        |(which, flips, cut, insert, at)| {
            let mut payload = CAPTURED[which].1.to_vec();
            for (position, byte) in flips {
                let position = position.index(payload.len());
                payload[position] = byte;
            }
            // Half of the payloads are not cut.
            payload.truncate((2 * cut.index(payload.len())).max(1));
            let at = at.index(payload.len());
            payload.splice(at..at, insert);
            payload
        },
    )
}

fn check_outcomes(payload: &[u8]) -> Result<(), TestCaseError> {
    let decoded = Decoded::of(payload);
    prop_assert!(!decoded.items.is_empty() || decoded.ignored > 0);
    let mut identities: Vec<_> = decoded.items.iter().map(|item| (item.sub_sequence, item.index)).collect();
    identities.sort_unstable();
    identities.dedup();
    prop_assert_eq!(identities.len(), decoded.items.len());
    prop_assert_eq!(Decoded::of(payload).items, decoded.items);
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_have_an_outcome(payload in prop::collection::vec(any::<u8>(), 0..300)) {
        check_outcomes(&payload)?;
    }

    #[test]
    fn any_bytes_after_a_formats_first_have_an_outcome(
        (_, captured) in prop::sample::select(CAPTURED.to_vec()),
        kept in 1..24_usize,
        rest in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let start = captured.get(..kept).unwrap_or(captured);
        check_outcomes(&[start, &rest].concat())?;
    }

    #[test]
    fn damaged_payloads_have_an_outcome(payload in damaged()) {
        check_outcomes(&payload)?;
    }
}
