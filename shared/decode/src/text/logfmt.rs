//! logfmt: `level=error msg="payment failed" request_id=7`, also as Python's structlog writes it: `level='error'`.

use std::borrow::Cow;

use record::{Draft, FieldSink, Value, level};

use super::time;

/// How many pairs are read.
const MAX_PAIRS: usize = 256;
/// The shortest text that is logfmt.
const MIN_PAIRS: usize = 2;
/// The most digits that a number has.
const MAX_DIGITS: usize = 15;
/// The names of a time, of a message and of a level, as hand-made formats write them.
const TIMES: [&str; 8] = ["time", "ts", "asctime", "timestamp", "@timestamp", "datetime", "date", "t"];
const MESSAGES: [&str; 3] = ["msg", "message", "event"];
const LEVELS: [&str; 7] = ["level", "lvl", "levelname", "severity", "loglevel", "log_level", "log.level"];
/// What opens a list, a dict or an object.
const OPENING: [char; 4] = ['{', '[', '(', '<'];
/// How long a value with brackets is, at most.
const MAX_BRACKETS_BYTES: usize = 4_096;

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
        if pairs.len() == MAX_PAIRS {
            return None;
        }
        let (name, value, after) = pair(rest)?;
        pairs.push((name.into(), value));
        rest = after.trim_start();
    }
    drop_commas(&mut pairs);
    Some(pairs)
}

/// Drops the commas after values where all have one but the last: `level=error, request_id=7`.
fn drop_commas(pairs: &mut [(Cow<'_, str>, PairValue<'_>)]) {
    let Some((_, others)) = pairs.split_last_mut() else { return };
    if !others.iter().all(|(_, value)| value.is_quoted || value.text.ends_with(',')) {
        return;
    }
    for (_, value) in others.iter_mut().filter(|(_, value)| !value.is_quoted) {
        value.text = value.text.trim_end_matches(',').to_owned().into();
    }
}

/// Reads a text of pairs whose values may have blanks without quotes, as formats made by hand write them:
/// `time=2026-11-24 21:08:12,123 level=ERROR message=order failed`. `None` for a text that says no level, or neither a time nor
/// a message: it may be a sentence.
pub(super) fn loose_pairs(text: &str) -> Option<Vec<(Cow<'_, str>, PairValue<'_>)>> {
    let text = text.trim();
    if text.contains('\n') || !is_like(text) {
        return None;
    }
    let (mut pairs, mut rest, mut tries) = (Vec::<(Cow<'_, str>, PairValue<'_>)>::new(), text, 0);
    while !rest.is_empty() {
        if pairs.len() == MAX_PAIRS {
            return None;
        }
        let name = rest.bytes().take_while(|byte| is_name(*byte)).count();
        let (name, value) = (rest.get(..name)?, rest.get(name..)?.strip_prefix('=')?);
        let is_message = MESSAGES.contains(&name);
        let after = match after_time(name, value) {
            Some(after) => after,
            None => rest_of_pairs(value, is_message, &mut tries)?,
        };
        let (whole, loose) = (pair(rest), value.get(..value.len() - after.len())?.trim_end());
        match whole {
            Some((name, value, end)) if end.trim_start().len() == after.trim_start().len() => {
                pairs.push((name.into(), value));
            }
            // A word after the last value is none of it, but of a message.
            _ if after.is_empty() && !is_message && !TIMES.contains(&name) => return None,
            _ => {
                let loose = if after.is_empty() { loose } else { loose.trim_end_matches(',') };
                pairs.push((name.into(), PairValue { text: loose.into(), is_quoted: true }));
            }
        }
        rest = after.trim_start();
    }
    drop_commas(&mut pairs);
    let has = |names: &[&str]| pairs.iter().any(|(name, _)| names.contains(&name.as_ref()));
    let is_level = |(name, value): &(Cow<'_, str>, PairValue<'_>)| {
        LEVELS.contains(&name.as_ref()) && level::number(&value.text).is_some()
    };
    (pairs.iter().any(is_level) && (has(&TIMES) || has(&MESSAGES))).then_some(pairs)
}

