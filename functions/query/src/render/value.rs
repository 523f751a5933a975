//! A BSON value as plain JSON, without BSON's type names.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bson::{Bson, DateTime, Decimal128, RawBsonRef, RawDocument};
use jiff::Timestamp;
use serde::ser::{Error, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A BSON value that serialises as plain JSON, straight from its bytes.
///
/// | BSON | JSON |
/// |---|---|
/// | int32, int64, double, decimal128 | a number with all its digits |
/// | NaN and the infinities, which JSON lacks | `"NaN"`, `"Infinity"`, `"-Infinity"` |
/// | date | RFC 3339 in UTC with milliseconds; past the year 9999 the milliseconds since 1970, a number |
/// | binary | base64 |
/// | `ObjectId` | its 24 hexadecimal digits |
/// | timestamp | `{"t": seconds, "i": ordinal}` |
/// | regular expression | `/pattern/options` |
/// | code, symbol | its text; code with scope `{"code": …, "scope": …}` |
/// | undefined | null |
/// | min key, max key and DB pointer, which no log record has | its name |
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a>(pub(crate) RawBsonRef<'a>);

/// The fields of a BSON document in their order.
struct Fields<'a>(&'a RawDocument);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            RawBsonRef::Null | RawBsonRef::Undefined => serializer.serialize_unit(),
            RawBsonRef::Boolean(value) => serializer.serialize_bool(value),
            RawBsonRef::Int32(number) => serializer.serialize_i32(number),
            RawBsonRef::Int64(number) => serializer.serialize_i64(number),
            RawBsonRef::Double(number) if number.is_finite() => serializer.serialize_f64(number),
            RawBsonRef::Double(number) => serializer.serialize_str(not_finite(number)),
            RawBsonRef::Decimal128(number) => decimal(number, serializer),
            RawBsonRef::String(text) | RawBsonRef::Symbol(text) | RawBsonRef::JavaScriptCode(text) => {
                serializer.serialize_str(text)
            }
            RawBsonRef::Document(document) => Fields(document).serialize(serializer),
            RawBsonRef::Array(array) => {
                let mut list = serializer.serialize_seq(None)?;
                for value in array {
                    list.serialize_element(&Value(value.map_err(S::Error::custom)?))?;
                }
                list.end()
            }
            RawBsonRef::DateTime(date) => self::date(date, serializer),
            RawBsonRef::Binary(binary) => serializer.serialize_str(&BASE64_STANDARD.encode(binary.bytes)),
            RawBsonRef::ObjectId(id) => serializer.collect_str(&id),
            RawBsonRef::Timestamp(timestamp) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("t", &timestamp.time)?;
                map.serialize_entry("i", &timestamp.increment)?;
                map.end()
            }
            RawBsonRef::RegularExpression(regex) => {
                serializer.collect_str(&format_args!("/{}/{}", regex.pattern.as_str(), regex.options.as_str()))
            }
            RawBsonRef::JavaScriptCodeWithScope(code) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("code", code.code)?;
                map.serialize_entry("scope", &Fields(code.scope))?;
                map.end()
            }
            other => serializer.collect_str(&Bson::try_from(other).map_err(S::Error::custom)?),
        }
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in self.0 {
            let (name, value) = field.map_err(S::Error::custom)?;
            map.serialize_entry(name.as_str(), &Value(value))?;
        }
        map.end()
    }
}

fn not_finite(number: f64) -> &'static str {
    match number {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    }
}

/// Writes the canonical text of the number: a JSON number with all its digits.
fn decimal<S: Serializer>(number: Decimal128, serializer: S) -> Result<S::Ok, S::Error> {
    let text = number.to_string();
    match serde_json::from_str::<&RawValue>(&text) {
        Ok(digits) => digits.serialize(serializer),
        Err(_) => serializer.serialize_str(&text),
    }
}

