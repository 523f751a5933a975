//! The words of a record: what a search for a value can ask for.
//!
//! A word is a run of letters and digits. Upper and lower case are the same. In scripts without spaces nobody sees where a word
//! ends, so each letter is one, and each pair of letters. Ingest takes the words of every value of a record,
//! and a search takes the words of what it looks for, with the same functions. If a value has what a search looks for, it has
//! its words.

mod ascii;
mod collector;
mod marks;
mod number;
mod separators;
mod unicode;
mod unspaced;
mod walk;

pub use collector::{AsItIs, Hashes, Words};
pub use marks::marks;
pub use separators::separators;
pub use unspaced::{is_unspaced, unspaced};

use bson::Decimal128;
use marks::is_mark;
use number::{nearest_float, write_float};
use separators::is_separator;
use unicode_normalization::UnicodeNormalization as _;
use xxhash_rust::xxh3::xxh3_64;

/// The fields of a record whose values are no words: places, times, and numbers that only a process knows.
pub const WITHOUT_WORDS: [&str; 7] = ["_id", "created", "msecs", "relativeCreated", "source", "thread", "time"];

/// Returns the words of a text as they are written, in order. Letters of a [script without spaces](is_unspaced) in a row are one.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_separator).flat_map(|mut rest| {
        std::iter::from_fn(move || {
            let kind = is_unspaced(rest.chars().next()?);
            let (word, others) = rest.split_at(rest.find(|c| is_unspaced(c) != kind).unwrap_or(rest.len()));
            rest = others;
            Some(word)
        })
    })
}

/// Returns the letters of a word as they are written, each with its [marks](marks()).
pub fn letters(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let marked = rest.strip_prefix(first)?;
        let (letter, others) = rest.split_at(rest.len() - marked.trim_start_matches(is_mark).len());
        rest = others;
        Some(letter)
    })
}

/// Returns the ways in which Unicode writes a text, each once: as it is here, with one character for a letter and its marks, and
/// with a character for each.
#[must_use]
pub fn spellings(text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    if !text.is_ascii() {
        for other in [text.nfc().collect(), text.nfd().collect()] {
            if !all.contains(&other) {
                all.push(other);
            }
        }
    }
    all
}

/// Returns the hashes of the words of a text.
#[must_use]
pub fn text_hashes(text: &str) -> Vec<u64> {
    let mut hashes = Vec::new();
    each_hash(text.as_bytes(), &mut Vec::new(), |hash| hashes.push(hash));
    hashes
}

/// Returns the hashes of the words that each number has which MongoDB compares as equal to this one, whatever its type.
#[must_use]
pub fn float_hashes(number: f64) -> Vec<u64> {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = write_float(number, &mut text);
    text_hashes(&text)
}

/// Returns the hashes of the words that each number has which MongoDB compares as equal to this one, whatever its type.
#[must_use]
pub fn decimal_hashes(number: Decimal128) -> Vec<u64> {
    float_hashes(nearest_float(number))
}

/// Returns the hash of bytes, the same in each version.
#[must_use]
pub fn hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// Hands the hash of each word of a text to `found`. `room` is for the words as they are hashed.
fn each_hash(text: &[u8], room: &mut Vec<u8>, found: impl FnMut(u64)) {
    if text.is_ascii() {
        ascii::each_hash(text, room, found);
    } else {
        unicode::each_hash(&String::from_utf8_lossy(text), room, found);
    }
}

#[cfg(test)]
mod tests {
    use bson::Bson;
    use proptest::prelude::*;

    use super::number::write_number;
    use super::unicode::folded;
    use super::walk::Walked;
    use super::{decimal_hashes, float_hashes, is_unspaced, letters, text_hashes, words};

    #[test]
    fn a_text_has_these_words() {
        fn check(text: &str, expect: &[&str]) {
            assert_eq!(words(text).collect::<Vec<_>>(), expect, "{text}");
            if !text.contains(is_unspaced) {
                assert_eq!(text_hashes(text).len(), expect.len(), "{text}");
            }
        }
        check("", &[]);
        check("?!", &[]);
        check("VND-007000", &["VND", "007000"]);
        check("vendor “Größe & Söhne” failed…", &["vendor", "Größe", "Söhne", "failed"]);
        check("6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f", &["6f1a4e0e", "6f0c", "4c58", "9d0c", "0a1b2c3d4e5f"]);
        check("a_b", &["a", "b"]);
        check("a\0b", &["a", "b"]);
        check("在庫がありません", &["在庫がありません"]);
        check("在庫、不足。", &["在庫", "不足"]);
        check("VND注文7あ", &["VND", "注文", "7", "あ"]);
        check("5.0µs→ok🙂ok", &["5", "0µs", "ok", "ok"]);
        check("⚠️Disk full❤️", &["Disk", "full"]);
        check("1️⃣ first", &["1", "first"]);
        check("👩\u{200D}👧", &[]);
        check("خطأ، ثم؟", &["خطأ", "ثم"]);
        check("त्रुटि।", &["त्रुटि"]);
        check("می\u{200C}خواهم", &["می", "خواهم"]);
    }

