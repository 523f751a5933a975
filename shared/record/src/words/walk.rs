//! Walks over the texts and numbers of a record's bytes.
//!
//! Ingest does this for each record. With bson's iterator, which checks each text for UTF-8, taking the words took more than
//! twice as long.

use wide::u8x16;

/// The types of BSON's elements: <https://bsonspec.org/spec.html>.
const DOUBLE: u8 = 0x01;
const STRING: u8 = 0x02;
const DOCUMENT: u8 = 0x03;
const ARRAY: u8 = 0x04;
const BINARY: u8 = 0x05;
const OBJECT_ID: u8 = 0x07;
const BOOLEAN: u8 = 0x08;
const DATE: u8 = 0x09;
const REGEX: u8 = 0x0B;
const DB_POINTER: u8 = 0x0C;
const CODE: u8 = 0x0D;
const SYMBOL: u8 = 0x0E;
const CODE_WITH_SCOPE: u8 = 0x0F;
const INT32: u8 = 0x10;
const TIMESTAMP: u8 = 0x11;
const INT64: u8 = 0x12;
const DECIMAL: u8 = 0x13;

/// The bytes of a length.
const LENGTH: usize = 4;

/// A text or a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Walked<'a> {
    /// The bytes of a text.
    Text(&'a [u8]),
    /// An integer of 32 or 64 bits.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// The bytes of a decimal number.
    Decimal([u8; 16]),
}

/// Which fields are passed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fields {
    /// Those of a record: all but those without words.
    OfRecord,
    /// Those of an object or a list in it.
    Within,
}

/// Hands each text and number of a record to `found`, at any depth. `None` if the bytes end too early.
pub(super) fn each_value<'a>(record: &'a [u8], found: &mut impl FnMut(Walked<'a>)) -> Option<()> {
    walk(record, Fields::OfRecord, found)
}

/// A stored document nests at most a hundred levels deep.
fn walk<'a>(document: &'a [u8], fields: Fields, found: &mut impl FnMut(Walked<'a>)) -> Option<()> {
    let mut rest = document.get(LENGTH..)?;
    while let Some((&element, after)) = rest.split_first().filter(|(element, _)| **element != 0) {
        let (name, after) = after.split_at_checked(name_length(after)?)?;
        let value = after.get(1..)?;
        let size = size(element, value)?;
        let (value, after) = value.split_at_checked(size)?;
        rest = after;
        if fields == Fields::OfRecord && is_without_words(name) {
            continue;
        }
        match element {
            STRING => found(Walked::Text(value.get(LENGTH..size.checked_sub(1)?)?)),
            DOCUMENT | ARRAY => walk(value, Fields::Within, found)?,
            INT32 => found(Walked::Integer(i32::from_le_bytes(value.try_into().ok()?).into())),
            INT64 => found(Walked::Integer(i64::from_le_bytes(value.try_into().ok()?))),
            DOUBLE => found(Walked::Float(f64::from_le_bytes(value.try_into().ok()?))),
            DECIMAL => found(Walked::Decimal(value.try_into().ok()?)),
            _ => {}
        }
    }
    Some(())
}

/// Returns how long the name is that these bytes begin with. A call for each of these few bytes took a sixth of the walk.
#[inline]
fn name_length(bytes: &[u8]) -> Option<usize> {
    let ends = bytes.first_chunk().map(|first| u8x16::new(*first).simd_eq(u8x16::ZERO).to_bitmask());
    match ends {
        Some(ends) if ends != 0 => usize::try_from(ends.trailing_zeros()).ok(),
        _ => memchr::memchr(0, bytes),
    }
}

/// Whether a field is one of [`WITHOUT_WORDS`](super::WITHOUT_WORDS). Comparing with each of them took a third of the walk.
fn is_without_words(name: &[u8]) -> bool {
    matches!(name, b"_id" | b"created" | b"msecs" | b"relativeCreated" | b"source" | b"thread" | b"time")
}

