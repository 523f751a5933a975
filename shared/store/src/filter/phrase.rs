//! A phrase in MongoDB's language: a schema that no value of the record fails.
//!
//! A schema reaches all fields without their names. An expression over the list of fields (`$objectToArray`) takes fifty times
//! as long.

mod pattern;

use mongodb::bson::{Bson, Document, doc};
use record::words::{WITHOUT_WORDS, is_unspaced, words};

use super::{Literal, Phrase};

/// How many levels deep values in objects and lists are searched, below the record's fields. Each level doubles the schema, and
/// the time in which the server reads it. The page has the same number.
const LEVELS: usize = 4;

/// At the end of a word: it may go on.
const CONTINUES: char = '*';

impl Phrase {
    /// Reads a phrase: words with anything between them, as in `VND-007000`. A `*` continues the last one: `time*`. Where a script
    /// puts no spaces, words go on in any case. A value may be one of the numbers instead. A text without words is looked for as
    /// it is.
    #[must_use]
    pub fn parse(text: &str, numbers: Vec<Literal>) -> Self {
        let words: Vec<String> = words(text).map(str::to_owned).collect();
        let Some(last) = words.last() else {
            return Self { words, signs: text.to_owned(), continues: false, numbers };
        };
        let has_sign = text.trim_end().strip_suffix(CONTINUES).is_some_and(|text| text.ends_with(last.as_str()));
        let continues = has_sign && !last.ends_with(is_unspaced);
        Self { words, signs: String::new(), continues, numbers }
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
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::{Literal, Phrase};

    #[test]
    fn a_text_is_words() {
        fn check(text: &str, words: &[&str], continues: bool) {
            let signs = if words.is_empty() { text.to_owned() } else { String::new() };
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            let expect = Phrase { words, signs, continues, numbers: Vec::new() };
            assert_eq!(Phrase::parse(text, Vec::new()), expect, "{text}");
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
            check(text, &[], false);
        }
    }

    #[test]
    fn a_phrase_is_a_schema_that_no_value_fails() {
        let phrase = Phrase::parse("VND-007", vec![Literal::Float(0.5)]);
        let found = [doc! { "type": "string", "pattern": phrase.pattern() }, doc! { "enum": [0.5] }];
        assert_eq!(phrase.not_in(0), doc! { "not": { "anyOf": &found[..] } });
        let within = phrase.not_in(0);
        let expect = doc! { "not": { "anyOf": &found[..] }, "additionalProperties": &within, "items": &within };
        assert_eq!(phrase.not_in(1), expect);
    }
}
