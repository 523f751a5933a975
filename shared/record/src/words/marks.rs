//! Marks that make another letter of the one before them.

use super::separators::is_in;

/// The ranges of these marks, in order: what Unicode joins with a letter into one character, as `e` and an accent into `é`, and other
/// diacritics. Hebrew's points, Arabic's hamza, the nukta of India's scripts, Korean's vowels and finals, and the voicing of Kana are
/// such marks. The vowel signs and tones of other scripts are not: there each is a character of its own, and follows any letter.
const MARKS: [(char, char); 20] = [
    ('\u{300}', '\u{36F}'),
    ('\u{5B4}', '\u{5B4}'),
    ('\u{5B7}', '\u{5B9}'),
    ('\u{5BC}', '\u{5BC}'),
    ('\u{5BF}', '\u{5BF}'),
    ('\u{5C1}', '\u{5C2}'),
    ('\u{653}', '\u{655}'),
    ('\u{93C}', '\u{93C}'),
    ('\u{9BC}', '\u{9BC}'),
    ('\u{A3C}', '\u{A3C}'),
    ('\u{B3C}', '\u{B3C}'),
    ('\u{1160}', '\u{11FF}'),
    ('\u{1AB0}', '\u{1AFF}'),
    ('\u{1DC0}', '\u{1DFF}'),
    ('\u{3099}', '\u{309A}'),
    ('\u{D7B0}', '\u{D7FF}'),
    ('\u{FE20}', '\u{FE2F}'),
    ('\u{110BA}', '\u{110BA}'),
    ('\u{1D165}', '\u{1D165}'),
    ('\u{1D16E}', '\u{1D172}'),
];

/// Returns the ranges of marks that make another letter of the one before them, first and last, in order.
#[must_use]
pub fn marks() -> &'static [(char, char)] {
    &MARKS
}

/// Whether a character makes another letter of the one before it.
pub(super) fn is_mark(c: char) -> bool {
    is_in(&MARKS, c)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use unicode_normalization::char::decompose_canonical;

    use super::super::separators::is_separator;
    use super::{MARKS, is_mark};

    /// Signs that Unicode joins with one or two others, and that follow any letter: vowels, and two letters of Tibetan.
    const SIGNS: &str = "\u{9BE}\u{9D7}\u{B3E}\u{B56}\u{B57}\u{BBE}\u{BD7}\u{C56}\u{CC2}\u{CD5}\u{CD6}\u{D3E}\u{D57}\u{DCA}\u{DCF}\u{DDF}\
        \u{F72}\u{F74}\u{F80}\u{FB5}\u{FB7}\u{102E}\u{1B35}\u{11127}\u{1133E}\u{11357}\u{113B8}\u{113BB}\u{113C2}\u{113C9}\u{114B0}\
        \u{114BA}\u{114BD}\u{115AF}\u{11930}\u{1611E}\u{1611F}\u{16120}\u{16129}\u{16D67}";

    #[test]
    fn the_table_is_in_order_and_apart_from_the_separators() {
        assert!(MARKS.is_sorted_by(|(_, last), (first, _)| last < first));
        assert_eq!(('\0'..=char::MAX).find(|c| is_mark(*c) && is_separator(*c)), None);
        assert!(!"aé한あเไม่त्रि".chars().any(is_mark));
    }

    #[test]
    fn what_unicode_joins_with_a_letter_is_a_mark() {
        let mut others = BTreeSet::new();
        for c in ('\0'..=char::MAX).filter(|c| !is_separator(*c)) {
            let mut at = 0;
            decompose_canonical(c, |part| {
                if at > 0 && !is_mark(part) {
                    others.insert(part);
                }
                at += 1;
            });
        }
        assert!(others.iter().all(|c| SIGNS.contains(*c)), "{others:?}");
    }
}
