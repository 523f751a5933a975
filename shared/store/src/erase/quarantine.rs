//! Removes payloads from the quarantine whose bytes have what is erased.

use std::borrow::Cow;
use std::pin::pin;

use futures_util::TryStreamExt as _;
use mongodb::bson::oid::ObjectId;

use super::Erasable;
use crate::{QuarantineFilter, Store, StoreError};

/// What the bytes of gzip, zlib and zstd begin with.
const COMPRESSED: [&[u8]; 5] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd], &[0x78, 0x01], &[0x78, 0x9c], &[0x78, 0xda]];
/// What JSON begins an escape with.
const ESCAPE: u8 = b'\\';
/// How often a text may be JSON in a text of JSON.
const MAX_ESCAPED: usize = 3;
/// How many payloads are removed at once.
const AT_ONCE: usize = 500;

impl Store {
    /// Returns how many payloads have it, and how many are compressed. Removes the first, if it is for real.
    pub(super) async fn erase_quarantined(&self, what: &Erasable, is_for_real: bool) -> Result<(u64, u64), StoreError> {
        let needles = what.needles();
        let (mut found, mut compressed, mut ids): (u64, u64, Vec<ObjectId>) = (0, 0, Vec::new());
        let mut entries = pin!(self.quarantined(&QuarantineFilter::default()).await?);
        while let Some(entry) = entries.try_next().await? {
            let raw = entry.read().map(|view| view.raw.to_vec()).unwrap_or_default();
            if COMPRESSED.iter().any(|begin| raw.starts_with(begin)) {
                compressed += 1;
            }
            if has(&raw, &needles) {
                found += 1;
                ids.extend(entry.id());
            }
            if is_for_real && ids.len() >= AT_ONCE {
                self.remove_quarantined(&std::mem::take(&mut ids)).await?;
            }
        }
        if is_for_real {
            self.remove_quarantined(&ids).await?;
        }
        Ok((found, compressed))
    }
}

/// Whether bytes have one of the alternatives, all of its texts: as they are, or as JSON writes them.
fn has(bytes: &[u8], needles: &[Vec<String>]) -> bool {
    let mut readings = vec![Cow::Borrowed(bytes)];
    for _ in 0..MAX_ESCAPED {
        let Some(read) = readings.last().filter(|bytes| bytes.contains(&ESCAPE)).map(|bytes| unescaped(bytes)) else {
            break;
        };
        readings.push(Cow::Owned(read));
    }
    let contains = |bytes: &[u8], text: &String| {
        bytes.windows(text.len().max(1)).any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
    };
    let is_in = |text: &String| readings.iter().any(|bytes| contains(bytes, text));
    needles.iter().any(|texts| texts.iter().all(is_in))
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
    fn needles(&self) -> Vec<Vec<String>> {
        match self {
            Self::Uid(uid) => {
                // The comparison ignores case.
                let mut spellings: Vec<String> =
                    uid.spellings().iter().map(|spelling| spelling.to_ascii_lowercase()).collect();
                spellings.sort_unstable();
                spellings.dedup();
                spellings.into_iter().map(|spelling| vec![spelling]).collect()
            }
            Self::Field { name, value, .. } => {
                let last = name.as_str().rsplit('.').next().unwrap_or_default();
                vec![vec![last.to_owned(), value.clone()]]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use record::LogUid;

    use super::{Erasable, has, unescaped};
    use crate::FieldName;

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
            for written in [&text, &escaped, &twice] {
                proptest::prop_assert!(has(written.as_bytes(), &[vec![text.clone()]]), "{}", written);
            }
        }

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::sample::select(b"\\ud83c0n\"x".to_vec()), 0..40)) {
            assert!(unescaped(&bytes).len() <= bytes.len() + 3);
        }
    }
}
