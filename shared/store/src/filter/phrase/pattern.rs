//! The regular expression of a phrase.

use std::fmt::Write as _;
use std::sync::LazyLock;

use record::words::{is_unspaced, letters, marks, separators, spellings, unspaced};

use super::Phrase;

/// What a word may be beside, for between the brackets of a regular expression: what separates words, and letters of scripts without
/// spaces.
static BESIDE: LazyLock<String> = LazyLock::new(|| class(separators()) + &class(unspaced()));
/// The letters of scripts without spaces.
static UNSPACED: LazyLock<String> = LazyLock::new(|| class(unspaced()));
/// What makes another letter of the last one.
static MARKS: LazyLock<String> = LazyLock::new(|| class(marks()));

impl Phrase {
    /// Returns the regular expression. A phrase is made of whole words.
    ///
    /// Only the words are without regard to case: for the classes, that takes the server ten times as long to read. A class is a
    /// kilobyte or two, which the server reads for each level of a record, so each is written once: where it is first asked for.
    pub(super) fn pattern(&self) -> String {
        if self.words.is_empty() {
            return format!("(?i:{})", escaped(&self.signs));
        }
        let is_unspaced = |word: Option<&String>| word.is_some_and(|word| word.starts_with(is_unspaced));
        let mut classes = Classes::default();
        let mut pattern = String::new();
        if !is_unspaced(self.words.first()) {
            pattern = format!("(?<!{})", classes.within_a_word());
        }
        let mut before = None;
        for word in &self.words {
            if before.is_some() {
                pattern.push_str(&classes.between_words());
                pattern.push(if is_unspaced(before) || is_unspaced(Some(word)) { '*' } else { '+' });
            }
            pattern.push_str(&in_any_spelling(word));
            before = Some(word);
        }
        let end = if self.continues || is_unspaced(before) { format!("[{}]", *MARKS) } else { classes.within_a_word() };
        pattern + "(?!" + &end + ")"
    }
}

/// Returns the regular expression that matches this text. MongoDB refuses a NUL in one, so it is escaped.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        match c {
            '\0' => escaped.push_str(r"\x00"),
            c if c.is_ascii_punctuation() => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The classes of characters that a pattern has named.
#[derive(Default)]
struct Classes {
    has_within_a_word: bool,
    has_between_words: bool,
}

impl Classes {
    /// Returns a pattern of one character that a word goes on with.
    fn within_a_word(&mut self) -> String {
        let is_named = std::mem::replace(&mut self.has_within_a_word, true);
        if is_named { "(?&w)".to_owned() } else { format!("(?<w>[^{}])", *BESIDE) }
    }

    /// Returns a pattern of one character that separates words: no word goes on with it, and no script without spaces has it.
    fn between_words(&mut self) -> String {
        if std::mem::replace(&mut self.has_between_words, true) {
            return "(?&b)".to_owned();
        }
        format!("(?<b>(?!{})[^{}])", self.within_a_word(), *UNSPACED)
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
    use super::{BESIDE, MARKS, Phrase, UNSPACED, class};

    #[test]
    fn a_phrase_is_a_regular_expression() {
        fn check(text: &str, expect: &str) {
            let pattern = Phrase::parse(text, Vec::new()).pattern();
            let short =
                pattern.replace(BESIDE.as_str(), "N").replace(UNSPACED.as_str(), "U").replace(MARKS.as_str(), "M");
            assert_eq!(short, expect, "{text}");
        }
        check(".*(\0→", r"(?i:\.\*\(\x00→)");
        check("cart", "(?<!(?<w>[^N]))(?i:cart)(?!(?&w))");
        check("time", "(?<!(?<w>[^N]))(?i:t[iıİ]\u{307}?me)(?!(?&w))");
        check("İx", "(?<!(?<w>[^N]))(?i:[iıİ]\u{307}?x)(?!(?&w))");
        check("VND-007*", "(?<!(?<w>[^N]))(?i:VND)(?<b>(?!(?&w))[^U])+(?i:007)(?![M])");
        check("a b c", "(?<!(?<w>[^N]))(?i:a)(?<b>(?!(?&w))[^U])+(?i:b)(?&b)+(?i:c)(?!(?&w))");
        check("é", "(?<!(?<w>[^N]))(?i:(?:é|e\u{301}))(?!(?&w))");
        check("Gro\u{308}ßé*", "(?<!(?<w>[^N]))(?i:Gr(?:o\u{308}|ö)ß(?:é|e\u{301}))(?![M])");
        check("がか", "(?i:(?:が|か\u{3099})か)(?![M])");
        check("错误", "(?i:错误)(?![M])");
        check("错误 7", "(?i:错误)(?<b>(?!(?<w>[^N]))[^U])*(?i:7)(?!(?&w))");
        check("a错误、b", "(?<!(?<w>[^N]))(?i:a)(?<b>(?!(?&w))[^U])*(?i:错误)(?&b)*(?i:b)(?!(?&w))");
    }

    #[test]
    fn a_class_is_ranges() {
        assert_eq!(class(&[('\0', '/'), ('[', '`'), ('·', '·'), ('あ', 'ん')]), r"\x00-\x2f\x5b-\x60·あ-ん");
    }
}
