//! A phrase in MongoDB's language: a schema that no value of the record fails.
//!
//! A schema reaches all fields without their names. An expression over the list of fields (`$objectToArray`) takes fifty times
//! as long.

use std::fmt::Write as _;
use std::sync::LazyLock;

use mongodb::bson::{Bson, Document, doc};
use record::words::{WITHOUT_WORDS, is_unspaced, separators, spellings, unspaced, words};

use super::{Literal, Phrase};

/// How many levels deep values in objects and lists are searched, below the record's fields. Each level doubles the schema, and
/// the time in which the server reads it: 18 ms with four levels, 4 ms with two.
const LEVELS: usize = 2;

/// At the end of a word: it may go on.
const CONTINUES: char = '*';
/// What separates words, for between the brackets of a regular expression.
static BETWEEN: LazyLock<String> = LazyLock::new(|| class(separators()));
/// What a word may be beside: what separates words, and letters of scripts without spaces.
static BESIDE: LazyLock<String> = LazyLock::new(|| class(separators()) + &class(unspaced()));

impl Phrase {
    /// Reads a phrase: words with anything between them, as in `VND-007000`. A `*` continues the last one: `time*`. Where a script
    /// puts no spaces, words go on in any case. A value may be one of the numbers instead. `None` for a text without words.
    #[must_use]
    pub fn parse(text: &str, numbers: Vec<Literal>) -> Option<Self> {
        let words: Vec<String> = words(text).map(str::to_owned).collect();
        let last = words.last()?;
        let has_sign = text.trim_end().strip_suffix(CONTINUES).is_some_and(|text| text.ends_with(last.as_str()));
        let continues = has_sign && !last.ends_with(is_unspaced);
        Some(Self { words, continues, numbers })
    }

    pub(super) fn document(&self) -> Document {
        let other_fields: Document =
            WITHOUT_WORDS.iter().map(|name| ((*name).to_owned(), Bson::from(doc! {}))).collect();
        let nowhere = doc! { "properties": other_fields, "additionalProperties": self.not_in(LEVELS) };
        doc! { "$nor": [{ "$jsonSchema": nowhere }] }
    }

    /// Returns the schema of a value that does not have the phrase, nor any within it.
    fn not_in(&self, levels: usize) -> Document {
        let mut found = vec![doc! { "type": "string", "pattern": self.pattern() }];
        // Each number alone: a list must not have equal ones, as 0.5 in two types.
        found.extend(self.numbers.iter().map(|number| doc! { "enum": [Bson::from(number)] }));
        let mut schema = doc! { "not": { "anyOf": found } };
        if let Some(levels) = levels.checked_sub(1) {
            let within = self.not_in(levels);
            schema.insert("additionalProperties", within.clone());
            schema.insert("items", within);
        }
        schema
    }

    /// Returns the regular expression. A phrase is made of whole words.
    ///
    /// Only the words are without regard to case: for the classes, that takes the server ten times as long to read. What lies between
    /// words is written once, since each time adds a kilobyte.
    fn pattern(&self) -> String {
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
            let mut spellings: Vec<String> = spellings(word).iter().map(|word| with_any_i(word)).collect();
            spellings.dedup();
            let _ = write!(pattern, "(?i:{})", spellings.join("|"));
            before = Some(word);
        }
        if !self.continues && !is_unspaced(before) {
            let _ = write!(pattern, "(?![^{beside}])");
        }
        pattern
    }
}

/// Returns a word in which each `i` is any of the letters that are [the same](record::words) to a search.
fn with_any_i(word: &str) -> String {
    let mut written = String::new();
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        if "iIıİ".contains(letter) {
            letters.next_if_eq(&'\u{307}');
            written.push_str("[iıİ]\u{307}?");
        } else {
            written.push(letter);
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
    use mongodb::bson::doc;

    use super::{BESIDE, BETWEEN, Literal, Phrase, class};

    #[test]
    fn a_text_is_words() {
        fn check(text: &str, words: &[&str], continues: bool) {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(
                Phrase::parse(text, Vec::new()),
                Some(Phrase { words, continues, numbers: Vec::new() }),
                "{text}"
            );
        }
        check("no route to host", &["no", "route", "to", "host"], false);
        check("VND-007000", &["VND", "007000"], false);
        check("a.b*(c)\\Q", &["a", "b", "c", "Q"], false);
        check("$where", &["where"], false);
        check("Größe ", &["Größe"], false);
        check("/usr/bin", &["usr", "bin"], false);
        check("time*", &["time"], true);
        check("no rout* ", &["no", "rout"], true);
        check("注文a*", &["注文", "a"], true);
        check("a注文*", &["a", "注文"], false);
        check("time.*", &["time"], false);
        for text in ["", "*", "?!", "\0"] {
            assert_eq!(Phrase::parse(text, Vec::new()), None, "{text}");
        }
    }

    #[test]
    fn a_phrase_is_a_schema_that_no_value_fails() {
        let phrase = Phrase::parse("VND-007", vec![Literal::Float(0.5)]).unwrap();
        let found = [doc! { "type": "string", "pattern": phrase.pattern() }, doc! { "enum": [0.5] }];
        assert_eq!(phrase.not_in(0), doc! { "not": { "anyOf": &found[..] } });
        let within = phrase.not_in(0);
        let expect = doc! { "not": { "anyOf": &found[..] }, "additionalProperties": &within, "items": &within };
        assert_eq!(phrase.not_in(1), expect);
    }

    #[test]
    fn a_phrase_is_a_regular_expression() {
        fn check(text: &str, expect: &str) {
            let pattern = Phrase::parse(text, Vec::new()).unwrap().pattern();
            assert_eq!(pattern.replace(BESIDE.as_str(), "N").replace(BETWEEN.as_str(), "S"), expect, "{text}");
        }
        check("cart", "(?<![^N])(?i:cart)(?![^N])");
        check("time", "(?<![^N])(?i:t[iıİ]\u{307}?me)(?![^N])");
        check("İx", "(?<![^N])(?i:[iıİ]\u{307}?x)(?![^N])");
        check("VND-007*", "(?<![^N])(?i:VND)([S])+(?i:007)");
        check("a b c d", "(?<![^N])(?i:a)([S])+(?i:b)(?1)+(?i:c)(?1)+(?i:d)(?![^N])");
        check("é", "(?<![^N])(?i:é|e\u{301})(?![^N])");
        check("错误", "(?i:错误)");
        check("错误 7", "(?i:错误)([S])*(?i:7)(?![^N])");
        check("a错误、b", "(?<![^N])(?i:a)([S])*(?i:错误)(?1)*(?i:b)(?![^N])");
    }

    #[test]
    fn a_class_is_ranges() {
        assert_eq!(class(&[('\0', '/'), ('[', '`'), ('·', '·'), ('あ', 'ん')]), r"\x00-\x2f\x5b-\x60·あ-ん");
    }
}
