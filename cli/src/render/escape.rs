//! Escapes control characters in texts of senders, so that they cannot act on the terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns whether a character acts on the terminal or on the writing direction instead of being shown.
fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Escapes control characters in one line of text. A tab becomes four spaces.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        // Writing to a `String` does not fail.
        let _ = match character {
            '\t' => shown.write_str("    "),
            '\n' => shown.write_str("\\n"),
            '\r' => shown.write_str("\\r"),
            _ if !is_control(character) => shown.write_char(character),
            '\0'..='\u{ff}' => write!(shown, "\\x{:02x}", u32::from(character)),
            _ => write!(shown, "\\u{:04x}", u32::from(character)),
        };
    }
    Cow::Owned(shown)
}

/// Puts a JSON value on one line and escapes control characters in it. The value stays the same.
pub(crate) fn json_line(json: &str) -> Cow<'_, str> {
    if !json.contains(is_control) {
        return Cow::Borrowed(json);
    }
    let mut line = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        let _ = match character {
            // Valid JSON has these as whitespace only.
            '\n' | '\r' | '\t' => line.write_char(' '),
            _ if is_control(character) => write!(line, "\\u{:04x}", u32::from(character)),
            _ => line.write_char(character),
        };
    }
    Cow::Owned(line)
}

#[cfg(test)]
mod tests {
    use super::{json_line, visible};

    #[test]
    fn control_characters_are_escaped() {
        fn check(text: &str, expect: &str) {
            assert_eq!(visible(text), expect);
        }
        check("Größe “x” 日本 🎉", "Größe “x” 日本 🎉");
        check("\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07");
        check("a\tb\nc\r\0\x7f", r"a    b\nc\r\x00\x7f");
        check("\u{9b}2J", r"\x9b2J");
        check("abc\u{202e}fed\u{2069}", r"abc\u202efed\u2069");
    }

    #[test]
    fn json_keeps_its_value() {
        let json = "{\n\t\"a\": \"\u{9b}2J \u{202e} \u{7f} \u{2028} ü\"\r\n}";
        let line = json_line(json);
        assert_eq!(line, "{  \"a\": \"\\u009b2J \\u202e \\u007f \\u2028 ü\"  }");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&line), value(json));
    }
}
