//! The words that senders write when they have no id: `none`, `not_set`, `NoRequestId`, `missing-correlation-id`.
//!
//! Case and separators do not matter. A text means "none" if it is made of these words alone and one of them denies.

/// The longest text that is read. Nearly all ids are longer, or have a digit.
const MAX_BYTES: usize = 32;
/// The most words of a text.
const MAX_WORDS: usize = 6;

/// The words that deny alone. Names begin so, too.
const ALONE: [&str; 2] = ["na", "nan"];
/// The words that deny. One is enough.
const DENYING: [&str; 22] = [
    "none",
    "no",
    "not",
    "null",
    "nil",
    "undefined",
    "undef",
    "unknown",
    "unset",
    "unspecified",
    "unassigned",
    "unavailable",
    "missing",
    "empty",
    "blank",
    "absent",
    "without",
    "tbd",
    "false",
    "true",
    "dummy",
    "placeholder",
];
/// The words that may stand beside them.
const OTHERS: [&str; 30] = [
    "available",
    "applicable",
    "assigned",
    "context",
    "correlation",
    "defined",
    "found",
    "generated",
    "given",
    "header",
    "id",
    "initialised",
    "initialized",
    "log",
    "logid",
    "passed",
    "present",
    "provided",
    "received",
    "request",
    "session",
    "set",
    "specified",
    "span",
    "trace",
    "transaction",
    "uid",
    "uuid",
    "value",
    "yet",
];

/// Returns whether a text says in words that there is no id.
pub(super) fn is_said(text: &str) -> bool {
    // One look at the end rules out nearly all ids.
    let has_digit = || text.bytes().rev().any(|byte| byte.is_ascii_digit());
    if text.len() > MAX_BYTES || !text.is_ascii() || has_digit() {
        return false;
    }
    let mut letters = [0; MAX_BYTES];
    let mut length = 0;
    let all = text.bytes().filter(u8::is_ascii_alphabetic).map(|byte| byte.to_ascii_lowercase());
    for (letter, slot) in all.zip(&mut letters) {
        (*slot, length) = (letter, length + 1);
    }
    let is_separated = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'-' | b'_' | b'.' | b'/');
    let letters = &letters[..length];
    let is_alone = ALONE.iter().any(|word| word.as_bytes() == letters);
    text.bytes().all(is_separated) && (is_alone || is_denial(letters, false, MAX_WORDS))
}

/// Returns whether the letters are words, one of which denies.
fn is_denial(letters: &[u8], denied: bool, words_left: usize) -> bool {
    if letters.is_empty() || words_left == 0 {
        return letters.is_empty() && denied;
    }
    // Most texts are names of something, which a look at their first letter shows.
    let first = letters.first();
    let rest =
        |word: &&str| if word.as_bytes().first() == first { letters.strip_prefix(word.as_bytes()) } else { None };
    DENYING.iter().filter_map(rest).any(|rest| is_denial(rest, true, words_left - 1))
        || OTHERS.iter().filter_map(rest).any(|rest| is_denial(rest, denied, words_left - 1))
}

#[cfg(test)]
mod tests {
    use super::is_said;

    #[test]
    fn words_say_that_there_is_no_id() {
        for text in [
            "none",
            "None",
            "NULL",
            "nil",
            "NaN",
            "n/a",
            "N.A.",
            "NA",
            "undefined",
            "unknown",
            "unset",
            "not set",
            "not_set",
            "notSet",
            "NOT_SET",
            "not-available",
            "not available",
            "not applicable",
            "missing",
            "empty",
            "no value",
            "tbd",
            "no-request-id",
            "no_correlation_id",
            "NoRequestId",
            "none-given",
            "not yet assigned",
            "missing-trace-id",
            "request-id-missing",
            "unknown_request_id",
            "without",
            "no id",
            "traceIdNotFound",
            "undefined-request",
            "null-null",
            "none.none",
        ] {
            assert!(is_said(text), "{text}");
        }
    }

    #[test]
    fn ids_say_something() {
        for id in [
            "", "test", "r-1", "none-1", "nobody", "noah", "natalie", "notes", "request", "trace-id", "id", "nadine",
            "order", "emptying", "session", "no way", "a", "größe", "not:set", "nona", "noa", "nana",
        ] {
            assert!(!is_said(id), "{id}");
        }
        assert!(!is_said(&"no".repeat(17)));
    }
}
