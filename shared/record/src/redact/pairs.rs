//! Secrets that follow their name in text: `password=…`, `"api_key": "…"`, `Authorization: Bearer …`, `--token …`, XML.

use std::ops::Range;

use memchr::memmem;

use super::harmless::{are_harmless, begins_sentence, is_code, is_harmless, is_harmless_for, is_type, looks_random};
use super::name_in_text::{MAX_NAME, Name, is_name, name_around};
use super::names::Names;
use super::run::run;
use super::separator::{Separation, Separator, is_header, separator};
use super::value::{TextValue, escaped_at, unwrapped, value_at};

/// Returns the secret that follows the name around `hit`.
pub(super) fn secret(names: &Names, bytes: &[u8], hit: &Range<usize>) -> Option<Range<usize>> {
    let name = name_around(bytes, hit);
    let text = &bytes[name.start..name.word.end];
    let separation = separator(bytes, &name)?;
    if !names.is_secret(text) || names.is_excepted(&bytes[name.word.clone()]) {
        return None;
    }
    if separation.kind == Separator::Colon && (is_in_arn(bytes, &name) || is_program(bytes, &name, &separation)) {
        return None;
    }
    let start = unwrapped(bytes, separation.value);
    let found = match separation.kind {
        Separator::Tag => {
            let is_end = |at: &usize| matches!(bytes[*at], b'<' | 0) || bytes[*at..].starts_with(b"&lt;");
            let content = &bytes[start..(start..bytes.len()).find(is_end).unwrap_or(bytes.len())];
            let after = &bytes[start + content.len()..];
            // `<token>` may be no element but a placeholder.
            let is_element = after.starts_with(b"</")
                || after.starts_with(b"&lt;/")
                || (!after.starts_with(b"<") && !content.contains(&b' '));
            let length = if is_element { content.len() } else { 0 };
            TextValue { range: start..start + length, is_delimited: true }
        }
        Separator::Escaped => escaped_at(bytes, start),
        _ => value_at(bytes, start)?,
    };
    let secret = trim_value(names, bytes, &name, found, &separation)?;
    let value = &bytes[secret.clone()];
    let is_harmless = is_harmless(value) || are_harmless(value) || is_harmless_for(&bytes[name.word.clone()], value);
    (!is_harmless).then_some(secret)
}

/// Returns whether the name around `hit` is a secret's and ends like a field's name in BSON, with a NUL. A text ends
/// the same way: a text like `Authorization` may name the value beside it.
pub(super) fn is_field(names: &Names, bytes: &[u8], hit: &Range<usize>) -> bool {
    let rest = &bytes[hit.end..bytes.len().min(hit.end + MAX_NAME)];
    let end = hit.end + run(rest, |byte| is_name(byte) || matches!(byte, b' ' | b'#')).len();
    bytes.get(end) == Some(&0) && names.is_secret(&bytes[name_around(bytes, hit).start..end])
}

/// Returns the value in quotes after `IDENTIFIED BY`, as SQL has it.
pub(super) fn after_sql(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let value = value_at(bytes, start).filter(|value| value.is_delimited)?;
    (!is_harmless(&bytes[value.range.clone()])).then_some(value.range)
}

/// Returns whether the name is part of the name of a resource of AWS: `arn:aws:secretsmanager:…:secret:orders`.
fn is_in_arn(bytes: &[u8], name: &Name) -> bool {
    let before = &bytes[name.word.start.saturating_sub(MAX_NAME)..name.word.start];
    before.ends_with(b":") && memmem::rfind(before, b"arn:").is_some_and(|arn| !before[arn..].contains(&b' '))
}

/// Returns whether the name is the program `passwd`, which says something about a user: `passwd: user bob not found`.
fn is_program(bytes: &[u8], name: &Name, separation: &Separation) -> bool {
    const WORDS: usize = 3;
    let near = &bytes[separation.value..bytes.len().min(separation.value + MAX_NAME)];
    let is_word = |word: &&[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_lowercase);
    &bytes[name.word.clone()] == b"passwd"
        && separation.is_spaced
        && near.split(|byte| *byte == b' ').take(WORDS).filter(is_word).count() == WORDS
}