fn date<S: Serializer>(date: DateTime, serializer: S) -> Result<S::Ok, S::Error> {
    let millis = date.timestamp_millis();
    match Timestamp::from_millisecond(millis) {
        Ok(time) => serializer.collect_str(&format_args!("{time:.3}")),
        Err(_) => serializer.serialize_i64(millis),
    }
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;
    use bson::spec::BinarySubtype;
    use bson::{Binary, Bson, DateTime, JavaScriptCodeWithScope, RawDocumentBuf, Regex, Timestamp, doc};

    use super::Value;

    fn json(value: impl Into<Bson>) -> String {
        let document = RawDocumentBuf::try_from(&doc! { "value": value.into() }).unwrap();
        serde_json::to_string(&Value(document.get("value").unwrap().unwrap())).unwrap()
    }

    fn decimal(text: &str) -> String {
        json(Bson::Decimal128(text.parse().unwrap()))
    }

    #[test]
    fn every_type_is_plain_json() {
        fn check(value: impl Into<Bson>, expect: &str) {
            assert_eq!(json(value), expect);
        }
        check(Bson::Null, "null");
        check(true, "true");
        check("Größe \"\n\u{1}", r#""Größe \"\n\u0001""#);
        check(doc! { "b": 1, "a": { "": [1, "x", null, {}] } }, r#"{"b":1,"a":{"":[1,"x",null,{}]}}"#);
        check(Vec::<Bson>::new(), "[]");
        check(DateTime::from_millis(1_795_163_739_165), r#""2026-11-20T08:35:39.165Z""#);
        check(DateTime::from_millis(0), r#""1970-01-01T00:00:00.000Z""#);
        check(DateTime::from_millis(-1), r#""1969-12-31T23:59:59.999Z""#);
        check(DateTime::MAX, "9223372036854775807");
        check(Binary { subtype: BinarySubtype::Generic, bytes: b"\0\xFF~".to_vec() }, r#""AP9+""#);
        check(ObjectId::from_bytes([0xAB; 12]), r#""abababababababababababab""#);
        check(Bson::Timestamp(Timestamp { time: 7, increment: 8 }), r#"{"t":7,"i":8}"#);
        check(Bson::JavaScriptCode("f()".to_owned()), r#""f()""#);
        check(Bson::Symbol("s".to_owned()), r#""s""#);
        check(Bson::Undefined, "null");
        check(Bson::MinKey, r#""MinKey""#);
        check(Bson::MaxKey, r#""MaxKey""#);
        let pattern = Regex { pattern: "a/b".try_into().unwrap(), options: "i".try_into().unwrap() };
        check(Bson::RegularExpression(pattern), r#""/a/b/i""#);
        let code = JavaScriptCodeWithScope { code: "f(x)".to_owned(), scope: doc! { "x": 1 } };
        check(Bson::JavaScriptCodeWithScope(code), r#"{"code":"f(x)","scope":{"x":1}}"#);
    }

    #[test]
    fn numbers_keep_their_digits() {
        fn check(value: impl Into<Bson>, expect: &str) {
            assert_eq!(json(value), expect);
        }
        check(i32::MIN, "-2147483648");
        check(i64::MAX, "9223372036854775807");
        check(0.1, "0.1");
        check(5.0, "5.0");
        check(-0.0, "-0.0");
        check(1e300, "1e+300");
        check(1_795_163_739.165_953, "1795163739.165953");
        check(f64::NAN, r#""NaN""#);
        check(f64::INFINITY, r#""Infinity""#);
        check(f64::NEG_INFINITY, r#""-Infinity""#);
    }

    #[test]
    fn decimals_keep_their_digits() {
        fn check(text: &str, expect: &str) {
            assert_eq!(decimal(text), expect);
        }
        check("18446744073709551615", "18446744073709551615");
        check("9999999999999999999999999999999999", "9999999999999999999999999999999999");
        check("-1.10", "-1.10");
        check("0.000001", "0.000001");
        check("1E-7", "1E-7");
        check("1E+6144", "1.000000000000000000000000000000000E+6144");
        check("-0", "-0");
        check("NaN", r#""NaN""#);
        check("Infinity", r#""Infinity""#);
        check("-Infinity", r#""-Infinity""#);
    }
}