    #[test]
    fn a_word_has_letters_with_their_marks() {
        fn check(word: &str, expect: &[&str]) {
            assert_eq!(letters(word).collect::<Vec<_>>(), expect, "{word}");
        }
        check("", &[]);
        check("abc", &["a", "b", "c"]);
        check("cafe\u{301}s", &["c", "a", "f", "e\u{301}", "s"]);
        check("か\u{3099}が", &["か\u{3099}", "が"]);
        check("\u{110b}\u{1169}\u{11ab}오", &["\u{110b}\u{1169}\u{11ab}", "오"]);
        check("\u{301}a", &["\u{301}", "a"]);
    }

    #[test]
    fn equal_numbers_have_the_same_words() {
        fn check(numbers: &[Bson], text: &str) {
            for number in numbers {
                let walked = match number {
                    Bson::Int32(number) => Walked::Integer((*number).into()),
                    Bson::Int64(number) => Walked::Integer(*number),
                    Bson::Double(number) => Walked::Float(*number),
                    Bson::Decimal128(number) => Walked::Decimal(number.bytes()),
                    other => panic!("{other} is no number"),
                };
                let mut written = String::new();
                write_number(walked, &mut written);
                let hashes = text_hashes(&written);
                let has = |wanted: Vec<u64>| wanted.iter().all(|hash| hashes.contains(hash));
                assert!(has(text_hashes(text)), "{number:?} {text} {written}");
                // A search knows the number in any of its types.
                for other in numbers {
                    match other {
                        Bson::Double(other) => assert!(has(float_hashes(*other)), "{number:?} {other} {written}"),
                        Bson::Decimal128(other) => assert!(has(decimal_hashes(*other)), "{number:?} {other} {written}"),
                        Bson::Int64(other) => assert!(has(text_hashes(&other.to_string())), "{number:?} {other}"),
                        _ => {}
                    }
                }
            }
        }
        let decimal = |text: &str| Bson::Decimal128(text.parse().unwrap());
        check(&[5.into(), 5_i64.into(), 5.0.into(), decimal("5"), decimal("5.00"), decimal("0.5E+1")], "5");
        check(&[0.into(), (-0.0).into(), decimal("-0.00")], "0");
        check(&[(-7).into(), (-7.0).into(), decimal("-7")], "-7");
        check(&[42.5.into(), decimal("42.5"), decimal("42.50"), decimal("425E-1")], "42.5");
        check(&[0.1.into(), decimal("0.1"), decimal("0.1000000000000000055511151231257827")], "0.1");
        let two_to_the_60th = 1_i64 << 60;
        #[allow(clippy::cast_precision_loss)]
        let float = two_to_the_60th as f64;
        check(&[two_to_the_60th.into(), float.into(), decimal("1152921504606846976")], "1152921504606846976");
        check(&[1e23.into(), decimal("1E+23")], "100000000000000000000000");
        check(&[1.5e-7.into(), decimal("1.5E-7")], "0.00000015");
        check(&[decimal("1E+6000"), decimal("10E+5999")], "inf");
        check(&[f64::NAN.into(), decimal("NaN")], "NaN");
        check(&[f64::INFINITY.into(), decimal("Infinity")], "inf");
    }

    proptest! {
        #[test]
        fn ascii_has_the_words_that_it_has_beside_other_letters(text in "[ -~]{0,200}") {
            let mut beside = text_hashes(&format!("{text} ü"));
            beside.pop();
            prop_assert_eq!(text_hashes(&text), beside);
        }

        #[test]
        fn words_of_words_are_the_same(text in ".{0,40}") {
            let joined = words(&text).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(text_hashes(&joined), text_hashes(&text));
            let folded: String = text.chars().map(folded).collect();
            prop_assert_eq!(text_hashes(&folded), text_hashes(&text));
        }

        #[test]
        fn a_text_within_separators_has_its_words(before in ".{0,9}", text in "\\PC{0,9}", after in ".{0,9}") {
            let around = text_hashes(&format!("{before}-{text}.{after}"));
            prop_assert!(text_hashes(&text).iter().all(|hash| around.contains(hash)));
        }
    }
}
