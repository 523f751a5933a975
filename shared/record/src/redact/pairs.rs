//! Secrets that follow their name in text: `password=…`, `"api_key": "…"`, `Authorization: Bearer …`, `--token …`, XML.

use std::ops::Range;

use memchr::memmem;

use super::names::{MAX_LETTERS, Names};
use super::run::run;
use super::value::{
    TextValue, begins_sentence, escaped_quote, is_code, is_harmless, is_harmless_for, looks_random, value_at,
};

/// The longest name that is read, including separators.
const MAX_NAME: usize = 2 * MAX_LETTERS;
/// How long the attributes of an element may be.
const MAX_ATTRIBUTES: usize = 512;
/// How many spaces or quotes may surround a separator.
const MAX_AROUND: usize = 8;

/// A name in text.
struct Name {
    /// The word that contains the hit.
    word: Range<usize>,
    /// Where the name begins, including the words before.
    start: usize,
}

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
    let start = separation.value;
    let found = match separation.kind {
        Separator::Tag => {
            let content = run(&bytes[start..], |byte| byte != b'<' && byte != 0);
            let after = &bytes[start + content.len()..];
            // `<token>` may be no element but a placeholder.
            let is_element = after.starts_with(b"</") || (!after.starts_with(b"<") && !content.contains(&b' '));
            let length = if is_element { content.len() } else { 0 };
            TextValue { range: start..start + length, is_delimited: true }
        }
        _ => value_at(bytes, start)?,
    };
    let secret = trim_value(names, bytes, &name, found, &separation)?;
    let value = &bytes[secret.clone()];
    (!is_harmless(value) && !is_harmless_for(&bytes[name.word.clone()], value)).then_some(secret)
}

/// Returns whether the name around `hit` is a secret's and ends like a field's name in BSON, with a NUL. A text ends
/// the same way: a text like `Authorization` may name the value beside it.
pub(super) fn is_field(names: &Names, bytes: &[u8], hit: &Range<usize>) -> bool {
    let rest = &bytes[hit.end..bytes.len().min(hit.end + MAX_NAME)];
    let end = hit.end + run(rest, |byte| is_name(byte) || matches!(byte, b' ' | b'#')).len();
    bytes.get(end) == Some(&0) && names.is_secret(&bytes[name_around(bytes, hit).start..end])
}

