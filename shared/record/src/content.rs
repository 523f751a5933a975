//! Compares the content of two records. This tells a record that its producer put twice from a different record with the
//! same `record_id`.

use bson::{RawArray, RawBsonRef, RawDocument};

use super::redact::{is_mask, masks_in};
use super::source::REDACTED;

/// The fields that say how a record was delivered, not what its sender wrote.
const OF_DELIVERY: [&str; 2] = ["_id", "source"];

/// Returns whether two stored records have the same content: every field but `_id` and `source` is equal.
///
/// What redaction masked in one of them may be anything in the other: the settings may have changed in between.
#[must_use]
pub fn same_content(a: &RawDocument, b: &RawDocument) -> bool {
    let masked = Masked { in_a: is_redacted(a), in_b: is_redacted(b) };
    let sent = |field: &Field<'_>| field.is_none_or(|(name, _)| !OF_DELIVERY.contains(&name));
    masked.same_fields(fields(a).filter(sent), fields(b).filter(sent))
}

fn is_redacted(document: &RawDocument) -> bool {
    document.get_document("source").is_ok_and(|source| source.get_i32(REDACTED).is_ok_and(|count| count > 0))
}

/// A field's name and value; `None` where the BSON is broken.
type Field<'a> = Option<(&'a str, RawBsonRef<'a>)>;

fn fields(document: &RawDocument) -> impl Iterator<Item = Field<'_>> {
    document.iter().map(|field| field.ok().map(|(name, value)| (name.as_str(), value)))
}

/// The values of an array, as fields without names.
fn values(array: &RawArray) -> impl Iterator<Item = Field<'_>> {
    array.into_iter().map(|value| value.ok().map(|value| ("", value)))
}

/// Which of two documents has masks. The same text in a document without masks is its sender's own.
#[derive(Clone, Copy)]
struct Masked {
    in_a: bool,
    in_b: bool,
}

impl Masked {
    fn same_fields<'a>(self, mut a: impl Iterator<Item = Field<'a>>, mut b: impl Iterator<Item = Field<'a>>) -> bool {
        loop {
            match (a.next(), b.next()) {
                (None, None) => return true,
                (Some(Some((a_name, a))), Some(Some((b_name, b)))) if a_name == b_name && self.same(a, b) => {}
                _ => return false,
            }
        }
    }

    fn same(self, a: RawBsonRef<'_>, b: RawBsonRef<'_>) -> bool {
        match (a, b) {
            (RawBsonRef::Document(a), RawBsonRef::Document(b)) => self.same_fields(fields(a), fields(b)),
            (RawBsonRef::Array(a), RawBsonRef::Array(b)) => self.same_fields(values(a), values(b)),
            (RawBsonRef::String(a), RawBsonRef::String(b)) => self.same_text(a.as_bytes(), b.as_bytes()),
            (RawBsonRef::Binary(a), RawBsonRef::Binary(b)) => {
                a.subtype == b.subtype && self.same_text(a.bytes, b.bytes)
            }
            // NaN is NaN.
            (RawBsonRef::Double(a), RawBsonRef::Double(b)) => a.to_bits() == b.to_bits(),
            (RawBsonRef::String(mask), _) if self.in_a && is_mask(mask.as_bytes()) => true,
            (_, RawBsonRef::String(mask)) if self.in_b && is_mask(mask.as_bytes()) => true,
            _ => a == b,
        }
    }

    fn same_text(self, a: &[u8], b: &[u8]) -> bool {
        a == b || (self.in_a && is_masked_form(a, b)) || (self.in_b && is_masked_form(b, a))
    }
}

/// Returns whether `masked` is `text` with any parts of it masked.
fn is_masked_form(masked: &[u8], text: &[u8]) -> bool {
    let (mut rest, mut from) = (Some(text), 0);
    for mask in masks_in(masked) {
        let literal = &masked[from..mask.start];
        rest = match (from, rest) {
            (0, Some(rest)) => rest.strip_prefix(literal),
            (_, Some(rest)) => memchr::memmem::find(rest, literal).and_then(|at| rest.get(at + literal.len()..)),
            (_, None) => return false,
        };
        from = mask.end;
    }
    from > 0 && rest.is_some_and(|rest| rest.ends_with(&masked[from..]))
}

#[cfg(test)]
mod tests {
    use bson::{RawDocumentBuf, rawdoc};

    use super::{is_masked_form, same_content};

    fn check(a: &RawDocumentBuf, b: &RawDocumentBuf, expect: bool) {
        assert_eq!(same_content(a, b), expect, "{a:?} {b:?}");
        assert_eq!(same_content(b, a), expect, "{b:?} {a:?}");
    }

    #[test]
    fn the_delivery_is_not_content() {
        let record = |id: i32, seq: &str| rawdoc! { "_id": id, "a": 1, "source": { "seq": seq }, "n": f64::NAN };
        check(&record(1, "1"), &record(2, "2"), true);
        check(&record(1, "1"), &rawdoc! { "_id": 1, "a": 2, "source": { "seq": "1" }, "n": f64::NAN }, false);
        check(&record(1, "1"), &rawdoc! { "_id": 1, "a": 1, "source": { "seq": "1" } }, false);
        check(&rawdoc! { "o": { "_id": 1 } }, &rawdoc! { "o": { "_id": 2 } }, false);
    }

    #[test]
    fn values_are_compared_with_their_types() {
        check(&rawdoc! { "a": 1 }, &rawdoc! { "a": 1.0 }, false);
        check(&rawdoc! { "a": 1 }, &rawdoc! { "b": 1 }, false);
        check(&rawdoc! { "a": [1, { "b": "x" }] }, &rawdoc! { "a": [1, { "b": "x" }] }, true);
        check(&rawdoc! { "a": [1, { "b": "x" }] }, &rawdoc! { "a": [1, { "b": "y" }] }, false);
        check(&rawdoc! { "a": [1] }, &rawdoc! { "a": [1, 2] }, false);
    }

    #[test]
    fn a_mask_may_be_anything() {
        let masked = rawdoc! { "m": "by [redacted]", "p": "[redacted]", "n": 1, "source": { "redacted": 2 } };
        let with = |p: i32, n: i32| rawdoc! { "m": "by alice", "p": p, "n": n, "source": {} };
        check(&masked, &with(17, 1), true);
        check(&masked, &rawdoc! { "m": "by bob", "p": { "a": [1] }, "n": 1, "source": {} }, true);
        check(&masked, &with(17, 2), false);
        check(&masked, &rawdoc! { "m": "of alice", "p": 17, "n": 1, "source": {} }, false);
        // The sender's own word.
        check(&rawdoc! { "p": "[redacted]", "source": {} }, &rawdoc! { "p": "x", "source": {} }, false);
    }

    #[test]
    fn a_text_with_masks_is_matched_by_what_is_between_them() {
        fn check(masked: &str, text: &str, expect: bool) {
            assert_eq!(is_masked_form(masked.as_bytes(), text.as_bytes()), expect, "{masked} {text}");
        }
        check("[redacted]", "", true);
        check("[redacted]", "x", true);
        check("a [redacted] b", "a x b", true);
        check("a [redacted] b", "a x c", false);
        check("a [redacted] b", "a b", false);
        check("a [redacted] b [redacted:0123456789abcdef]", "a x b y", true);
        check("a [redacted] b [redacted] c", "a x y c", false);
        check("a [redacted] b [redacted] c", "a x b y c", true);
        check("no mask", "no mask", false);
        // The end of the text cannot serve twice.
        check("a[redacted]ab", "ab", false);
    }
}
