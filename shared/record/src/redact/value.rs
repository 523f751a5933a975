//! Values that follow a name in text: where they end, and whether they can be secrets.

use std::ops::Range;

use super::mask::is_mask;
use super::names::Names;
use super::run::run;

/// A text without spaces that has this many bytes is not a word of a sentence.
const LONG_WORD: usize = 20;

/// A number with so few digits is a count.
const MAX_COUNT_DIGITS: usize = 2;
/// How long the symbol of a currency is.
const SYMBOL_BYTES: std::ops::RangeInclusive<usize> = 2..=6;

/// This many `x` or dots stand for an omission.
const MIN_OMISSION: usize = 3;

/// How many brackets, quotes and full stops may end a value together.
const MAX_CLOSING: usize = 16;

/// The longest placeholder or mask in brackets, such as `${NAME}`.
const MAX_PLACEHOLDER_BYTES: usize = 256;

/// Quotes by their numbers.
const QUOTES: [&[u8]; 3] = [b"x22", b"u0022", b"x27"];

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
        let end = memchr::memchr_iter(b'\\', &bytes[start..]).map(|at| start + at).find(is_end).unwrap_or(bytes.len());
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
            let range = if is_word { word } else { start..bracketed(bytes, start) };
            Some(TextValue { range, is_delimited: true })
        }
        _ => Some(TextValue { range: start..word_end(bytes, start), is_delimited: false }),
    }
}

/// Returns the length of a quote that is written as its number, as nginx writes it: `\x22`, `\u0022`, also with more
/// backslashes.
pub(super) fn escaped_quote(bytes: &[u8]) -> Option<usize> {
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
        Some(closed) if is_harmless(&bytes[start..closed]) => closed,
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

/// Returns whether another name with a value begins here: `x=1`, `"x": 1`, `amp;x=1`.
fn begins_with_pair(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"amp;").unwrap_or(bytes);
    let is_quote = |byte| matches!(byte, b'"' | b'\'' | b'\\');
    let name = &bytes[run(bytes, is_quote).len()..];
    let after = &name[run(name, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')).len()..];
    let separator = &after[run(after, is_quote).len()..];
    after.len() < name.len() && matches!(separator.first(), Some(b'=' | b':'))
}

/// Returns whether a value cannot be a secret: none or a boolean as languages print them, a template's placeholder, or
/// a mask of logbraid or of others.
pub(super) fn is_harmless(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] = [b"", b"-", b"none", b"null", b"nil", b"undefined", b"true", b"false", b"<nil>"];
    // What a secret is, and not the secret.
    const STATES: [&[u8]; 22] = [
        b"ok",
        b"valid",
        b"invalid",
        b"expired",
        b"missing",
        b"present",
        b"absent",
        b"set",
        b"unset",
        b"yes",
        b"no",
        b"enabled",
        b"disabled",
        b"required",
        b"provided",
        b"omitted",
        b"revoked",
        b"changed",
        b"incorrect",
        b"verified",
        b"hidden",
        b"masked",
    ];
    let is_all = |wanted: &[u8]| value.iter().all(|byte| wanted.contains(byte));
    WORDS.iter().chain(&STATES).any(|word| value.eq_ignore_ascii_case(word))
        || is_mask(value)
        || is_all(b"*")
        || (value.len() >= MIN_OMISSION && (is_all(b".") || is_all(b"xX")))
        || is_placeholder(value)
}

/// Returns whether a value of this name cannot be a secret, though another name's could: a count, a currency's symbol, a
/// shell's directory.
pub(super) fn is_harmless_for(name: &[u8], value: &[u8]) -> bool {
    let is_path = || matches!(value, [b'/' | b'~', ..] | [_, b':', b'\\' | b'/', ..]);
    let is_count = !value.is_empty() && value.len() <= MAX_COUNT_DIGITS && value.iter().all(u8::is_ascii_digit);
    let is_symbol = SYMBOL_BYTES.contains(&value.len()) && value.iter().all(u8::is_ascii_uppercase);
    let ends_with =
        |ending: &[u8]| name.len() >= ending.len() && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending);
    (is_count && !Names::is_password(name) && !ends_with(b"key"))
        || (is_symbol && ends_with(b"token"))
        || (matches!(name, b"PWD" | b"OLDPWD") && is_path())
        || (name == b"pwd" && is_directory(value))
}

