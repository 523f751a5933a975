//! The correlation id (`log_uid`) of a transaction.

use std::fmt;

use super::{nothing, uid_forms};

/// The longest correlation id in bytes. A longer text is a payload in the wrong field.
pub const MAX_BYTES: usize = 512;

/// What senders write where there is nothing: `***`, `--`, `""`.
const MARKS: [u8; 21] = *b"-*?\"'{}[]()_.,;:/~#!<";
/// The number that says "none", `MySQL`'s and JavaScript's words for it.
const NOTHING: [&str; 3] = ["-1", "\\N", "#N/A"];
/// What begins a placeholder that nobody filled in: `${ctx:log_uid}`, `[no request id]`.
const PLACEHOLDERS: [&str; 9] = ["${", "%X{", "%{", "%(", "%!", "%REQ(", "#{", "{{", "[no "];
/// What ends the name of a variable for an id, as nginx writes it: `$request_id`.
const VARIABLES: [&str; 4] = ["_id", "_uid", "_uuid", "Id"];

/// A correlation id (`log_uid`): 1 to [`MAX_BYTES`] bytes of text, kept exactly as the services wrote it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct LogUid(String);

/// Why a text is not a correlation id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotAUid {
    /// The text means "none".
    #[error("services write this when there is no transaction, as they write `-`, `None` or `$request_id`")]
    Nothing,
    /// The text is longer than [`MAX_BYTES`].
    #[error("it is longer than {MAX_BYTES} bytes")]
    TooLong,
}

impl LogUid {
    /// Checks `text` and keeps it as an id.
    pub fn parse(text: &str) -> Result<Self, NotAUid> {
        check(text).map(|()| Self(text.to_owned()))
    }

    /// Returns the id exactly as the services wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks whether `text` is a correlation id.
pub(crate) fn check(text: &str) -> Result<(), NotAUid> {
    if is_nothing(text) {
        Err(NotAUid::Nothing)
    } else if text.len() > MAX_BYTES {
        Err(NotAUid::TooLong)
    } else {
        Ok(())
    }
}

fn is_nothing(text: &str) -> bool {
    let Some(first) = text.bytes().next() else { return true };
    // Nearly all ids have a digit.
    (first.is_ascii_alphabetic() && nothing::is_said(text))
        || (first.is_ascii_punctuation() && is_placeholder(text))
        || (matches!(first, b'0' | b'1') && is_zero(text))
}

/// Returns whether a text is a variable, words in brackets such as `<redacted>`, or only marks such as `***`.
fn is_placeholder(text: &str) -> bool {
    let in_brackets = match text.as_bytes() {
        [b'<', inside @ .., b'>']
        | [b'(', inside @ .., b')']
        | [b'[', inside @ .., b']']
        | [b'{', inside @ .., b'}'] => {
            inside.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.' | b' '))
        }
        bytes => bytes.iter().all(|byte| MARKS.contains(byte)),
    };
    in_brackets
        || NOTHING.contains(&text)
        || PLACEHOLDERS.iter().any(|start| text.starts_with(start))
        || (text.starts_with('$') && VARIABLES.iter().any(|end| text.ends_with(end)))
}

/// Returns whether an id has no other digits than zeros, but for the version before those of X-Ray's.
fn is_zero(text: &str) -> bool {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("1-0")).unwrap_or(text);
    digits.bytes().all(|byte| matches!(byte, b'0' | b'-' | b':'))
}

/// Returns the id in a text: without blanks around it, and without what headers add to it. An id has one line.
pub(crate) fn of_text(text: &str) -> Option<&str> {
    let text = trimmed(text);
    let id = uid_forms::of_form(text).unwrap_or(text);
    (check(id).is_ok() && !has_control(id)).then_some(id)
}

/// Returns whether a text has line ends or other control characters. Reads eight bytes at a time.
fn has_control(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(last) = bytes.last_chunk() else { return bytes.iter().any(|byte| *byte < b' ') };
    bytes.as_chunks().0.iter().chain([last]).any(|word| has_low_byte(u64::from_ne_bytes(*word)))
}

/// Returns whether a byte of the word is less than a blank: <https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord>.
fn has_low_byte(word: u64) -> bool {
    const BLANKS: u64 = u64::from_ne_bytes([b' '; 8]);
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; 8]);
    word.wrapping_sub(BLANKS) & !word & HIGHEST != 0
}

/// Returns the text without blanks around it. Nearly all ids have none, which one look at either end shows.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LogUid, MAX_BYTES, NotAUid, has_control};

    #[test]
    fn some_texts_mean_no_transaction() {
        fn check(text: &str, expect: Result<(), NotAUid>) {
            assert_eq!(LogUid::parse(text).map(|uid| assert_eq!(uid.as_str(), text)), expect, "{text}");
        }
        check("6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f", Ok(()));
        check("order 17/Größe", Ok(()));
        let nothing = [
            "null",
            "NONE",
            "undefined",
            "N/A",
            "Unknown",
            "-1",
            "%!s(<nil>)",
            "NaN",
            "",
            "-",
            "***",
            "\"\"",
            "not_set",
            "NA",
            "\\N",
            "..",
            "~",
        ];
        let placeholders = [
            "(null)",
            "<nil>",
            "[object Object]",
            "<redacted>",
            "{id}",
            "$request_id",
            "$context.requestId",
            "%REQ(X-REQUEST-ID)%",
            "%(id)s",
            "${ctx:id}",
            "[no id]",
        ];
        let zeros = ["0", "0000", "0x0", "00000000-0000-0000-0000-000000000000", "1-00000000-00000000", "0:0:0:0"];
        for nothing in nothing.into_iter().chain(placeholders).chain(zeros) {
            check(nothing, Err(NotAUid::Nothing));
        }
        // The first that a new user sends.
        for id in ["test", "0-1", "1", "10", "1-0-1", "[17]", "<a1>", "-a", "none-1", "{a: 1}"] {
            check(id, Ok(()));
        }
        check(&"x".repeat(MAX_BYTES), Ok(()));
        check(&"x".repeat(MAX_BYTES + 1), Err(NotAUid::TooLong));
    }

    proptest! {
        #[test]
        fn a_control_character_is_found_wherever_it_is(text in "[ -~é\\t\\n\\r]{0,40}") {
            prop_assert_eq!(has_control(&text), text.bytes().any(|byte| byte < b' '));
        }
    }

    #[test]
    fn a_text_holds_an_id() {
        fn check(text: &str, expect: Option<&str>) {
            assert_eq!(super::of_text(text), expect, "{text}");
        }
        let trace = "725cbefde5994f3da0087ce2559b807d";
        check(&format!(" 00-{trace}-a9d04843a4764d49-01"), Some(trace));
        check("00-00000000000000000000000000000000-a9d04843a4764d49-01", None);
        check("  u ", Some("u"));
        check(" ", None);
        check("Error\n  at pay", None);
    }
}
