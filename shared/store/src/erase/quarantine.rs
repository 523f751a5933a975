//! Removes payloads from the quarantine whose bytes have what is erased.

use std::borrow::Cow;
use std::pin::pin;

use futures_util::TryStreamExt as _;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{RawBsonRef, RawDocument};
use record::REFUSED_BY_MONGODB;

use super::{Erasable, Erasure, InBytes};
use crate::{Literal, QuarantineFilter, Store, StoreError};

/// What the bytes of gzip, zlib and zstd begin with.
const COMPRESSED: [&[u8]; 5] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd], &[0x78, 0x01], &[0x78, 0x9c], &[0x78, 0xda]];
/// What JSON begins an escape with.
const ESCAPE: u8 = b'\\';
/// How often a text may be JSON in a text of JSON.
const MAX_ESCAPED: usize = 3;
/// How deep a record is looked into. Ingest stores none that is deeper.
const MAX_DEPTH: usize = 200;
/// How many payloads are removed at once.
const AT_ONCE: usize = 500;
/// How many payloads are named that have it in their bytes.
const MAX_NAMED: usize = 5;

impl Store {
    /// Notes how many payloads have it, and how many may have it, as nobody can read them. Removes the first, if it is for real.
    pub(super) async fn erase_quarantined(
        &self,
        what: &Erasable,
        is_for_real: bool,
        erasure: &mut Erasure,
    ) -> Result<(), StoreError> {
        let (needles, mut ids): (_, Vec<ObjectId>) = (what.needles(), Vec::new());
        let mut entries = pin!(self.quarantined(&QuarantineFilter::default()).await?);
        while let Some(entry) = entries.try_next().await? {
            // What is not an entry of logbraid's is left alone.
            let Ok(view) = entry.read() else { continue };
            let look = look(what, &needles, view.reason, view.raw);
            if look == Look::InBytes && erasure.in_bytes.len() < MAX_NAMED {
                let (reason, arrived) = (view.reason.to_owned(), view.source.arrived);
                erasure.in_bytes.push(InBytes { id: view.id, reason, arrived });
            }
            match look {
                Look::Has | Look::InBytes => {
                    erasure.quarantined += 1;
                    ids.push(view.id);
                }
                Look::HasNot => {}
                Look::Unreadable => erasure.unreadable += 1,
            }
            if is_for_real && ids.len() >= AT_ONCE {
                self.remove_quarantined(&std::mem::take(&mut ids)).await?;
            }
        }
        if is_for_real {
            self.remove_quarantined(&ids).await?;
        }
        Ok(())
    }
}

/// What a look at a payload tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Look {
    /// A field of it is the value.
    Has,
    /// It has it somewhere in its bytes.
    InBytes,
    HasNot,
    /// It is compressed, or has other bytes than text.
    Unreadable,
}

/// A text that the bytes of a payload have.
struct Needle {
    text: String,
    /// Whether upper and lower case are different letters.
    is_exact: bool,
}

impl Needle {
    fn is_in(&self, bytes: &[u8]) -> bool {
        let text = self.text.as_bytes();
        let is_it = |window: &[u8]| if self.is_exact { window == text } else { window.eq_ignore_ascii_case(text) };
        bytes.windows(text.len().max(1)).any(is_it)
    }
}

fn look(what: &Erasable, needles: &[Vec<Needle>], reason: &str, raw: &[u8]) -> Look {
    let record = RawDocument::from_bytes(raw).ok().filter(|_| reason == REFUSED_BY_MONGODB);
    // A record that was refused is BSON, and can be read: it has the field, or not.
    if let (Some(record), Erasable::Field { name, value, literals }) = (record, what) {
        let values: Vec<String> = literals.iter().filter_map(written).collect();
        let is_it = |path: &str, found: RawBsonRef<'_>| path == name.as_str() && is_one_of(found, value, &values);
        return if has_field("", record.into(), MAX_DEPTH, &is_it) { Look::Has } else { Look::HasNot };
    }
    if has(raw, needles) {
        return Look::InBytes;
    }
    let is_text = || std::str::from_utf8(raw).is_ok() && !COMPRESSED.iter().any(|begin| raw.starts_with(begin));
    if record.is_some() || is_text() { Look::HasNot } else { Look::Unreadable }
}

/// Whether a value, or one in its fields and lists, is what is looked for. `path` names it as a search does.
fn has_field(path: &str, value: RawBsonRef<'_>, depth: usize, is_it: &impl Fn(&str, RawBsonRef<'_>) -> bool) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match value {
        RawBsonRef::Document(document) => document.into_iter().flatten().any(|(name, value)| {
            let path = if path.is_empty() { name.as_str().to_owned() } else { format!("{path}.{}", name.as_str()) };
            has_field(&path, value, depth, is_it)
        }),
        RawBsonRef::Array(array) => array.into_iter().flatten().any(|value| has_field(path, value, depth, is_it)),
        value => is_it(path, value),
    }
}

