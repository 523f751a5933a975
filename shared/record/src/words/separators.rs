//! What lies between words.

/// The ranges of characters that are not in words, in order: what is neither letter nor digit in ASCII, and the blocks of
/// punctuation and symbols. All other characters are in words. The table is ours, since MongoDB's tables of letters are others
/// in each version, and both have to agree.
const SEPARATORS: [(char, char); 31] = [
    ('\0', '/'),
    (':', '@'),
    ('[', '`'),
    ('{', '\u{A9}'),
    ('\u{AB}', '\u{B4}'),
    ('\u{B6}', '\u{B9}'),
    ('\u{BB}', '\u{BF}'),
    ('\u{D7}', '\u{D7}'),
    ('\u{F7}', '\u{F7}'),
    ('\u{2000}', '\u{200B}'),
    ('\u{200E}', '\u{206F}'),
    ('\u{20A0}', '\u{20CF}'),
    ('\u{2116}', '\u{2117}'),
    ('\u{2120}', '\u{2122}'),
    ('\u{2190}', '\u{2BFF}'),
    ('\u{2E00}', '\u{2E7F}'),
    ('\u{3000}', '\u{3004}'),
    ('\u{3008}', '\u{3020}'),
    ('\u{3030}', '\u{3030}'),
    ('\u{303D}', '\u{303F}'),
    ('\u{30FB}', '\u{30FB}'),
    ('\u{FE10}', '\u{FE1F}'),
    ('\u{FE30}', '\u{FE6F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FF01}', '\u{FF0F}'),
    ('\u{FF1A}', '\u{FF20}'),
    ('\u{FF3B}', '\u{FF40}'),
    ('\u{FF5B}', '\u{FF65}'),
    ('\u{FFE0}', '\u{FFEF}'),
    ('\u{FFF0}', '\u{FFFF}'),
    ('\u{1F000}', '\u{1FAFF}'),
];

/// Returns the ranges of characters that are not in words, first and last, in order.
#[must_use]
pub fn separators() -> &'static [(char, char)] {
    &SEPARATORS
}

/// Whether a character lies between words.
pub(super) fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_alphanumeric();
    }
    let after = SEPARATORS.partition_point(|(first, _)| *first <= c);
    after.checked_sub(1).and_then(|at| SEPARATORS.get(at)).is_some_and(|(_, last)| c <= *last)
}

#[cfg(test)]
mod tests {
    use super::{SEPARATORS, is_separator};

    #[test]
    fn the_table_is_in_order_and_right_for_ascii() {
        assert!(SEPARATORS.is_sorted_by(|(_, last), (first, _)| last < first));
        assert!(SEPARATORS.iter().all(|(first, last)| first <= last));
        for c in '\0'..='\u{FFFFF}' {
            assert_eq!(is_separator(c), SEPARATORS.iter().any(|(first, last)| (*first..=*last).contains(&c)), "{c:?}");
        }
    }

    /// MongoDB's classes ignore the case, so both cases of a letter have to be on the same side.
    #[test]
    fn both_cases_of_a_letter_are_on_the_same_side() {
        for c in '\0'..=char::MAX {
            for other in c.to_lowercase().chain(c.to_uppercase()) {
                assert_eq!(is_separator(c), is_separator(other), "{c:?} {other:?}");
            }
        }
    }
}
