//! The value that follows a name in running text: where it ends, and whether it can be a secret.

use std::ops::Range;

use super::mask::is_mask;
use super::shapes::run;

/// A text of so many bytes without a space is no word of a sentence.
const LONG_WORD: usize = 20;

/// So many `x` or dots stand for something left out.
const MIN_CROSSES: usize = 3;

/// How many brackets, quotes and full stops may end a value together.
const MAX_CLOSING: usize = 16;

/// A value found in text.
pub(super) struct Found {
    /// Its bytes, without quotes.
    pub(super) range: Range<usize>,
    /// Whether quotes or brackets tell where it ends.
    pub(super) is_closed: bool,
}

/// The value that begins here; `None` where there is none.
pub(super) fn value_at(bytes: &[u8], start: usize) -> Option<Found> {
    let rest = bytes.get(start..)?;
    // Python's `b'…'` and `u'…'`.
    let prefix = usize::from(matches!(rest, [b'b' | b'B' | b'u' | b'U' | b'r' | b'R', b'"' | b'\'', ..]));
    let backslashes = run(&rest[prefix..], |byte| byte == b'\\').len();
    match *rest.get(prefix + backslashes)? {
        quote @ (b'"' | b'\'' | b'`') => {
            let start = start + prefix + backslashes + 1;
            Some(Found { range: start..quoted(bytes, start, quote, backslashes), is_closed: true })
        }
        b'[' | b'{' | b'(' | b'<' if backslashes == 0 && prefix == 0 => {
            let word = start..word_end(bytes, start);
            // `[redacted]`, `{}` and `{password}` are words, though they have brackets.
            let is_word = is_harmless(&bytes[word.clone()]);
            let range = if is_word { word } else { start..bracketed(bytes, start) };
            Some(Found { range, is_closed: true })
        }
        _ => Some(Found { range: start..word_end(bytes, start), is_closed: false }),
    }
}

/// Where the text ends that began after a quote with so many backslashes before it, as in JSON within JSON.
fn quoted(bytes: &[u8], start: usize, quote: u8, backslashes: usize) -> usize {
    for at in memchr::memchr_iter(quote, &bytes[start..]).map(|at| start + at) {
        let before = bytes[start..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        // A quote within a word is one that should have been escaped.
        if before <= backslashes && !bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) {
            return at - before;
        }
    }
    bytes.len()
}

/// Where the bracket closes that opens here, quotes in it understood.
fn bracketed(bytes: &[u8], start: usize) -> usize {
    let (mut open, mut at) = (0_usize, start);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'[' | b'{' | b'(' | b'<' => open += 1,
            b']' | b'}' | b')' | b'>' => open -= 1,
            quote @ (b'"' | b'\'') => {
                let backslashes = bytes[start..at].iter().rev().take_while(|byte| **byte == b'\\').count();
                let end = quoted(bytes, at + 1, *quote, backslashes);
                at = (end + run(&bytes[end..], |byte| byte == b'\\').len()).min(bytes.len());
            }
            _ => {}
        }
        at += 1;
        if open == 0 {
            return at.min(bytes.len());
        }
    }
    bytes.len()
}

/// Where a value without quotes ends. Passwords have all kinds of characters: those that also end values do so only
/// where what follows looks like it.
fn word_end(bytes: &[u8], start: usize) -> usize {
    let is_end = |at: &usize| {
        let after = bytes.get(at + 1..).unwrap_or_default();
        match bytes[*at] {
            0..=b' ' => true,
            b',' | b';' | b'&' => is_nothing_or_space(after) || begins_with_pair(after),
            b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b'>' => closes(after),
            b'<' => *at > start,
            b'\\' => matches!(after, [b'n' | b'r' | b't' | b'"' | b'\'' | b'\\', ..]),
            _ => false,
        }
    };
    let bracket = match bytes.get(start) {
        // A bracket that the value begins with may end it.
        Some(b'[') => memchr::memchr(b']', &bytes[start..]),
        Some(b'{' | b'$') => memchr::memchr(b'}', &bytes[start..]),
        _ => None,
    };
    let end = (start..bytes.len()).find(is_end).unwrap_or(bytes.len());
    match bracket.map(|bracket| start + bracket + 1) {
        Some(closed) if is_harmless(&bytes[start..closed]) => closed,
        _ => end,
    }
}

/// Whether what follows a closing bracket or quote is the end of a text, or of a part of one.
fn closes(after: &[u8]) -> bool {
    let closing = run(&after[..after.len().min(MAX_CLOSING)], |byte| {
        matches!(byte, b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b'>' | b',' | b';' | b'.' | b':' | b'!' | b'?')
    });
    let rest = &after[closing.len()..];
    // The quote that begins the next name closes nothing, but stands there as well.
    is_nothing_or_space(rest) || (closing.contains(&b',') && begins_with_pair(rest))
}

fn is_nothing_or_space(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(u8::is_ascii_whitespace)
}

/// Whether another name with a value begins here: `x=1`, `"x": 1`, `amp;x=1`.
fn begins_with_pair(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"amp;").unwrap_or(bytes);
    let is_quote = |byte| matches!(byte, b'"' | b'\'' | b'\\');
    let name = &bytes[run(bytes, is_quote).len()..];
    let after = &name[run(name, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')).len()..];
    let separator = &after[run(after, is_quote).len()..];
    after.len() < name.len() && matches!(separator.first(), Some(b'=' | b':'))
}

/// Whether a value cannot be a secret: what languages print for nothing and for truth, what templates have in place of
/// a value, and masks, ours and others'.
pub(super) fn is_harmless(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] = [b"", b"-", b"none", b"null", b"nil", b"undefined", b"true", b"false", b"<nil>"];
    let is_all = |wanted: &[u8]| value.iter().all(|byte| wanted.contains(byte));
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
        || is_mask(value)
        || is_all(b"*")
        || (value.len() >= MIN_CROSSES && (is_all(b".") || is_all(b"xX")))
        || is_placeholder(value)
}

/// `%s`, `%(name)s`, `{}`, `{name}`, `${NAME}`, `$NAME`.
fn is_placeholder(value: &[u8]) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'!' | b':');
    let is_variable = |name: &[u8]| name.iter().all(|byte| is_name(*byte));
    match value {
        [b'%', b'(', rest @ ..] => match rest.iter().position(|byte| *byte == b')') {
            Some(end) => is_variable(&rest[..end]) && is_conversion(&rest[end + 1..]),
            None => false,
        },
        [b'%', rest @ ..] => is_conversion(rest),
        [b'$', b'{', name @ .., b'}'] | [b'{', b'{', name @ .., b'}', b'}'] | [b'{', name @ .., b'}'] => {
            is_variable(name.trim_ascii())
        }
        [b'$', name @ ..] => !name.is_empty() && name.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_'),
        _ => false,
    }
}

/// What follows the `%` of a conversion.
fn is_conversion(bytes: &[u8]) -> bool {
    let is_flag = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'#' | b'+' | b'.' | b'*');
    matches!(bytes, [flags @ .., b's' | b'r' | b'a' | b'd' | b'i' | b'x' | b'v' | b'f' | b'g'] if flags.iter().all(|byte| is_flag(*byte)))
}

/// Whether a value looks made by a machine rather than written as a word of a sentence.
pub(super) fn looks_random(value: &[u8]) -> bool {
    value.len() >= LONG_WORD || value.iter().any(u8::is_ascii_digit)
}