/// Whether a value is the text, or a number or truth value that is written as one of these.
fn is_one_of(found: RawBsonRef<'_>, text: &str, written: &[String]) -> bool {
    let found = match found {
        RawBsonRef::String(found) => return found == text,
        RawBsonRef::Int32(number) => number.to_string(),
        RawBsonRef::Int64(number) => number.to_string(),
        RawBsonRef::Double(number) => number.to_string(),
        RawBsonRef::Decimal128(number) => number.to_string(),
        RawBsonRef::Boolean(value) => value.to_string(),
        _ => return false,
    };
    written.contains(&found)
}

/// Returns a number or a truth value as [`is_one_of`] writes it.
fn written(literal: &Literal) -> Option<String> {
    match literal {
        Literal::Integer(number) => Some(number.to_string()),
        Literal::Float(number) => Some(number.to_string()),
        Literal::Decimal(number) => Some(number.to_string()),
        Literal::Boolean(value) => Some(value.to_string()),
        Literal::Text(_) | Literal::Time(_) => None,
    }
}

/// Whether bytes have one of the alternatives, all of its texts: as they are, or as JSON writes them.
fn has(bytes: &[u8], needles: &[Vec<Needle>]) -> bool {
    let mut readings = vec![Cow::Borrowed(bytes)];
    for _ in 0..MAX_ESCAPED {
        let Some(read) = readings.last().filter(|bytes| bytes.contains(&ESCAPE)).map(|bytes| unescaped(bytes)) else {
            break;
        };
        readings.push(Cow::Owned(read));
    }
    let is_in = |needle: &Needle| readings.iter().any(|bytes| needle.is_in(bytes));
    needles.iter().any(|all| all.iter().all(is_in))
}

/// Returns bytes with what JSON escapes as it is meant, wherever it is: what is in the quarantine need not be JSON.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut read = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == ESCAPE) {
        read.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.split_first() {
            Some((b'u', digits)) => {
                let (character, used) = of_digits(digits);
                let mut buffer = [0; 4];
                read.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
                rest = &digits[used..];
            }
            Some((byte, after)) => {
                read.push(match byte {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    other => *other,
                });
                rest = after;
            }
            None => {}
        }
    }
    read.extend_from_slice(rest);
    read
}

/// Reads the digits behind `\u`, or those of two such halves, and says how many bytes they are.
fn of_digits(bytes: &[u8]) -> (char, usize) {
    let unit = |bytes: &[u8]| u16::from_str_radix(std::str::from_utf8(bytes.get(..4)?).ok()?, 16).ok();
    let Some(first) = unit(bytes) else { return (char::REPLACEMENT_CHARACTER, 0) };
    if let Some(second) = bytes[4..].strip_prefix(br"\u").and_then(unit)
        && let Some(Ok(character)) = char::decode_utf16([first, second]).next()
        && character.len_utf16() == 2
    {
        return (character, 10);
    }
    (char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER), 4)
}

