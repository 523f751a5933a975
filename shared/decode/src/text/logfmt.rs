//! logfmt: `level=error msg="payment failed" request_id=7`.

use std::borrow::Cow;

use record::{Draft, FieldSink, Value};

/// How many pairs are read.
const MAX_PAIRS: usize = 256;
/// The shortest text that is logfmt.
const MIN_PAIRS: usize = 2;
/// The most digits that a number has.
const MAX_DIGITS: usize = 15;

/// A value.
pub(super) struct PairValue<'t> {
    pub(super) text: Cow<'t, str>,
    is_quoted: bool,
}

/// Returns whether a text begins with a pair.
pub(super) fn is_like(text: &str) -> bool {
    let name = text.bytes().take_while(|byte| is_name(*byte)).count();
    name > 0 && text.as_bytes().get(name) == Some(&b'=')
}

/// Reads a text that consists of pairs; `None` for any other text.
pub(super) fn pairs(text: &str) -> Option<Vec<(Cow<'_, str>, PairValue<'_>)>> {
    let (mut pairs, mut rest) = (Vec::new(), text.trim());
    while !rest.is_empty() {
        let name = rest.bytes().take_while(|byte| is_name(*byte)).count();
        if name == 0 || pairs.len() == MAX_PAIRS {
            return None;
        }
        let (name, after) = rest.split_at(name);
        let after = after.strip_prefix('=')?;
        let (value, after) = value(after)?;
        pairs.push((name.into(), value));
        if !after.is_empty() && !after.starts_with([' ', '\t']) {
            return None;
        }
        rest = after.trim_start();
    }
    Some(pairs)
}

/// Returns whether pairs are enough to be a record.
pub(super) fn is_record(pairs: &[(Cow<'_, str>, PairValue<'_>)]) -> bool {
    pairs.len() >= MIN_PAIRS
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@' | b'/')
}

fn value(text: &str) -> Option<(PairValue<'_>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', '\t', '\n']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (!value.contains('"')).then_some((PairValue { text: value.into(), is_quoted: false }, rest));
    };
    let mut is_escaped = false;
    let end = quoted.bytes().position(|byte| {
        let was_escaped = is_escaped;
        is_escaped = byte == b'\\' && !was_escaped;
        byte == b'"' && !was_escaped
    })?;
    let (value, rest) = (quoted.get(..end)?, quoted.get(end + 1..)?);
    let text = if value.contains('\\') { unescaped(value).into() } else { value.into() };
    Some((PairValue { text, is_quoted: true }, rest))
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, if character == '\\' { characters.next() } else { None }) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some('t')) => plain.push('\t'),
            ('\\', Some('r')) => plain.push('\r'),
            ('\\', Some(escaped @ ('"' | '\\' | ']'))) => plain.push(escaped),
            ('\\', Some(other)) => plain.extend(['\\', other]),
            (character, _) => plain.push(character),
        }
    }
    plain
}

/// Adds a pair as a field. A value without quotes that is written like a number or a boolean is one.
pub(super) fn push(draft: &mut Draft<'_>, name: &str, value: &PairValue<'_>) {
    let text = value.text.as_ref();
    let scalar = match text {
        _ if value.is_quoted || text.len() > MAX_DIGITS => None,
        "true" => Some(Value::Boolean(true)),
        "false" => Some(Value::Boolean(false)),
        // Only if nothing is lost: `007` is no number.
        _ => text.parse().ok().filter(|number: &i64| number.to_string() == text).map(Value::Integer).or_else(|| {
            text.parse().ok().filter(|number: &f64| number.to_string() == text && number.is_finite()).map(Value::Float)
        }),
    };
    draft.push(name, scalar.unwrap_or(Value::Text(text)));
}