/// Returns how many bytes the value of an element takes.
fn size(element: u8, value: &[u8]) -> Option<usize> {
    let length = || usize::try_from(i32::from_le_bytes(*value.first_chunk()?)).ok();
    match element {
        STRING | CODE | SYMBOL => length()?.checked_add(LENGTH),
        DOCUMENT | ARRAY | CODE_WITH_SCOPE => length(),
        BINARY => length()?.checked_add(LENGTH + 1),
        DOUBLE | DATE | TIMESTAMP | INT64 => Some(8),
        OBJECT_ID => Some(12),
        BOOLEAN => Some(1),
        INT32 => Some(4),
        DECIMAL => Some(16),
        DB_POINTER => length()?.checked_add(LENGTH + 12),
        REGEX => {
            let pattern = memchr::memchr(0, value)? + 1;
            Some(pattern + memchr::memchr(0, value.get(pattern..)?)? + 1)
        }
        // Null, undefined, and the smallest and the largest key.
        _ => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;
    use bson::spec::BinarySubtype;
    use bson::{Binary, Bson, DateTime, Decimal128, JavaScriptCodeWithScope, RawDocumentBuf, Regex, Timestamp, doc};

    use super::{Walked, each_value, is_without_words};
    use crate::words::WITHOUT_WORDS;

    #[test]
    fn these_fields_have_no_words() {
        assert!(WITHOUT_WORDS.iter().all(|name| is_without_words(name.as_bytes())));
        assert_eq!(WITHOUT_WORDS.len(), 7);
        assert!(!["", "id", "Time", "times", "message"].iter().any(|name| is_without_words(name.as_bytes())));
    }

    #[test]
    fn every_type_is_walked_over() {
        let decimal: Decimal128 = "1.5".parse().unwrap();
        let scope = JavaScriptCodeWithScope { code: "f()".to_owned(), scope: doc! { "s": "no" } };
        let record = doc! {
            "_id": "no", "time": "no", "binary": Binary { subtype: BinarySubtype::Generic, bytes: vec![0, 2, 0] },
            "oid": ObjectId::from_bytes([2; 12]), "bool": true, "date": DateTime::from_millis(1), "null": Bson::Null,
            "regex": Regex { pattern: "a.b".try_into().unwrap(), options: "i".try_into().unwrap() },
            "code": Bson::JavaScriptCode("g()".to_owned()), "scope": scope, "symbol": Bson::Symbol("s".to_owned()),
            "timestamp": Timestamp { time: 1, increment: 2 }, "min": Bson::MinKey, "max": Bson::MaxKey,
            "undefined": Bson::Undefined, "empty": "", "text": "ü\0x", "int": 5, "long": -7_i64, "double": 0.5,
            "decimal": decimal, "list": [1, [2, { "time": "in" }], {}], "source": { "no": "no" },
        };
        let mut found = Vec::new();
        let record = RawDocumentBuf::try_from(&record).unwrap();
        each_value(record.as_bytes(), &mut |value| {
            found.push(match value {
                Walked::Text(text) => String::from_utf8_lossy(text).into_owned(),
                Walked::Integer(number) => number.to_string(),
                Walked::Float(number) => number.to_string(),
                Walked::Decimal(bytes) => Decimal128::from_bytes(bytes).to_string(),
            });
        })
        .unwrap();
        assert_eq!(found, ["", "ü\0x", "5", "-7", "0.5", "1.5", "1", "2", "in"]);
    }

    #[test]
    fn bytes_that_end_early_are_no_record() {
        let bytes = RawDocumentBuf::try_from(&doc! { "a": "text", "b": { "c": 1 } }).unwrap().into_bytes();
        for end in 0..bytes.len() - 1 {
            let _ = each_value(&bytes[..end], &mut |_| {});
        }
        assert_eq!(each_value(&bytes[..3], &mut |_| {}), None);
    }
}