impl Erasable {
    /// Returns the alternatives: the texts that the bytes of a payload have, all of one of these.
    fn needles(&self) -> Vec<Vec<Needle>> {
        let any_case = |text: String| Needle { text, is_exact: false };
        match self {
            Self::Uid(uid) => {
                let mut spellings: Vec<String> =
                    uid.spellings().iter().map(|spelling| spelling.to_ascii_lowercase()).collect();
                spellings.sort_unstable();
                spellings.dedup();
                spellings.into_iter().map(|spelling| vec![any_case(spelling)]).collect()
            }
            Self::Field { name, value, literals } => {
                let last = name.as_str().rsplit('.').next().unwrap_or_default();
                let written: Vec<String> = literals.iter().filter_map(written).collect();
                // A number or a truth value is the same in any case: `1E3`, and Python's `True`.
                let own = Needle { text: value.clone(), is_exact: written.is_empty() };
                let others = written.into_iter().filter(|text| text != value).map(any_case);
                [own].into_iter().chain(others).map(|value| vec![any_case(last.to_owned()), value]).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::rawdoc;
    use record::{LogUid, REFUSED_BY_MONGODB};

    use super::{Erasable, Look, Needle, has, look, unescaped};
    use crate::{FieldName, Literal};

    #[test]
    fn a_payload_has_it_if_its_bytes_have() {
        fn check(what: &Erasable, bytes: &str, expect: bool) {
            assert_eq!(has(bytes.as_bytes(), &what.needles()), expect, "{bytes}");
        }
        let uid = Erasable::Uid(LogUid::parse("6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f").unwrap());
        check(&uid, r#"{"uid": "6F1A4E0E6F0C4C589D0C0A1B2C3D4E5F", broken"#, true);
        check(&uid, r#"{"uid": "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e50""#, false);
        let name = FieldName::parse("customer.email").unwrap();
        let field = Erasable::Field { name, value: "alice@example.com".to_owned(), literals: Vec::new() };
        check(&field, r#"{"customer": {"email": "alice@example.com""#, true);
        check(&field, r#"{"message": "alice@example.com""#, false);
        check(&field, "", false);
    }

    #[test]
    fn a_value_is_compared_exactly() {
        fn check(value: &str, bytes: &str, expect: bool) {
            let (name, literals) = (FieldName::parse("customer_id").unwrap(), Literal::meant_by(value));
            let what = Erasable::Field { name, value: value.to_owned(), literals };
            assert_eq!(has(bytes.as_bytes(), &what.needles()), expect, "{value}: {bytes}");
        }
        check("B", r#"{"customer_id":"B", broken"#, true);
        check("B", r#"{"CUSTOMER_ID":"B", broken"#, true);
        check("B", r#"{"customer_id": "\u0042", broken"#, true);
        check("B", r#"{"customer_id": 9007199254740993, broken"#, false);
        check("B", r#"{"customer_id": "M\u00fcller", broken"#, false);
        check("c-2", r#"{"customer_id": "C-2", broken"#, false);
        // What may be the value is taken.
        check("B", r#"{"customer_id": "17", Broken"#, true);
        check("1e3", r#"{"customer_id": 1E3, broken"#, true);
        check("1e3", r#"{"customer_id": 1000, broken"#, true);
        check("true", r"{'customer_id': True, broken", true);
    }

    #[test]
    fn what_mongodb_refused_is_read() {
        let record = rawdoc! {
            "customer": { "no": 12_345, "share": 0.5, "mails": [{ "mail": "alice@example.com" }] }, "paid": true, "n": 7_i64, "note": "n 12345",
        };
        let check = |name: &str, value: &str, expect: Look| {
            let (name, literals) = (FieldName::parse(name).unwrap(), Literal::meant_by(value));
            let what = Erasable::Field { name, value: value.to_owned(), literals };
            let found = look(&what, &what.needles(), REFUSED_BY_MONGODB, record.as_bytes());
            assert_eq!(found, expect, "{value}");
        };
        for (name, value) in [
            ("customer.no", "12345"),
            ("customer.no", "12345.0"),
            ("customer.no", "1.2345e4"),
            ("customer.share", "0.50"),
            ("customer.mails.mail", "alice@example.com"),
            ("paid", "true"),
            ("n", "7"),
            ("note", "n 12345"),
        ] {
            check(name, value, Look::Has);
        }
        // What has the same letters and digits elsewhere is another record.
        for (name, value) in [
            ("customer.no", "54321"),
            ("paid", "false"),
            ("no", "12345"),
            ("customer.no", "1234"),
            ("share", "7"),
            ("n", "12345"),
            ("note", "n"),
            ("mail", "alice@example.com"),
        ] {
            check(name, value, Look::HasNot);
        }
    }

    #[test]
    fn what_nobody_can_read_is_told() {
        fn check(reason: &str, bytes: &[u8], expect: Look) {
            let (name, value) = (FieldName::parse("a").unwrap(), "17".to_owned());
            let what = Erasable::Field { name, value, literals: Literal::meant_by("17") };
            assert_eq!(look(&what, &what.needles(), reason, bytes), expect, "{bytes:?}");
        }
        check("not_json", br#"{"a": 17, broken"#, Look::InBytes);
        check("not_json", br#"{"b": 17, broken"#, Look::HasNot);
        check("not_json", b"\x1f\x8b{}", Look::Unreadable);
        // As msgpack: {"a": 255}.
        check("not_msgpack", b"\x81\xa1a\xcc\xff", Look::Unreadable);
        // It was cut, as it is too long.
        check(REFUSED_BY_MONGODB, b"\xff\xff\xff\x00\x10a\x00", Look::Unreadable);
    }

    #[test]
    fn what_json_escapes_is_read() {
        fn check(value: &str, bytes: &str, expect: bool) {
            let name = FieldName::parse("customer").unwrap();
            let what = Erasable::Field { name, value: value.to_owned(), literals: Vec::new() };
            assert_eq!(has(bytes.as_bytes(), &what.needles()), expect, "{bytes}");
        }
        check("Jörg Müller", r#"{"customer": "J\u00f6rg M\u00FCller", broken"#, true);
        check("Jörg Müller", r#"{"customer": "Jörg M\u00fcller", broken"#, true);
        check("Jörg", r#"{"body": "{\"customer\": \"J\\u00f6rg\"}", broken"#, true);
        check("http://a/u/17", r#"{"customer": "http:\/\/a\/u\/17", broken"#, true);
        check("🎉 party", r#"{"customer": "\ud83c\udf89 party", broken"#, true);
        check(r"C:\temp", r#"{"customer": "C:\\temp", broken"#, true);
        check("Jörg", r#"{"customer": "J\u00f7rg", broken"#, false);
        for odd in [
            r"customer \",
            r"customer \u",
            r"customer \u00",
            r"customer \ud83c",
            r"customer \ud83c\u0041",
            r"customer \ud83c\u",
        ] {
            check("Jörg", odd, false);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_found_as_json_escapes_it(text in ".{1,20}") {
            let escaped = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
            let twice = escaped.replace('\\', "\\\\");
            let needles = [vec![Needle { text: text.clone(), is_exact: true }]];
            for written in [&text, &escaped, &twice] {
                proptest::prop_assert!(has(written.as_bytes(), &needles), "{}", written);
            }
        }

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::sample::select(b"\\ud83c0n\"x".to_vec()), 0..40)) {
            assert!(unescaped(&bytes).len() <= bytes.len() + 3);
        }
    }
}
