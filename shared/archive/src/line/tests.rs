//! Documents come back from their lines as they were.

use bson::raw::CString;
use bson::spec::BinarySubtype;
use bson::{
    Binary, DateTime, Decimal128, RawArrayBuf, RawBson, RawDocumentBuf, Regex, Timestamp, oid::ObjectId, rawdoc,
};
use proptest::prelude::*;

use super::{append, parse};

fn line(document: &RawDocumentBuf) -> String {
    let mut lines = Vec::new();
    append(document, &mut lines);
    let text = String::from_utf8(lines).unwrap();
    let read = parse(text.trim_end().as_bytes()).unwrap();
    assert_eq!(read.as_bytes(), document.as_bytes(), "{text}");
    text.trim_end_matches('\n').to_owned()
}

#[test]
fn a_record_is_a_line_of_canonical_extended_json() {
    fn check(document: &RawDocumentBuf, expect: &str) {
        assert_eq!(line(document), expect);
    }
    let id = ObjectId::from_bytes([7; 12]);
    check(
        &rawdoc! { "z": 1, "_id": id, "a": "é\n\"\u{1}" },
        r#"{"z":{"$numberInt":"1"},"_id":{"$oid":"070707070707070707070707"},"a":"é\n\"\u0001"}"#,
    );
    check(
        &rawdoc! { "long": i64::MIN, "date": DateTime::from_millis(-1), "no": null, "yes": true },
        r#"{"long":{"$numberLong":"-9223372036854775808"},"date":{"$date":{"$numberLong":"-1"}},"no":null,"yes":true}"#,
    );
    check(
        &rawdoc! { "d": [0.1, -0.0, 1e300, f64::NAN, f64::NEG_INFINITY], "o": { "": {} } },
        r#"{"d":[{"$numberDouble":"0.1"},{"$numberDouble":"-0.0"},{"$numberDouble":"1e300"},{"$numberDouble":"NaN"},{"$numberDouble":"-Infinity"}],"o":{"":{}}}"#,
    );
    check(
        &rawdoc! { "b": Binary { subtype: BinarySubtype::Uuid, bytes: vec![0, 255] } },
        r#"{"b":{"$binary":{"base64":"AP8=","subType":"04"}}}"#,
    );
    check(&rawdoc! {}, "{}");
}

/// Each would come back as something else, or not at all.
#[test]
fn what_has_no_exact_text_is_a_line_with_its_bytes() {
    let mut twice = rawdoc! { "a": 1 };
    twice.append(CString::try_from("$oid").unwrap(), "x");
    let mut deep = rawdoc! { "a": 1 };
    for _ in 0..180 {
        deep = rawdoc! { "a": deep };
    }
    // The keys of an array need not count from 0.
    let array = RawDocumentBuf::from_bytes(rawdoc! { "7": 1 }.into_bytes()).unwrap();
    let mut odd = rawdoc! { "a": array }.into_bytes();
    odd[4] = 4;
    let mut not_text = rawdoc! { "a": "xyz" }.into_bytes();
    let at = not_text.len() - 4;
    not_text[at] = 0xff;
    for document in [
        rawdoc! { "query": { "$date": "2026-11-20" } },
        rawdoc! { "query": { "$oid": "070707070707070707070707" } },
        rawdoc! { "query": { "$numberInt": "1" } },
        rawdoc! { "$bson": Binary { subtype: BinarySubtype::Generic, bytes: rawdoc! { "b": 2 }.into_bytes() } },
        rawdoc! { "n": f64::from_bits(0x7ff8_0000_0000_0001) },
        rawdoc! { "d": "1.10".parse::<Decimal128>().unwrap() },
        rawdoc! { "t": Timestamp { time: 1, increment: 2 } },
        rawdoc! { "r": RawBson::RegularExpression(Regex { pattern: "a".try_into().unwrap(), options: "i".try_into().unwrap() }) },
        deep,
        RawDocumentBuf::from_bytes(odd).unwrap(),
        RawDocumentBuf::from_bytes(not_text).unwrap(),
    ] {
        let text = line(&document);
        assert!(text.starts_with(r#"{"$bson":{"$binary":{"base64":""#), "{text}");
    }
    assert!(!line(&twice).contains("$bson"), "only the first field of an object names a type");
    assert!(!line(&rawdoc! { "$set": { "$oid": 1 }, "a": { "$foo": "x" } }).is_empty());
}

#[test]
fn what_is_not_a_line_is_refused() {
    fn check(line: &str, expect: &str) {
        let error = parse(line.as_bytes()).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(expect), "{line}: {cause}");
    }
    check("", "EOF");
    check("1", "canonical Extended JSON");
    check("[]", "a single value");
    check(r#"{"a":1}"#, "canonical Extended JSON");
    check(r#"{"a":{"$numberInt":"1","b":null}}"#, "a field beside the name of a type");
    check(r#"{"a":{"$numberInt":"x"}}"#, "invalid digit");
    check(r#"{"$bson":{"$binary":{"base64":"AAAA","subType":"00"}}}"#, "");
    check(r#"{"a":null"#, "EOF");
}

fn value() -> impl Strategy<Value = RawBson> {
    let leaf = prop_oneof![
        any::<i32>().prop_map(RawBson::Int32),
        any::<i64>().prop_map(RawBson::Int64),
        any::<u64>().prop_map(|bits| RawBson::Double(f64::from_bits(bits))),
        any::<bool>().prop_map(RawBson::Boolean),
        any::<i64>().prop_map(|millis| RawBson::DateTime(DateTime::from_millis(millis))),
        any::<[u8; 12]>().prop_map(|bytes| RawBson::ObjectId(ObjectId::from_bytes(bytes))),
        any::<String>().prop_map(RawBson::String),
        (any::<u8>(), any::<Vec<u8>>())
            .prop_map(|(subtype, bytes)| RawBson::Binary(Binary { subtype: subtype.into(), bytes })),
        Just(RawBson::Null),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = prop_oneof!["[a-z$. ]{0,6}", "\\$(oid|date|bson|binary|numberInt|numberDouble)"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|values| {
                let mut array = RawArrayBuf::new();
                for value in values {
                    array.push(value);
                }
                RawBson::Array(array)
            }),
            prop::collection::vec((name, inner), 0..6).prop_map(|fields| RawBson::Document(of(fields))),
        ]
    })
}

fn of(fields: Vec<(String, RawBson)>) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    for (name, value) in fields {
        document.append(CString::try_from(name).unwrap(), value);
    }
    document
}

proptest! {
    #[test]
    fn any_document_comes_back(fields in prop::collection::vec(("[a-z$._]{0,8}", value()), 0..8)) {
        line(&of(fields));
    }

    #[test]
    fn any_line_is_read_or_refused(text in "\\PC{0,60}|[{}\\[\\]\":,$a-z0-9]{0,60}") {
        let _ = parse(text.as_bytes());
    }
}
