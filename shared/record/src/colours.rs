//! Codes for terminals in a text, such as colours.

use std::borrow::Cow;

const ESCAPE: u8 = 0x1B;
/// How long a code is, at most.
const MAX_CODE_BYTES: usize = 32;

/// Returns a text without the codes for terminals in it (ECMA-48's control sequences).
#[must_use]
pub fn without_colours(text: &str) -> Cow<'_, str> {
    if memchr::memchr(ESCAPE, text.as_bytes()).is_none() {
        return text.into();
    }
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = memchr::memchr(ESCAPE, rest.as_bytes()) {
        let (before, code) = rest.split_at(at);
        plain.push_str(before);
        rest = after_code(code).unwrap_or_else(|| {
            plain.push(char::from(ESCAPE));
            &code[1..]
        });
    }
    plain.push_str(rest);
    plain.into()
}

/// Returns how many bytes of a text are its first `plain` bytes without colours, with the codes directly after them.
#[must_use]
pub fn bytes_with_colours(text: &str, plain: usize) -> usize {
    let (mut left, mut rest) = (plain, text);
    loop {
        let before = memchr::memchr(ESCAPE, rest.as_bytes()).unwrap_or(rest.len());
        if before > left || before == rest.len() {
            return text.len() - rest.len() + left.min(before);
        }
        (left, rest) = (left - before, &rest[before..]);
        match after_code(rest) {
            Some(after) => rest = after,
            None if left == 0 => return text.len() - rest.len(),
            None => (left, rest) = (left - 1, &rest[1..]),
        }
    }
}

/// Returns a text without the colours at its end. Hardly any text ends as they do.
pub(super) fn before_codes(text: &str) -> &str {
    let mut rest = text;
    while rest.ends_with('m') {
        let near = rest.as_bytes().get(rest.len().saturating_sub(MAX_CODE_BYTES)..).unwrap_or_default();
        let code = memchr::memrchr(ESCAPE, near).and_then(|at| rest.split_at_checked(rest.len() - near.len() + at));
        match code {
            Some((before, code)) if after_code(code) == Some("") => rest = before,
            _ => break,
        }
    }
    rest
}

/// Returns what follows the code at the beginning of a text: `ESC [`, parameters, and a last byte.
fn after_code(text: &str) -> Option<&str> {
    let code = text.strip_prefix("\u{1b}[")?;
    let length = code.bytes().take(MAX_CODE_BYTES).take_while(|byte| matches!(byte, 0x20..=0x3F)).count();
    let last = code.as_bytes().get(length)?;
    matches!(last, 0x40..=0x7E).then(|| &code[length + 1..])
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_bytes_with_colours_are_counted() {
        fn check(text: &str, plain: usize, expect: &str) {
            let bytes = super::bytes_with_colours(text, plain);
            assert_eq!(&text[..bytes], expect, "{text:?}");
            assert_eq!(super::without_colours(expect).len(), plain, "{text:?}");
        }
        check("ab", 1, "a");
        check("ab", 2, "ab");
        check("\u{1b}[31ma\u{1b}[39mb", 1, "\u{1b}[31ma\u{1b}[39m");
        check("\u{1b}[31ma\u{1b}[39mb", 2, "\u{1b}[31ma\u{1b}[39mb");
        check("a\u{1b}b", 1, "a");
        check("a\u{1b}bc", 3, "a\u{1b}b");
        check("é\u{1b}[0m\nx", 3, "é\u{1b}[0m\n");
    }

    #[test]
    fn the_codes_at_the_end_are_left_out() {
        for (text, expect) in [
            ("{}\u{1b}[0m", "{}"),
            ("{}\u{1b}[39m\u{1b}[0m", "{}"),
            ("{} am", "{} am"),
            ("\u{1b}[0mam", "\u{1b}[0mam"),
            ("m", "m"),
        ] {
            assert_eq!(super::before_codes(text), expect, "{text:?}");
        }
    }

    #[test]
    fn codes_are_left_out() {
        fn check(text: &str, expect: &str) {
            assert_eq!(super::without_colours(text), expect, "{text:?}");
        }
        check("a", "a");
        check("\u{1b}[31merror\u{1b}[39m: x", "error: x");
        check("\u{1b}[1;38;5;214mé\u{1b}[0m\u{1b}[K", "é");
        check("\u{1b}[?25lx", "x");
        check("a\u{1b}", "a\u{1b}");
        check("a\u{1b}[", "a\u{1b}[");
        check("a\u{1b}[3é", "a\u{1b}[3é");
        check("\u{1b}7\u{1b}\u{1b}[0m", "\u{1b}7\u{1b}");
    }
}