/// Returns the pairs that follow a value: the next one, or after a message those after which only pairs follow.
fn rest_of_pairs<'t>(value: &'t str, is_message: bool, tries: &mut usize) -> Option<&'t str> {
    let mut rest = match self::value(value) {
        Some((_, after)) if is_end(after) => after,
        _ => after_word(value),
    };
    let mut pairs = None;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(pairs.unwrap_or(rest));
        }
        if !is_like(rest) {
            pairs = None;
            rest = after_word(rest);
            continue;
        }
        if !is_message {
            return Some(rest);
        }
        *tries += 1;
        if *tries > MAX_PAIRS {
            return None;
        }
        let time = rest.split_once('=').and_then(|(name, value)| after_time(name, value));
        if let Some(after) = time.or_else(|| after_pair(rest)) {
            pairs = pairs.or(Some(rest));
            rest = after;
        } else {
            pairs = None;
            rest = after_word(rest);
        }
    }
}

/// Returns what follows a time without quotes.
fn after_time<'t>(name: &str, value: &'t str) -> Option<&'t str> {
    let (_, length) = time::at_start(value).filter(|_| TIMES.contains(&name))?;
    let after = value.get(length..)?;
    Some(after.strip_prefix(',').unwrap_or(after)).filter(|after| is_end(after))
}

fn after_word(text: &str) -> &str {
    text.find([' ', '\t']).map_or("", |end| &text[end..])
}

/// Returns what follows the pair at the beginning of a text.
pub(super) fn after_pair(text: &str) -> Option<&str> {
    pair(text).map(|(_, _, after)| after)
}

/// Reads the pair at the beginning of a text, and what follows it.
fn pair(text: &str) -> Option<(&str, PairValue<'_>, &str)> {
    let name = text.bytes().take_while(|byte| is_name(*byte)).count();
    let (name, after) = text.split_at_checked(name).filter(|(name, _)| !name.is_empty())?;
    let (value, after) = value(after.strip_prefix('=')?)?;
    let after = after.strip_prefix(',').filter(|after| is_end(after)).unwrap_or(after);
    is_end(after).then_some((name, value, after))
}

/// Returns whether pairs are enough to be a record.
pub(super) fn is_record(pairs: &[(Cow<'_, str>, PairValue<'_>)]) -> bool {
    pairs.len() >= MIN_PAIRS
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@' | b'/')
}

fn is_end(text: &str) -> bool {
    text.is_empty() || text.starts_with([' ', '\t'])
}

fn value(text: &str) -> Option<(PairValue<'_>, &str)> {
    // Python's `'careful'` is a word where no quote ends it: `'n`.
    match text.as_bytes() {
        [b'"', ..] => quoted(text),
        [b'\'', ..] => quoted(text).filter(|(_, after)| is_end(after)).or_else(|| bare(text)),
        _ => bare(text),
    }
}

/// Reads a value between quotes of either kind.
fn quoted(text: &str) -> Option<(PairValue<'_>, &str)> {
    let quoted = text.get(1..)?;
    let mut is_escaped = false;
    let end = quoted.bytes().position(|byte| {
        let was_escaped = is_escaped;
        is_escaped = byte == b'\\' && !was_escaped;
        byte == text.as_bytes()[0] && !was_escaped
    })?;
    let (value, rest) = (quoted.get(..end)?, quoted.get(end + 1..)?);
    let text = if value.contains('\\') { unescaped(value).into() } else { value.into() };
    Some((PairValue { text, is_quoted: true }, rest))
}

/// Reads a value without quotes: a word, or what Python prints for a list, a dict or an object.
fn bare(text: &str) -> Option<(PairValue<'_>, &str)> {
    let word = text.find([' ', '\t', '\n']).unwrap_or(text.len());
    let brackets = if text[..word].contains(OPENING) { end_of_brackets(text) } else { None };
    let (value, rest) = text.split_at_checked(brackets.unwrap_or(word))?;
    (brackets.is_some() || !value.contains('"')).then_some((PairValue { text: value.into(), is_quoted: false }, rest))
}

