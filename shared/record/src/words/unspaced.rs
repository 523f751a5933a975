//! Scripts that put no spaces between words.

use super::separators::is_in;

/// The ranges of the letters of these scripts, in order: Thai, Lao, Burmese, Khmer, Chinese characters, Kana, Bopomofo. Korean
/// puts spaces.
const UNSPACED: [(char, char); 23] = [
    ('\u{E01}', '\u{E3A}'),
    ('\u{E40}', '\u{E4E}'),
    ('\u{E81}', '\u{ECE}'),
    ('\u{EDC}', '\u{EDF}'),
    ('\u{1000}', '\u{103F}'),
    ('\u{1050}', '\u{108F}'),
    ('\u{1780}', '\u{17D3}'),
    ('\u{3005}', '\u{3007}'),
    ('\u{3021}', '\u{302F}'),
    ('\u{3031}', '\u{3035}'),
    ('\u{3038}', '\u{303C}'),
    ('\u{3041}', '\u{309A}'),
    ('\u{309D}', '\u{309F}'),
    ('\u{30A1}', '\u{30FA}'),
    ('\u{30FC}', '\u{312F}'),
    ('\u{31A0}', '\u{31BF}'),
    ('\u{31F0}', '\u{31FF}'),
    ('\u{3400}', '\u{4DBF}'),
    ('\u{4E00}', '\u{9FFF}'),
    ('\u{F900}', '\u{FAFF}'),
    ('\u{FF66}', '\u{FF9F}'),
    ('\u{1B000}', '\u{1B16F}'),
    ('\u{20000}', '\u{3FFFF}'),
];

/// Returns the ranges of the letters of scripts that put no spaces between words, first and last, in order.
#[must_use]
pub fn unspaced() -> &'static [(char, char)] {
    &UNSPACED
}

/// Whether a character is a letter of a script that puts no spaces between words.
#[must_use]
pub fn is_unspaced(c: char) -> bool {
    !c.is_ascii() && is_in(&UNSPACED, c)
}

#[cfg(test)]
mod tests {
    use unicode_normalization::char::decompose_canonical;

    use super::super::separators::is_separator;
    use super::{UNSPACED, is_unspaced};

    #[test]
    fn the_table_is_in_order_and_apart_from_the_separators() {
        assert!(UNSPACED.is_sorted_by(|(_, last), (first, _)| last < first));
        assert_eq!(('\0'..=char::MAX).find(|c| is_unspaced(*c) && is_separator(*c)), None);
        assert!("กำไลລາວမြန်ខ្មែរ注文あアｱ々ーㄅ".chars().all(is_unspaced));
        assert!(!"aé한๑Ａ１、".chars().any(is_unspaced));
    }

    /// A character may be written in parts, which have to be words in the same way.
    #[test]
    fn the_parts_of_a_character_are_where_it_is() {
        for c in ('\0'..=char::MAX).filter(|c| !is_separator(*c)) {
            decompose_canonical(c, |part| {
                assert!(!is_separator(part), "{c:?} {part:?}");
                assert_eq!(is_unspaced(c), is_unspaced(part), "{c:?} {part:?}");
            });
        }
    }
}