fn name_around(bytes: &[u8], hit: &Range<usize>) -> Name {
    let back = |from: usize, is_part: fn(u8) -> bool| {
        let first = from.saturating_sub(MAX_NAME);
        bytes[first..from].iter().rposition(|byte| !is_part(*byte)).map_or(first, |at| first + at + 1)
    };
    let start = back(hit.start, is_name);
    let end = hit.end + run(&bytes[hit.end..bytes.len().min(hit.end + MAX_NAME)], is_name).len();
    Name { word: start..end, start: back(start, |byte| is_name(byte) || byte == b' ') }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The separator between a name and its value.
struct Separation {
    kind: Separator,
    /// Where the value begins.
    value: usize,
    /// Whether white space surrounds it.
    is_spaced: bool,
    /// Whether the name was in quotes.
    is_quoted: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Separator {
    /// `:`
    Colon,
    /// `=`, `=>`, `:=`
    Equals,
    /// The `>` of `<name>` or `<ns:name attribute="x">`
    Tag,
    /// The `,` of `('name', 'value')`
    Comma,
    /// The space after `--name`
    Option,
    /// The `value=` of `<add key="name" value="value"/>`
    Value,
    /// The space before a quoted text, as SQL has it: `PASSWORD 'value'`
    Space,
}

fn separator(bytes: &[u8], name: &Name) -> Option<Separation> {
    let skip = |from: usize, is_part: fn(u8) -> bool| {
        from + run(&bytes[from..bytes.len().min(from + MAX_AROUND)], is_part).len()
    };
    let is_space = |byte| byte == b' ' || byte == b'\t';
    let closed = match escaped_quote(&bytes[name.word.end..]) {
        Some(length) => name.word.end + length,
        None => skip(name.word.end, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']')),
    };
    let at = skip(closed, is_space);
    let (kind, length) = match bytes.get(at..)? {
        [b'=', b'>', ..] | [b':', b'=', ..] => (Separator::Equals, 2),
        // A comparison or a path.
        [b'=', b'=', ..] | [b'=', b'~', b' ', ..] | [b':', b':', ..] => return None,
        [b'=', ..] => (Separator::Equals, 1),
        [b':', ..] => (Separator::Colon, 1),
        [b'>', ..] if begins_tag(bytes, name.word.start) => (Separator::Tag, 1),
        [b',', b' ', b'\'' | b'"', ..] if closed > name.word.end && begins_tuple(bytes, name.word.start) => {
            (Separator::Comma, 2)
        }
        [b',', b' ', b'\'' | b'"', ..] if closed > name.word.end && is_header(&bytes[name.word.clone()]) => {
            (Separator::Comma, 2)
        }
        attributes if at > closed && begins_tag(bytes, name.word.start) => (Separator::Tag, end_of_tag(attributes)?),
        _ if at > closed && bytes[name.word.clone()].starts_with(b"--") => (Separator::Option, 0),
        more if closed > name.word.end && is_value_of_name(bytes, name.word.start) => {
            (Separator::Value, length_of_value_name(more)?)
        }
        more if at > closed && closed == name.word.end && Names::is_password(&bytes[name.word.clone()]) => {
            (Separator::Space, length_before_quote(more)?)
        }
        _ => return None,
    };
    let value = skip(at + length, is_space);
    let is_spaced = value > at + length && (kind == Separator::Colon || at > closed);
    Some(Separation { kind, value, is_spaced, is_quoted: closed > name.word.end })
}

/// Returns the value in quotes after `IDENTIFIED BY`, as SQL has it.
pub(super) fn after_sql(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let value = value_at(bytes, start).filter(|value| value.is_delimited)?;
    (!is_harmless(&bytes[value.range.clone()])).then_some(value.range)
}

/// Returns whether a name is the value of an attribute: `key="name"`.
fn is_value_of_name(bytes: &[u8], start: usize) -> bool {
    matches!(bytes[..start], [.., b'e' | b'y' | b'E' | b'Y', b'=', b'"' | b'\''])
}

/// Returns the length of the name of the attribute that holds the value, with its equals sign.
fn length_of_value_name(attribute: &[u8]) -> Option<usize> {
    const VALUE: &[u8] = b"value=";
    attribute.get(..VALUE.len()).filter(|name| name.eq_ignore_ascii_case(VALUE)).map(<[u8]>::len)
}

/// Returns the length of what stands before a text in SQL's quotes: nothing, or `BY `.
fn length_before_quote(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\'', ..] => Some(0),
        [b'B' | b'b', b'Y' | b'y', b' ', b'\'', ..] => Some(b"BY ".len()),
        _ => None,
    }
}

/// Returns whether a name is that of a header of HTTP that holds credentials.
fn is_header(name: &[u8]) -> bool {
    const HEADERS: [&[u8]; 4] = [b"authorization", b"proxy-authorization", b"cookie", b"set-cookie"];
    HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header))
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

/// Returns whether the name of an element begins here: after `<` or `<ns:`.
fn begins_tag(bytes: &[u8], start: usize) -> bool {
    let before = &bytes[start.saturating_sub(MAX_NAME)..start];
    let before = match before.strip_suffix(b":") {
        Some(namespace) => {
            &namespace[..namespace.len() - namespace.iter().rev().take_while(|byte| is_name(**byte)).count()]
        }
        None => before,
    };
    before.ends_with(b"<")
}

/// Returns the length of an element's attributes up to its `>`; `None` if it has no content.
fn end_of_tag(attributes: &[u8]) -> Option<usize> {
    let near = &attributes[..attributes.len().min(MAX_ATTRIBUTES)];
    let end = near.iter().position(|byte| matches!(byte, b'<' | b'>' | b'\n'))?;
    (near[end] == b'>' && !near[..end].ends_with(b"/")).then_some(end + 1)
}

/// Returns whether a quoted name is the first of a tuple or list: after `('` or `['`.
fn begins_tuple(bytes: &[u8], start: usize) -> bool {
    matches!(bytes[..start], [.., b'(' | b'[', b'\'' | b'"'])
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
