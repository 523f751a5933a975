use serde_json::{Value as Json, json};

use crate::testing::Decoded;

/// Checks the record of a payload that needs repair, without its message.
#[track_caller]
fn check(payload: &[u8], expect: &Json) {
    let mut record = Decoded::of(payload).record();
    let fields = record.as_object_mut().unwrap();
    fields.remove("message");
    assert_eq!(record, *expect, "{}", payload.escape_ascii());
}

#[test]
fn what_is_nearly_json_is_read() {
    fn check(text: &str, expect: &Json) {
        super::tests::check(text.as_bytes(), expect);
    }
    check(r#"{"a": 1,}"#, &json!({"a": 1}));
    check(r#"{"a": [1, 2,], "b": {"c": 1,},}"#, &json!({"a": [1, 2], "b": {"c": 1}}));
    check(
        r"{'a': 'it\'s', 'b': True, 'c': None, 'd': (1, 2), 'e': [False]}",
        &json!({"a": "it's", "b": true, "c": null, "d": [1, 2], "e": [false]}),
    );
    check(r#"{'a': "it's", 'b': 'say "hi"'}"#, &json!({"a": "it's", "b": "say \"hi\""}));
    check(
        "{'at': datetime.datetime(2026, 11, 24, 21, 8), 'o': <Foo object at 0x7f>}",
        &json!({"at": "2026-11-24T21:08:00", "o": "<Foo object at 0x7f>"}),
    );
    check(
        "{'a': datetime.datetime(2026, 11, 24, 21, 8, 12, 5, tzinfo=datetime.timezone.utc), 'b': datetime.date(2026, 11, 24), 'c': Decimal('1.20'), 'd': UUID('f2db72ca-718a-424d-81d3-7859031af002'), 'e': np.float64(1.5)}",
        &json!({"a": "2026-11-24T21:08:12.000005+00:00", "b": "2026-11-24", "c": 1.2, "d": "f2db72ca-718a-424d-81d3-7859031af002", "e": 1.5}),
    );
    check(
        "{'a': datetime.datetime(2026, 11, 24, 16, 8, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=68400), 'EST')), 'b': ValueError('x, y'), 'c': Point(x=1, y=2), 'd': datetime.timedelta(seconds=5)}",
        &json!({"a": "2026-11-24T16:08:00-05:00", "b": "ValueError('x, y')", "c": "Point(x=1, y=2)", "d": "datetime.timedelta(seconds=5)"}),
    );
    check("{'a': OrderedDict([('x', 1), ('y', [1, 2])]), 'b': set()}", &json!({"a": {"x": 1, "y": [1, 2]}, "b": []}));
    // Whose offset is not known.
    check(
        "{'a': datetime.datetime(2026, 7, 1, 8, 0, tzinfo=zoneinfo.ZoneInfo(key='Europe/Berlin'))}",
        &json!({"a": "datetime.datetime(2026, 7, 1, 8, 0, tzinfo=zoneinfo.ZoneInfo(key='Europe/Berlin'))"}),
    );
    check(r#"{"agent": "Zend\x5CHttp\x22Client", "ü": "\xC3\xA4"}"#, &json!({"agent": "Zend\\Http\"Client", "ü": "ä"}));
    check(r#"{"path": "C:\Users\new\temp", "re": "\d+"}"#, &json!({"path": "C:\\Users\\new\\temp", "re": "\\d+"}));
    check(r#"{"a": "it\'s"}"#, &json!({"a": "it's"}));
    check(
        r#"{"a": inf, "b": -inf, "c": nan}"#,
        &json!({"a": {"$numberDouble": "Infinity"}, "b": {"$numberDouble": "-Infinity"}, "c": {"$numberDouble": "NaN"}}),
    );
    check(r#"{"a": +5, "b": 007}"#, &json!({"a": 5, "b": "007"}));
    check(r#"{a: 1, "b": abc}"#, &json!({"a": 1, "b": "abc"}));
    check(r#"{"a"=>1, :b=>"x", "c"=>nil}"#, &json!({"a": 1, "b": "x", "c": null}));
    check(r#"{\"a\": 1, \"b\": \"say \\\"hi\\\"\"}"#, &json!({"a": 1, "b": "say \"hi\""}));
    check(r"{\x22a\x22: 1, \x22b\x22: \x22\xC3\xA4 \x5C\x22hi\x5C\x22\x22}", &json!({"a": 1, "b": "ä \"hi\""}));
    check(r"{\u0022a\u0022: 1}", &json!({"a": 1}));
    check("{u'a': u'b', u'c': 10L, b'd': [u'e']}", &json!({"a": "b", "c": 10, "d": ["e"]}));
    check(
        "{'a': {1, 2}, 'b': {'x', \"it's\"}, 'c': {(1, 2)}, 'd': [{'e'}], 'f': {}, 'g': frozenset({'h', 'i'})}",
        &json!({"a": [1, 2], "b": ["x", "it's"], "c": [[1, 2]], "d": [["e"]], "f": {}, "g": ["h", "i"]}),
    );
}

#[test]
fn what_node_prints_is_read() {
    fn check(text: &str, expect: &Json) {
        super::tests::check(text.as_bytes(), expect);
    }
    check(
        "{\n  a: 'b',\n  at: 2026-11-24T21:08:12.123Z,\n  n: 10n,\n  never: Invalid Date\n}",
        &json!({"a": "b", "at": "2026-11-24T21:08:12.123Z", "n": 10, "never": "Invalid Date"}),
    );
    check(
        "{ a: [Error: can't, [b]], f: [Function: g], h: [Object], i: [Circular *1], j: [class A extends B], k: [AsyncFunction (anonymous)] }",
        &json!({
            "a": "[Error: can't, [b]]", "f": "[Function: g]", "h": "[Object]", "i": "[Circular *1]", "j": "[class A extends B]",
            "k": "[AsyncFunction (anonymous)]"
        }),
    );
    check(
        "{\n  x: TypeError: no card\n      at charge (a.js:1:2)\n      at b.js:3:4 {\n    code: 'E'\n  },\n  e: [Error: x] { code: 7 },\n  b: 1\n}",
        &json!({
            "x": "TypeError: no card\n      at charge (a.js:1:2)\n      at b.js:3:4 {\n    code: 'E'\n  }",
            "e": "[Error: x] { code: 7 }", "b": 1
        }),
    );
    check(
        "{\n  x: Error: x\n      at b.js:3:4,\n  a: [\n    1, 2,\n    ... 98 more items\n  ],\n  text: 'one\\n' +\n    'two',\n  t: `it's \"x\"`\n}",
        &json!({"x": "Error: x\n      at b.js:3:4", "a": [1, 2, "... 98 more items"], "text": "one\ntwo", "t": "it's \"x\""}),
    );
    check("{ a: /b,\\/c/gi, d: /usr/bin/x, e: [ /f/ ] }", &json!({"a": "/b,\\/c/gi", "d": "/usr/bin/x", "e": ["/f/"]}));
    check("{ a: [True, None], b: [ 'x' ], [Symbol(c)]: 1 }", &json!({"a": [true, null], "b": ["x"], "[Symbol(c)]": 1}));
}

#[test]
fn what_node_prints_of_classes_is_read_and_kept() {
    let text = "{ m: Map(2) { 'a' => 1, 2 => [ 'b' ] }, s: Set(2) { 'x', { y: 1 } }, o: Foo { a: 1 }, u: Uint8Array(2) [ 1, 2 ], n: [Object: null prototype] { a: 1 }, r: <ref *1> Bar(1) [Map] { a: 1 }, p: Promise { <pending> } }";
    let mut record = Decoded::of(text.as_bytes()).record();
    let fields = record.as_object_mut().unwrap();
    fields.remove("message");
    assert_eq!(
        record,
        json!({
            "m": {"a": 1, "2": ["b"]}, "s": ["x", {"y": 1}], "o": {"a": 1}, "u": [1, 2], "n": {"a": 1}, "r": {"a": 1},
            "p": ["<pending>"], "sent": {"payload": text}
        })
    );
}

#[test]
fn what_a_repair_drops_is_kept() {
    fn check(text: &str, expect: &Json) {
        let mut record = Decoded::of(text.as_bytes()).record();
        assert_eq!(record["sent"].take(), json!({"payload": text}));
        assert_eq!(record["a"], *expect);
    }
    check(r#"{"a": undefined}"#, &Json::Null);
    check(r#"{"a": -, "b": 1}"#, &Json::Null);
    check(r#"{"a":,"b":1}"#, &Json::Null);
    check(r#"{/* one */"a": 1}"#, &json!(1));
    check(r#"{"a": "say "hi" now"}"#, &json!("say \"hi\" now"));
    check("{'a': OrderedDict({'x': 1}), 'b': defaultdict(<class 'list'>, {'y': [1]})}", &json!({"x": 1}));
    check("{'a': <HTTPStatus.OK: 200>}", &json!(200));
    check("{'a': <Color.RED: 'red'>}", &json!("red"));
    check("{'a': <LogLevel.ERROR: 40>}", &json!("ERROR"));
    check("{'a': PosixPath('/x')}", &json!("/x"));
    check(r#"{"a": "x" "b": 1}"#, &json!("x"));
    check(r#"{"a": 1 "b": true "c": {"d": 2} "e": "f"}"#, &json!(1));
    check(r#"{"a": "x",, "b": 1,}"#, &json!("x"));
    check(r#"{"a": "{"b": "c"}", "d": 1}"#, &json!(r#"{"b": "c"}"#));
    check(r#"{"a": "say "hi", he said", "b": 1}"#, &json!("say \"hi\", he said"));
}

#[test]
fn what_is_cut_off_or_something_else_is_not_repaired() {
    for payload in [
        r#"{"a": 1"#,
        r#"{"a": "b"#,
        r#"{"a": 1, "b"#,
        r#"{"a""#,
        r"{'a': 'b",
        r#"{"a": 1, bad}"#,
        "{",
        r#"{"a": some words}"#,
        r#"{"a" "b"}"#,
        "{u'a': u'b",
        r"{\x22a\x22: 1",
        "{'a': {'b', 'c'",
        "{'a': [Error: x",
        "{'a', 'b'}",
    ] {
        assert_eq!(Decoded::of(payload.as_bytes()).reason(payload.as_bytes()), "bad_json", "{payload}");
    }
}

#[test]
fn other_encodings_are_read() {
    let object = json!({"a": 1});
    check(b"eyJhIjogMSwgImIiOiAyfQ==", &json!({"a": 1, "b": 2}));
    check(b"eyJhIjogMSwg\nImIiOiAyfQ", &json!({"a": 1, "b": 2}));
    check(br#"b'{"a": 1}'"#, &object);
    check(br#""{\"a\": 1}""#, &object);
    let utf16 = |unit: fn(u16) -> [u8; 2]| "{\"a\": 1}".encode_utf16().flat_map(unit).collect::<Vec<_>>();
    let (little, big) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
    check(&little, &object);
    check(&big, &object);
    check(&[&[0xFF, 0xFE], &little[..]].concat(), &object);
    check(&[&[0xFE, 0xFF], &big[..]].concat(), &object);
    // A schema registry's header.
    check(&[&[0x03, 0x00], &[7; 16][..], b"{\"a\": 1}"].concat(), &object);
    check(&[&[0x00, 0, 0, 0, 7], &b"{\"a\": 1}"[..]].concat(), &object);
}

#[test]
fn a_word_is_not_taken_for_base64() {
    for word in ["aaaaaaaaaaaaaaaaaaaaaaaa", "abc/def/ghi/jkl/mno/pqr"] {
        assert_eq!(Decoded::of(word.as_bytes()).record(), json!({ "message": word }));
    }
}
