use std::ops::ControlFlow;

use bson::{Bson, RawDocumentBuf};
use proptest::prelude::*;
use record::{DocumentWriter, Rules, WorkBudget};
use serde_json::{Value as Json, json};

use super::scan::{MAX_DEPTH, Scanner};
use crate::Sink;
use crate::sink::DecodedItem;

/// Returns the document that a JSON object becomes, as relaxed Extended JSON.
fn read(text: &str) -> Result<Json, String> {
    let mut writer = DocumentWriter::with_capacity(text.len());
    let mut scanner = Scanner::new(text);
    scanner.peek();
    let read = scanner.inner_object(&mut writer, 1);
    read.map_err(|error| error.to_string())?;
    let document = RawDocumentBuf::from_bytes(writer.finish()).unwrap();
    Ok(Bson::Document(document.try_into().unwrap()).into_relaxed_extjson())
}

#[test]
fn values_are_read_like_serde_json() {
    fn check(value: &str) {
        let text = format!(r#"{{"v": {value}}}"#);
        assert_eq!(read(&text), Ok(serde_json::from_str(&text).unwrap()), "{value}");
    }
    for value in ["null", "true", "false", "{}", "[]", "[1, [2, {\"a\": []}], null]", r#"{"a": {"b": "c"}, "d": 1}"#] {
        check(value);
    }
    for value in ["0", "-1", "123456789012345678", "9223372036854775807", "-9223372036854775808"] {
        check(value);
    }
    for value in ["0.0", "-0.0", "1.5e300", "1E-7", "0.1", "2.2250738585072014e-308", "1795163739.165953", "1e23"] {
        check(value);
    }
    for value in [r#""""#, r#""Größe""#, r#""\"\\\/\b\f\n\r\t""#, r#""\u00e9\ud83d\ude00x""#, r#""a\u0000b""#] {
        check(value);
    }
}

#[test]
fn json_beyond_the_standard_is_read() {
    fn check(value: &str, expect: &Json) {
        assert_eq!(read(&format!(r#"{{"v":{value}}}"#)), Ok(json!({"v": expect})), "{value}");
    }
    check("NaN", &json!({"$numberDouble": "NaN"}));
    check("Infinity", &json!({"$numberDouble": "Infinity"}));
    check("-Infinity", &json!({"$numberDouble": "-Infinity"}));
    check("18446744073709551615", &json!({"$numberDecimal": "18446744073709551615"}));
    check(r#""\ud800""#, &json!("\u{fffd}"));
    check(r#""\ud800\u0041""#, &json!("\u{fffd}A"));
    check("\"line\nbreak\"", &json!("line\nbreak"));
}

#[test]
fn the_error_says_where_and_why() {
    fn check(text: &str, expect: &str) {
        assert_eq!(read(text), Err(expect.to_owned()), "{text}");
    }
    check(r#"{"a": 1"#, "`,` or `}` expected at byte 7");
    check(r#"{"a" 1}"#, "`:` expected at byte 5");
    check(r"{a: 1}", "a field's name in quotes expected at byte 1");
    check(r#"{"a": 1,}"#, "a field's name in quotes expected at byte 8");
    check(r#"{"a": [1 2]}"#, "`,` or `]` expected at byte 9");
    check(r#"{"a": [1,]}"#, "a value expected at byte 9");
    check(r#"{"a": 01}"#, "a number expected at byte 6");
    check(r#"{"a": 1.}"#, "a number expected at byte 6");
    check(r#"{"a": -}"#, "a number expected at byte 6");
    check(r#"{"a": nul}"#, "a value expected at byte 6");
    check(r#"{"a": "x}"#, "the end of a string expected at byte 9");
    check(r#"{"a": "\x"}"#, "one of \"\\/bfnrtu expected at byte 8");
    check(r#"{"a": "\u12g4"}"#, "four hexadecimal digits expected at byte 9");
}

/// Returns the bytes of each item of a payload, and whether it is a record.
fn items_of(payload: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let mut items = Vec::new();
    let rules = Rules::default();
    let mut on_item = |item: DecodedItem<'_, '_>| {
        assert_eq!(item.index as usize, items.len());
        items.push((item.raw.to_vec(), item.draft.is_ok()));
        ControlFlow::Continue(())
    };
    super::decode(payload, &mut Sink::new(&rules, &WorkBudget::unlimited(), &mut on_item));
    items
}

#[test]
fn a_payload_holds_one_record_or_many() {
    fn check(payload: &str, expect: &[(&str, bool)]) {
        let items = items_of(payload.as_bytes());
        let items: Vec<_> = items.iter().map(|(raw, is_record)| (str::from_utf8(raw).unwrap(), *is_record)).collect();
        assert_eq!(items, expect, "{payload}");
    }
    check("{}", &[("{}", true)]);
    check("\u{feff} {} ", &[("{}", true)]);
    // One a line: with and without a newline at the end, with blank lines, with the line ends of Windows.
    check("{\"a\":1}\n{\"b\":2}", &[("{\"a\":1}", true), ("{\"b\":2}", true)]);
    check("{}\r\n\r\n{}\r\n", &[("{}", true), ("{}", true)]);
    // One after the other.
    check("{}{} {}", &[("{}", true), ("{}", true), ("{}", true)]);
    check("{\n\"a\":\n1}{}", &[("{\n\"a\":\n1}", true), ("{}", true)]);
    // An array, several arrays, arrays in lines.
    check("[{}, {}]", &[("{}", true), ("{}", true)]);
    check("[{}]\n[{}]", &[("{}", true), ("{}", true)]);
    check("[]", &[("[]", false)]);
    check(r#"[{}, 1, "x", [{}], {}]"#, &[("{}", true), ("1", false), ("\"x\"", true), ("{}", true), ("{}", true)]);
    // A line of text between them.
    check("{}\nERROR\n{}", &[("{}", true), ("ERROR", true), ("{}", true)]);
    // A value that is not a record is quarantined, up to the next line that may be one.
    check("{\"a\":1} ERROR\n{}", &[("{\"a\":1}", true), ("ERROR\n", false), ("{}", true)]);
    // A text may begin like an object.
    check("{} started\n{app} started\n{}", &[("{} started", true), ("{app} started", true), ("{}", true)]);
    // Or like an array.
    check("[0] a\n[1, 2] b\n{}", &[("[0] a", true), ("[1, 2] b", true), ("{}", true)]);
    check("[\"a\"] b\n[] c\n[10.0.0.1]", &[("[\"a\"] b", true), ("[] c", true), ("[10.0.0.1]", true)]);
    check("[{app}] a", &[("[{app}] a", true)]);
    check("[1]\n[2, 3]", &[("1", false), ("2", false), ("3", false)]);

    check("{\"a\"}\n{}", &[("{\"a\"}\n", false), ("{}", true)]);
    // One that can be repaired is one.
    check("{\"a\":}\n{}", &[("{\"a\":}", true), ("{}", true)]);
    check("[{},]", &[("{}", true)]);
    // Framed by separators, commas and lengths.
    check("{}\0{}\0", &[("{}", true), ("{}", true)]);
    check("\u{1e}{}\n\u{1e}{}\n", &[("{}", true), ("{}", true)]);
    check("{},{}", &[("{}", true), ("{}", true)]);
    check("{},\n{},\n", &[("{}", true), ("{}", true)]);
    check("2 {}2 {}", &[("2 {}", true), ("2 {}", true)]);
    check("7 <34>abc5 <1>de", &[("7 <34>abc", true), ("5 <1>de", true)]);
    check("{}\n{\"a\": \"cut", &[("{}", true), ("{\"a\": \"cut", false)]);
    check("[{}, {\"a\":]\n{}", &[("{}", true), (", {\"a\":]\n", false), ("{}", true)]);
    check("[{} {}]", &[("{}", true), (" {}]", false)]);
}

#[test]
fn bytes_that_are_not_utf_8_are_kept() {
    let payload = b"{\"a\":\"\xff\"}\n{\"b\":\"\xc3\xa4\"}\n{\"c\":\xff}";
    let expect: [(&[u8], bool); 3] =
        [(b"{\"a\":\"\xff\"}", true), (b"{\"b\":\"\xc3\xa4\"}", true), (b"{\"c\":\xff}", false)];
    let items = items_of(payload);
    assert!(items.iter().map(|(raw, is_record)| (&raw[..], *is_record)).eq(expect), "{items:?}");
}

#[test]
fn values_that_nest_too_deep_are_kept_as_text() {
    let nested = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert_eq!(read(&nested(MAX_DEPTH)), Ok(serde_json::from_str(&nested(MAX_DEPTH)).unwrap()));
    let mut deep = &read(&nested(10_000)).unwrap()["a"];
    let mut depth = 1;
    while let Some(inner) = deep.get(0) {
        deep = inner;
        depth += 1;
    }
    let left = 10_000 - depth;
    assert_eq!((depth, deep), (MAX_DEPTH, &json!(format!("{}1{}", "[".repeat(left), "]".repeat(left)))));
}

/// Any JSON value, including awkward ones.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_filter("JSON has no such number", |float| float.is_finite()).prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map("[^\\x00$]*", inner, 0..6)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_as_serde_json_reads_it(value in any_json(), pretty: bool) {
        let object = json!({ "v": value });
        let text = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) }.unwrap();
        prop_assert_eq!(read(&text), Ok(object));
    }

    /// Every byte except white space and an array's punctuation is in some item.
    #[test]
    fn no_byte_is_skipped(payload in prop::collection::vec(prop::sample::select(&b"{}[]\",:\\ \na1-\xff\xc3\xa4"[..]), 0..60)) {
        let items = items_of(&payload);
        let kept = |bytes: &[u8]| bytes.iter().filter(|byte| !b" \n,[]".contains(byte)).count();
        prop_assert_eq!(items.iter().map(|(raw, _)| kept(raw)).sum::<usize>(), kept(&payload));
    }
}
