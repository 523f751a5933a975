//! The regular expression of a phrase.

use std::fmt::Write as _;
use std::sync::LazyLock;

use record::words::{is_unspaced, letters, marks, separators, spellings, unspaced};

use super::Phrase;

/// What separates words, for between the brackets of a regular expression.
static BETWEEN: LazyLock<String> = LazyLock::new(|| class(separators()));
/// What a word may be beside: what separates words, and letters of scripts without spaces.
static BESIDE: LazyLock<String> = LazyLock::new(|| class(separators()) + &class(unspaced()));
/// What makes another letter of the last one.
static MARKS: LazyLock<String> = LazyLock::new(|| class(marks()));

impl Phrase {
    /// Returns the regular expression. A phrase is made of whole words.
    ///
    /// Only the words are without regard to case: for the classes, that takes the server ten times as long to read. What lies between
    /// words is written once, since each time adds a kilobyte.
    pub(super) fn pattern(&self) -> String {
        let (between, beside) = (BETWEEN.as_str(), BESIDE.as_str());
        let is_unspaced = |word: Option<&String>| word.is_some_and(|word| word.starts_with(is_unspaced));
        let mut pattern = String::new();
        if !is_unspaced(self.words.first()) {
            // Writing to a text cannot fail, here and below.
            let _ = write!(pattern, "(?<![^{beside}])");
        }
        let mut before = None;
        for (at, word) in self.words.iter().enumerate() {
            let times = if is_unspaced(before) || is_unspaced(Some(word)) { '*' } else { '+' };
            let _ = match at {
                0 => Ok(()),
                1 => write!(pattern, "([{between}]){times}"),
                _ => write!(pattern, "(?1){times}"),
            };
            pattern.push_str(&in_any_spelling(word));
            before = Some(word);
        }
        let _ = if self.continues || is_unspaced(before) {
            write!(pattern, "(?![{}])", MARKS.as_str())
        } else {
            write!(pattern, "(?![^{beside}])")
        };
        pattern
    }
}

/// Returns a word with each of its letters in any of the ways in which Unicode writes it.
fn in_any_spelling(word: &str) -> String {
    let mut written = String::from("(?i:");
    for letter in letters(word) {
        let mut spellings: Vec<String> = spellings(letter).iter().map(|letter| with_any_i(letter)).collect();
        spellings.dedup();
        match spellings.as_slice() {
            [one] => written.push_str(one),
            _ => {
                // Writing to a text cannot fail.
                let _ = write!(written, "(?:{})", spellings.join("|"));
            }
        }
    }
    written + ")"
}

/// Returns a letter in which each `i` is any of the letters that are [the same](record::words) to a search.
fn with_any_i(letter: &str) -> String {
    let mut written = String::new();
    let mut characters = letter.chars().peekable();
    while let Some(character) = characters.next() {
        if "iIıİ".contains(character) {
            characters.next_if_eq(&'\u{307}');
            written.push_str("[iıİ]\u{307}?");
        } else {
            written.push(character);
        }
    }
    written
}

/// Returns ranges of characters, for between the brackets of a regular expression.
fn class(ranges: &[(char, char)]) -> String {
    let mut class = String::new();
    let push = |class: &mut String, c: char| {
        // Some of ASCII have a meaning between brackets.
        let _ = if c.is_ascii() { write!(class, "\\x{:02x}", u32::from(c)) } else { write!(class, "{c}") };
    };
    for (first, last) in ranges {
        push(&mut class, *first);
        if first != last {
            class.push('-');
            push(&mut class, *last);
        }
    }
    class
}

#[cfg(test)]
mod tests {
    use super::{BESIDE, BETWEEN, MARKS, Phrase, class};

    #[test]
    fn a_phrase_is_a_regular_expression() {
        fn check(text: &str, expect: &str) {
            let pattern = Phrase::parse(text, Vec::new()).unwrap().pattern();
            let short =
                pattern.replace(BESIDE.as_str(), "N").replace(BETWEEN.as_str(), "S").replace(MARKS.as_str(), "M");
            assert_eq!(short, expect, "{text}");
        }
        check("cart", "(?<![^N])(?i:cart)(?![^N])");
        check("time", "(?<![^N])(?i:t[iıİ]\u{307}?me)(?![^N])");
        check("İx", "(?<![^N])(?i:[iıİ]\u{307}?x)(?![^N])");
        check("VND-007*", "(?<![^N])(?i:VND)([S])+(?i:007)(?![M])");
        check("a b c d", "(?<![^N])(?i:a)([S])+(?i:b)(?1)+(?i:c)(?1)+(?i:d)(?![^N])");
        check("é", "(?<![^N])(?i:(?:é|e\u{301}))(?![^N])");
        check("Gro\u{308}ßé*", "(?<![^N])(?i:Gr(?:o\u{308}|ö)ß(?:é|e\u{301}))(?![M])");
        check("がか", "(?i:(?:が|か\u{3099})か)(?![M])");
        check("错误", "(?i:错误)(?![M])");
        check("错误 7", "(?i:错误)([S])*(?i:7)(?![^N])");
        check("a错误、b", "(?<![^N])(?i:a)([S])*(?i:错误)(?1)*(?i:b)(?![^N])");
    }

    #[test]
    fn a_class_is_ranges() {
        assert_eq!(class(&[('\0', '/'), ('[', '`'), ('·', '·'), ('あ', 'ん')]), r"\x00-\x2f\x5b-\x60·あ-ん");
    }
}
