//! Texts that say nothing. A field with one never hides another field that says something.

/// What senders write when they have nothing to say.
const NOTHING: [&str; 13] =
    ["-", "None", "none", "null", "NULL", "Null", "nil", "undefined", "N/A", "n/a", "(null)", "<nil>", "<null>"];
const MAX_NOTHING_BYTES: usize = 9;

/// Returns whether a text is blank, or a word for nothing.
pub(super) fn says_nothing(text: &str) -> bool {
    match text.as_bytes() {
        [] => true,
        // Hardly any text begins so.
        [b'-' | b'N' | b'n' | b'u' | b'(' | b'<', ..] if text.len() <= MAX_NOTHING_BYTES => NOTHING.contains(&text),
        [..=b' ', ..] => text.trim().is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_NOTHING_BYTES, NOTHING, says_nothing};

    #[test]
    fn some_texts_say_nothing() {
        for text in NOTHING.into_iter().chain(["", " ", "\n\t", " \u{a0}"]) {
            assert!(says_nothing(text), "{text:?}");
        }
        for text in ["m", "--", " -", "NULL pointer", "no", "unknown", "null value", "0", "false"] {
            assert!(!says_nothing(text), "{text:?}");
        }
        assert_eq!(NOTHING.iter().map(|text| text.len()).max(), Some(MAX_NOTHING_BYTES));
    }
}