/// Returns whether a value is a directory and has no characters that a directory's name hardly has.
fn is_directory(value: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'\\' | b'.' | b'_' | b'-' | b':');
    let is_root = matches!(value, [b'/'] | [b'/', b'a'..=b'z' | b'A'..=b'Z', ..] | [_, b':', b'\\', ..]);
    is_root && value.iter().all(is_part)
}

/// Returns whether a value without quotes is code that names the secret: `settings.TOKEN`, `os.environ['PW']`,
/// `get_token()`.
pub(super) fn is_code(value: &[u8]) -> bool {
    const ROOTS: [&[u8]; 19] = [
        b"os",
        b"self",
        b"cls",
        b"this",
        b"settings",
        b"config",
        b"conf",
        b"cfg",
        b"process",
        b"env",
        b"environ",
        b"app",
        b"request",
        b"req",
        b"args",
        b"options",
        b"params",
        b"kwargs",
        b"secrets",
    ];
    let is_name = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let root = value.iter().take_while(|byte| is_name(byte)).count();
    match &value[root..] {
        [b'.' | b'[', next, ..] => ROOTS.contains(&&value[..root]) && (is_name(next) || matches!(next, b'"' | b'\'')),
        [b'(', b')' | b'"' | b'\'', ..] | [b'('] => root > 0,
        _ => false,
    }
}

/// Returns whether a word begins a sentence about a password: `must be at least 8 characters`.
pub(super) fn begins_sentence(word: &[u8]) -> bool {
    const WORDS: [&[u8]; 14] = [
        b"must", b"should", b"is", b"was", b"has", b"cannot", b"can", b"may", b"will", b"does", b"did", b"not", b"too",
        b"needs",
    ];
    WORDS.contains(&word)
}

/// The names that a secret has as a parameter of SQL.
const PARAMETERS: [&[u8]; 6] = [b"password", b"passwd", b"pwd", b"token", b"secret", b"key"];

/// Returns whether it is a template's placeholder: `%s`, `%(name)s`, `{}`, `{name}`, `${NAME}`, `$NAME`, `?`, `$1`,
/// `:name`, `@p0`, `#{name}`, `<name>`.
fn is_placeholder(value: &[u8]) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'!' | b':');
    let is_variable = |name: &[u8]| name.iter().all(|byte| is_name(*byte));
    match value {
        [b'%', b'(', rest @ ..] => match rest.iter().position(|byte| *byte == b')') {
            Some(end) => is_variable(&rest[..end]) && is_conversion(&rest[end + 1..]),
            None => false,
        },
        [b'%', rest @ ..] => is_conversion(rest),
        [b'?'] => true,
        // SQL's parameters: `@p0`, `@__password_0`, `@password`.
        [b'@', b'p' | b'P', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => true,
        [b'@', b'_', b'_', name @ ..] => is_variable(name),
        [b'@', name @ ..] => PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known)),
        [b'<', name @ .., b'>'] => {
            !name.is_empty() && name.iter().all(|byte| is_name(*byte) || matches!(byte, b'-' | b' '))
        }
        [b':', name @ ..] => !name.is_empty() && name.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_'),
        [b'$' | b'#', b'{', name @ .., b'}'] | [b'{', b'{', name @ .., b'}', b'}'] | [b'{', name @ .., b'}'] => {
            is_variable(name.trim_ascii())
        }
        [b'$', name @ ..] => {
            let is_all = |is_part: fn(&u8) -> bool| name.iter().all(is_part);
            !name.is_empty()
                && (is_all(u8::is_ascii_digit) || is_all(|byte| byte.is_ascii_uppercase() || *byte == b'_'))
        }
        _ => false,
    }
}

/// Returns whether these bytes may follow the `%` of a conversion.
fn is_conversion(bytes: &[u8]) -> bool {
    let is_flag = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'#' | b'+' | b'.' | b'*');
    matches!(bytes, [flags @ .., b's' | b'r' | b'a' | b'd' | b'i' | b'x' | b'v' | b'f' | b'g'] if flags.iter().all(|byte| is_flag(*byte)))
}

/// Returns whether a value looks generated, and not like a word of a sentence.
pub(super) fn looks_random(value: &[u8]) -> bool {
    value.len() >= LONG_WORD || value.iter().any(u8::is_ascii_digit)
}
