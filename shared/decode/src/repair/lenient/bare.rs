//! Values without quotes.

use record::EventTime;

use super::{Lenient, MAX_BARE_BYTES, ruby};

/// Words, and what they are in JSON.
pub(super) const WORDS: [(&str, &str); 15] = [
    ("true", "true"),
    ("True", "true"),
    ("false", "false"),
    ("False", "false"),
    ("null", "null"),
    ("None", "null"),
    ("nil", "null"),
    ("NaN", "NaN"),
    ("nan", "NaN"),
    ("inf", "Infinity"),
    ("+inf", "Infinity"),
    ("-inf", "-Infinity"),
    ("Infinity", "Infinity"),
    ("-Infinity", "-Infinity"),
    ("Invalid Date", "\"Invalid Date\""),
];
/// Words that say that there is no value.
const NOTHING: [&str; 3] = ["", "-", "undefined"];

impl Lenient<'_> {
    /// Reads a value without quotes: a number, a word, or what Python prints for an object.
    pub(super) fn bare(&mut self) -> Option<()> {
        let (mut open, mut quote) = (0_usize, None);
        let near = self.rest().as_bytes();
        let length = near.iter().take(MAX_BARE_BYTES).position(|byte| match (*byte, quote) {
            (byte, Some(open)) => {
                if byte == open {
                    quote = None;
                }
                false
            }
            (b'"' | b'\'', None) => {
                quote = Some(*byte);
                false
            }
            (b'(' | b'<', None) => {
                open += 1;
                false
            }
            (b')' | b'>', None) if open > 0 => {
                open -= 1;
                false
            }
            (b',' | b'}' | b']' | b')' | b'\n', None) => open == 0,
            _ => false,
        })?;
        let length =
            self.rest().get(..length)?.find([' ', '\n']).filter(|end| self.lacks_comma(*end)).unwrap_or(length);
        let bare = self.rest().get(..length)?.trim();
        self.at += length;
        if let Some((_, json)) = WORDS.iter().find(|(word, _)| *word == bare) {
            self.json.push_str(json);
        } else if NOTHING.contains(&bare) {
            self.is_exact = false;
            self.json.push_str("null");
        } else if let Some(number) = number(bare) {
            self.json.push_str(number);
        } else if bare.starts_with("... ") || EventTime::from_rfc3339(bare).is_some() || ruby::is_time(bare) {
            // `... 3 more items` and a date, as Node.js prints them.
            self.push_string(bare);
        } else if bare.contains(char::REPLACEMENT_CHARACTER) {
            // What stood there is not known.
            return None;
        } else if bare.contains([' ', ':', '"']) && !bare.contains(['(', '<']) {
            // More than one word: the text is something else.
            return None;
        } else {
            self.push_string(bare);
        }
        Some(())
    }
}

impl Lenient<'_> {
    /// Returns whether a number or a word ends there, and the next member follows without a comma.
    fn lacks_comma(&self, end: usize) -> bool {
        let Some((bare, next)) = self.rest().split_at_checked(end) else { return false };
        let is_value = number(bare).is_some() || WORDS.iter().any(|(word, _)| *word == bare);
        is_value && super::is_member(next.trim_start())
    }
}

/// Returns a number as JSON writes it. JavaScript and Python 2 write a letter after a large one: `10n`, `10L`.
pub(super) fn number(text: &str) -> Option<&str> {
    let is_long = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let text = text.strip_suffix(['n', 'L']).filter(is_long).unwrap_or(text);
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = digits == "0" || !digits.starts_with('0') || digits.starts_with("0.");
    let is_number = is_plain && digits.starts_with(|first: char| first.is_ascii_digit()) && !digits.ends_with('.');
    (is_number && text.parse::<f64>().is_ok()).then_some(text)
}