/// Returns where a value with brackets in it ends: at the first blank after they are closed.
fn end_of_brackets(text: &str) -> Option<usize> {
    let (mut open, mut quote, mut is_escaped) = (0_usize, None, false);
    for (at, byte) in text.bytes().enumerate().take(MAX_BRACKETS_BYTES) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            byte if quote.is_some() => quote = quote.filter(|open| *open != byte),
            b'"' | b'\'' if open > 0 => quote = Some(byte),
            b'{' | b'[' | b'(' | b'<' => open += 1,
            b'}' | b']' | b')' | b'>' => open = open.checked_sub(1)?,
            b' ' | b'\t' | b'\n' if open == 0 => return Some(at),
            _ => {}
        }
    }
    (open == 0 && quote.is_none() && text.len() < MAX_BRACKETS_BYTES).then_some(text.len())
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, if character == '\\' { characters.next() } else { None }) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some('t')) => plain.push('\t'),
            ('\\', Some('r')) => plain.push('\r'),
            ('\\', Some(escaped @ ('"' | '\'' | '\\' | ']'))) => plain.push(escaped),
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

#[cfg(test)]
mod tests {
    use super::{loose_pairs, pairs};

    #[test]
    fn a_value_without_quotes_may_have_blanks() {
        fn check(text: &str, expect: Option<&[(&str, &str)]>) {
            let found = loose_pairs(text);
            let found: Option<Vec<_>> = found
                .as_ref()
                .map(|pairs| pairs.iter().map(|(name, value)| (name.as_ref(), value.text.as_ref())).collect());
            assert_eq!(found.as_deref(), expect, "{text}");
        }
        check(
            "time=2026-11-24 21:08:12,123 level=INFO thread=Thread-1 (worker) msg=a b=c d e=1",
            Some(&[
                ("time", "2026-11-24 21:08:12,123"),
                ("level", "INFO"),
                ("thread", "Thread-1 (worker)"),
                ("msg", "a b=c d"),
                ("e", "1"),
            ]),
        );
        check(
            "level=INFO, msg=a, b, ts=2026-11-24 21:08:12",
            Some(&[("level", "INFO"), ("msg", "a, b"), ("ts", "2026-11-24 21:08:12")]),
        );
        // Sentences.
        check("user=bob level=7 is fine", None);
        check("level=high msg=a b", None);
        check("level=INFO order placed", None);
        check("level=INFO msg=a\nb", None);
        check(&format!("level=INFO msg=a {}", "a=( ".repeat(1_000)), None);
        check(&format!("level=INFO {} msg=b c", "a=( ".repeat(1_000)), None);
    }

    #[test]
    fn a_text_of_pairs_is_read() {
        fn check(text: &str, expect: Option<&[(&str, &str)]>) {
            let found = pairs(text);
            let found: Option<Vec<_>> = found
                .as_ref()
                .map(|pairs| pairs.iter().map(|(name, value)| (name.as_ref(), value.text.as_ref())).collect());
            assert_eq!(found.as_deref(), expect, "{text}");
        }
        check(r#"a=1 b="x \"y\"" c="#, Some(&[("a", "1"), ("b", "x \"y\""), ("c", "")]));
        check("a='it\\'s on' b=\"can't\"", Some(&[("a", "it's on"), ("b", "can't")]));
        check("a='n b=7", Some(&[("a", "'n"), ("b", "7")]));
        check(
            "a=[1, 'x ]'] b={'c': (1, 2)} d=<F at 0x7>",
            Some(&[("a", "[1, 'x ]']"), ("b", "{'c': (1, 2)}"), ("d", "<F at 0x7>")]),
        );
        check("a=f(1, 2) b=(", Some(&[("a", "f(1, 2)"), ("b", "(")]));
        check(r#"a={"b": 1}"#, Some(&[("a", r#"{"b": 1}"#)]));
        check("a=1, b=\"x, y\", c=z, d=,", Some(&[("a", "1"), ("b", "x, y"), ("c", "z"), ("d", ",")]));
        check("a=1, b=2 c=3", Some(&[("a", "1,"), ("b", "2"), ("c", "3")]));
        check("a=1 b", None);
        check("a=1\nb=2", None);
        check("a=\"x", None);
    }
}
