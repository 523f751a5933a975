//! Values that follow a name in text, and where they end.

use std::ops::Range;

use super::harmless::is_harmless;
use super::run::run;

/// How many brackets, quotes and full stops may end a value together.
const MAX_CLOSING: usize = 16;

/// The longest placeholder or mask in brackets, such as `${NAME}`.
const MAX_PLACEHOLDER_BYTES: usize = 256;

/// Quotes by their numbers.
const QUOTES: [&[u8]; 3] = [b"x22", b"u0022", b"x27"];
/// Quotes as HTML writes them.
const ENTITIES: [&[u8]; 5] = [b"&quot;", b"&#34;", b"&#39;", b"&#x27;", b"&apos;"];
/// What stands before a text in the notation of its type.
const WRAPPERS: [&[u8]; 17] = [
    b"Some(",
    b"Optional(",
    b"Just ",
    b"Ok(",
    b"Right(",
    b"Secret(",
    b"SecretStr(",
    b"SecretString(",
    b"Password(",
    b"Token(",
    b"String(",
    b"Text(",
    b"str(",
    b"Value(",
    b"Box(",
    b"[]string{",
    b"[]string {",
];
/// How many blanks may stand before the type of a text that PHP printed.
const MAX_INDENT: usize = 64;

/// A value in text.
pub(super) struct TextValue {
    /// Its bytes, without quotes.
    pub(super) range: Range<usize>,
    /// Whether quotes or brackets mark its end.
    pub(super) is_delimited: bool,
}

/// Returns the value that begins at `start`; `None` if there is none.
pub(super) fn value_at(bytes: &[u8], start: usize) -> Option<TextValue> {
    let rest = bytes.get(start..)?;
    // Python's `b'…'` and `u'…'`.
    let prefix = usize::from(matches!(rest, [b'b' | b'B' | b'u' | b'U' | b'r' | b'R', b'"' | b'\'', ..]));
    let backslashes = run(&rest[prefix..], |byte| byte == b'\\').len();
    if let Some(length) = escaped_quote(rest) {
        let start = start + length;
        let is_end = |at: &usize| escaped_quote(&bytes[*at..]).is_some();
        let end =
            memchr::memchr2_iter(b'\\', b'&', &bytes[start..]).map(|at| start + at).find(is_end).unwrap_or(bytes.len());
        return Some(TextValue { range: start..end, is_delimited: true });
    }
    match *rest.get(prefix + backslashes)? {
        quote @ (b'"' | b'\'' | b'`') => {
            let start = start + prefix + backslashes + 1;
            Some(TextValue { range: start..quoted(bytes, start, quote, backslashes), is_delimited: true })
        }
        b'[' | b'{' | b'(' | b'<' if backslashes == 0 && prefix == 0 => {
            let word = start..word_end(bytes, start);
            // `[redacted]`, `{}` and `{password}` are words in brackets.
            let is_word = is_harmless(&bytes[word.clone()]);
            let range = if is_word { word } else { start..after_bracket(bytes, bracketed(bytes, start)) };
            Some(TextValue { range, is_delimited: true })
        }
        _ => Some(TextValue { range: start..word_end(bytes, start), is_delimited: false }),
    }
}

/// Returns where the text begins that a type's notation holds: in `Some("…")`, in PHP's `string(7) "…"`.
pub(super) fn unwrapped(bytes: &[u8], start: usize) -> usize {
    let rest = &bytes[start..];
    let php = || {
        let indent = run(&rest[..rest.len().min(MAX_INDENT)], |byte| byte.is_ascii_whitespace()).len();
        let digits = run(rest[indent..].strip_prefix(b"string(")?, |byte| byte.is_ascii_digit()).len();
        let length = indent + "string(".len() + digits;
        rest[length..].starts_with(b") \"").then_some(length + ") ".len())
    };
    let wrapper = WRAPPERS.iter().find(|wrapper| rest.starts_with(wrapper)).map(|wrapper| wrapper.len());
    let is_text = |at: &usize| matches!(&rest[*at..], [b'"' | b'\'', ..] | [b'b', b'"' | b'\'', ..]);
    start + wrapper.filter(is_text).or_else(php).unwrap_or_default()
}

/// Returns the value that begins at `start` in a text that is escaped for a URL.
pub(super) fn escaped_at(bytes: &[u8], start: usize) -> TextValue {
    const ENDS: [&[u8]; 9] = [b"%26", b"%22", b"%27", b"%2C", b"%2c", b"%7D", b"%7d", b"%20", b"%3B"];
    let is_part =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'~' | b'+' | b'*' | b'%');
    let is_end = |at: &usize| !is_part(bytes[*at]) || ENDS.iter().any(|end| bytes[*at..].starts_with(end));
    let end = (start..bytes.len()).find(is_end).unwrap_or(bytes.len());
    TextValue { range: start..end, is_delimited: false }
}