/// Narrows a value to the secret: drops the scheme of HTTP authentication, and extends a cookie header to the end of
/// its line. `None` if the value looks like a word of a sentence or like code.
fn trim_value(
    names: &Names,
    bytes: &[u8],
    name: &Name,
    found: TextValue,
    separation: &Separation,
) -> Option<Range<usize>> {
    let TextValue { mut range, is_delimited } = found;
    let text = &bytes[name.start..name.word.end];
    let ends_with =
        |ending: &[u8]| text.len() >= ending.len() && text[text.len() - ending.len()..].eq_ignore_ascii_case(ending);
    if ends_with(b"authorization") || ends_with(b"auth") {
        range = without_scheme(bytes, range, is_delimited);
    } else if ends_with(b"cookie") && !is_delimited && bytes[range.clone()].contains(&b'=') {
        range.end = line_end(bytes, range.end);
    }
    let value = &bytes[range.clone()];
    let follows_word = |more: &[u8]| matches!(more, [b' ', next, ..] if next.is_ascii_alphabetic());
    if !is_delimited
        && (is_code(value)
            || (is_type(value) && separation.is_spaced)
            || names_secret(names, value)
            || (separation.is_spaced
                && begins_sentence(value)
                && follows_word(bytes.get(range.end..).unwrap_or_default())))
    {
        return None;
    }
    // In a list of pairs, only what looks like a secret: the name may be an argument beside others.
    if separation.kind == Separator::Comma && !is_header(&bytes[name.word.clone()]) {
        return looks_random(value).then_some(range);
    }
    if separation.kind == Separator::Atom && !is_delimited {
        return looks_random(value).then_some(range);
    }
    if is_delimited || Names::is_password(text) || looks_random(value) {
        return Some(range);
    }
    let is_code = separation.kind == Separator::Equals && separation.is_spaced;
    // `Unexpected token: x`, but not `token: x`.
    let is_sentence = separation.kind == Separator::Colon
        && separation.is_spaced
        && !separation.is_quoted
        && matches!(bytes[..name.word.start], [.., before, b' '] if before.is_ascii_alphanumeric());
    (!is_code && !is_sentence).then_some(range)
}

/// Returns whether a value without quotes is code that reads a field with a secret's name: `user.password`.
fn names_secret(names: &Names, value: &[u8]) -> bool {
    let is_name = |part: &[u8]| {
        part.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
            && part.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
    };
    let last = value.iter().rposition(|byte| *byte == b'.').map_or(&[][..], |dot| &value[dot + 1..]);
    value.split(|byte| *byte == b'.').all(is_name) && names.is_secret(last)
}

/// Returns the credentials after a scheme such as `Bearer`.
fn without_scheme(bytes: &[u8], range: Range<usize>, is_delimited: bool) -> Range<usize> {
    const ONE_WORD: [&[u8]; 6] = [b"bearer", b"basic", b"token", b"apikey", b"negotiate", b"ntlm"];
    const MANY_WORDS: [&[u8]; 4] = [b"digest", b"aws4-hmac-sha256", b"hawk", b"oauth"];
    let scheme = run(&bytes[range.clone()], |byte| byte > b' ').len();
    let word = &bytes[range.start..range.start + scheme];
    let is_one_of = |schemes: &[&[u8]]| schemes.iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
    let after = range.start + scheme;
    let start = after + run(&bytes[after..], |byte| byte == b' ').len();
    if start == after || !(is_one_of(&ONE_WORD) || is_one_of(&MANY_WORDS)) {
        return range;
    }
    let end = match value_at(bytes, start) {
        _ if is_delimited => range.end,
        _ if is_one_of(&MANY_WORDS) => line_end(bytes, start),
        Some(found) => found.range.end,
        None => range.end,
    };
    start..end.max(start)
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    from + run(&bytes[from..], |byte| !matches!(byte, b'\n' | b'\r' | 0)).len()
}