/// Returns the length of a quote that is written as its number, as nginx writes it: `\x22`, `\u0022`, also with more
/// backslashes; or as HTML writes it: `&quot;`.
pub(super) fn escaped_quote(bytes: &[u8]) -> Option<usize> {
    if bytes.first() == Some(&b'&') {
        return ENTITIES.iter().find(|entity| bytes.starts_with(entity)).map(|entity| entity.len());
    }
    let backslashes = run(bytes, |byte| byte == b'\\').len();
    let number = &bytes[backslashes..];
    let quote = QUOTES.iter().find(|quote| number.starts_with(quote))?;
    (backslashes > 0).then_some(backslashes + quote.len())
}

/// Returns where a quoted text ends. Its opening quote had `backslashes` before it, as in JSON within JSON.
fn quoted(bytes: &[u8], start: usize, quote: u8, backslashes: usize) -> usize {
    for at in memchr::memchr_iter(quote, &bytes[start..]).map(|at| start + at) {
        let before = bytes[start..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        // A quote within a word should have been escaped: it does not end the text.
        if before <= backslashes && !bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) {
            return at - before;
        }
    }
    bytes.len()
}

/// Returns where the bracket at `start` closes. Brackets in quotes do not count.
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

/// Returns where a value ends whose bracket closes before `closed`. A password may begin with brackets: `(a)b7`.
fn after_bracket(bytes: &[u8], closed: usize) -> usize {
    let rest = &bytes[closed..];
    let ends = closes(rest) || matches!(rest, [b']' | b'}' | b',' | b'"' | b'\'' | b'\\', ..]);
    if ends { closed } else { word_end(bytes, closed) }
}

/// Returns where an unquoted value ends. A password can contain any character. So a character that may end a value does
/// so only if the next bytes fit.
fn word_end(bytes: &[u8], start: usize) -> usize {
    let is_end = |at: &usize| {
        let after = bytes.get(at + 1..).unwrap_or_default();
        match bytes[*at] {
            0..=b' ' => true,
            b',' | b';' | b'&' => is_end_or_space(after) || begins_with_pair(after),
            b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b'>' => closes(after),
            b'<' => *at > start,
            b'\\' => matches!(after, [b'n' | b'r' | b't' | b'"' | b'\'' | b'\\', ..]),
            _ => false,
        }
    };
    let near = &bytes[start..bytes.len().min(start + MAX_PLACEHOLDER_BYTES)];
    let bracket = match near.first() {
        // A value that begins with a bracket may end with one.
        Some(b'[') => memchr::memchr(b']', near),
        Some(b'{' | b'$' | b'#') => memchr::memchr(b'}', near),
        _ => None,
    };
    let end = (start..bytes.len()).find(is_end).unwrap_or(bytes.len());
    match bracket.map(|bracket| start + bracket + 1) {
        // A secret may begin like a mask: `[***]c0ffee7`.
        Some(closed) if is_harmless(&bytes[start..closed]) && !goes_on(&bytes[closed..]) => closed,
        _ => end,
    }
}

/// Returns whether the bytes after a closing bracket or quote show that a text, or a part of one, ends.
fn closes(after: &[u8]) -> bool {
    let closing = run(&after[..after.len().min(MAX_CLOSING)], |byte| {
        matches!(byte, b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b'>' | b',' | b';' | b'.' | b':' | b'!' | b'?')
    });
    let rest = &after[closing.len()..];
    // This also accepts the opening quote of the next name, which closes nothing.
    is_end_or_space(rest) || (closing.contains(&b',') && begins_with_pair(rest))
}

fn is_end_or_space(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(u8::is_ascii_whitespace)
}

/// Returns whether a word goes on here.
fn goes_on(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
}

/// Returns whether another name with a value begins here: `x=1`, `"x": 1`, `amp;x=1`.
fn begins_with_pair(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"amp;").unwrap_or(bytes);
    let is_quote = |byte| matches!(byte, b'"' | b'\'' | b'\\');
    let name = &bytes[run(bytes, is_quote).len()..];
    let after = &name[run(name, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')).len()..];
    let separator = &after[run(after, is_quote).len()..];
    after.len() < name.len() && matches!(separator.first(), Some(b'=' | b':'))
}
