//! Names with values in running text: `password=…`, `"api_key": "…"`, `Authorization: Bearer …`, `--token …`, XML.

use std::ops::Range;

use super::names::{MAX_LETTERS, Names};
use super::shapes::run;
use super::value::{Found, is_harmless, looks_random, value_at};

/// The longest name that is looked at, separators and all.
const MAX_NAME: usize = 2 * MAX_LETTERS;
/// White space and quotes that may stand around a separator.
const MAX_AROUND: usize = 8;

/// A name in text.
struct Name {
    /// The one word.
    word: Range<usize>,
    /// With the words before it.
    start: usize,
}

/// The secret that belongs to the name of which `hit` is a part.
pub(super) fn secret(names: &Names, bytes: &[u8], hit: &Range<usize>) -> Option<Range<usize>> {
    let name = name_around(bytes, hit);
    let text = &bytes[name.start..name.word.end];
    let separated = separator(bytes, &name)?;
    if !names.is_secret(text) || names.is_excepted(&bytes[name.word.clone()]) {
        return None;
    }
    let start = separated.value;
    let found = match separated.kind {
        Separator::Tag => {
            Found { range: start..start + run(&bytes[start..], |byte| byte != b'<').len(), is_closed: true }
        }
        _ => value_at(bytes, start)?,
    };
    let secret = trim_value(bytes, &name, found, &separated)?;
    (!is_harmless(&bytes[secret.clone()])).then_some(secret)
}

/// Whether the name of which `hit` is a part ends where a field's name does in BSON, and is that of a secret. So does a
/// text: one like `Authorization` may name the value beside it.
pub(super) fn is_field(names: &Names, bytes: &[u8], hit: &Range<usize>) -> bool {
    let rest = &bytes[hit.end..bytes.len().min(hit.end + MAX_NAME)];
    let end = hit.end + run(rest, |byte| is_name(byte) || matches!(byte, b' ' | b'#')).len();
    bytes.get(end) == Some(&0) && names.is_secret(&bytes[name_around(bytes, hit).start..end])
}

fn name_around(bytes: &[u8], hit: &Range<usize>) -> Name {
    let back = |from: usize, is_part: fn(u8) -> bool| {
        from - bytes[..from].iter().rev().take(MAX_NAME).take_while(|byte| is_part(**byte)).count()
    };
    let start = back(hit.start, is_name);
    let end = hit.end + run(&bytes[hit.end..bytes.len().min(hit.end + MAX_NAME)], is_name).len();
    Name { word: start..end, start: back(start, |byte| is_name(byte) || byte == b' ') }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// What stands between a name and its value.
struct Separated {
    kind: Separator,
    /// Where the value begins.
    value: usize,
    /// Whether white space is around it.
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
    /// The `>` of `<name>`
    Tag,
    /// The space after `--name`
    Option,
}

fn separator(bytes: &[u8], name: &Name) -> Option<Separated> {
    let skip = |from: usize, is_part: fn(u8) -> bool| {
        from + run(&bytes[from..bytes.len().min(from + MAX_AROUND)], is_part).len()
    };
    let is_space = |byte| byte == b' ' || byte == b'\t';
    let closed = skip(name.word.end, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']'));
    let at = skip(closed, is_space);
    let (kind, length) = match bytes.get(at..)? {
        [b'=', b'>', ..] | [b':', b'=', ..] => (Separator::Equals, 2),
        // A comparison, a path.
        [b'=', b'=', ..] | [b'=', b'~', b' ', ..] | [b':', b':', ..] => return None,
        [b'=', ..] => (Separator::Equals, 1),
        [b':', ..] => (Separator::Colon, 1),
        [b'>', ..] if bytes[..name.word.start].ends_with(b"<") => (Separator::Tag, 1),
        _ if at > closed && bytes[name.word.clone()].starts_with(b"--") => (Separator::Option, 0),
        _ => return None,
    };
    let value = skip(at + length, is_space);
    let is_spaced = value > at + length && (kind == Separator::Colon || at > closed);
    Some(Separated { kind, value, is_spaced, is_quoted: closed > name.word.end })
}

/// The secret in a value: without the scheme of HTTP authentication, to the end of the line for headers, and nothing
/// where it is a word of a sentence or a piece of code.
fn trim_value(bytes: &[u8], name: &Name, found: Found, separated: &Separated) -> Option<Range<usize>> {
    let Found { mut range, is_closed } = found;
    let text = &bytes[name.start..name.word.end];
    let ends_with =
        |ending: &[u8]| text.len() >= ending.len() && text[text.len() - ending.len()..].eq_ignore_ascii_case(ending);
    if ends_with(b"authorization") || ends_with(b"auth") {
        range = without_scheme(bytes, range, is_closed);
    } else if ends_with(b"cookie") && !is_closed && bytes[range.clone()].contains(&b'=') {
        range.end = line_end(bytes, range.end);
    }
    if is_closed || Names::is_password(text) || looks_random(&bytes[range.clone()]) {
        return Some(range);
    }
    let is_code = separated.kind == Separator::Equals && separated.is_spaced;
    // `Unexpected token: x`, but not `token: x`.
    let is_sentence = separated.kind == Separator::Colon
        && separated.is_spaced
        && !separated.is_quoted
        && matches!(bytes[..name.word.start], [.., before, b' '] if before.is_ascii_alphanumeric());
    (!is_code && !is_sentence).then_some(range)
}

/// The credentials after a scheme such as `Bearer`.
fn without_scheme(bytes: &[u8], range: Range<usize>, is_closed: bool) -> Range<usize> {
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
        _ if is_closed => range.end,
        _ if is_one_of(&MANY_WORDS) => line_end(bytes, start),
        Some(found) => found.range.end,
        None => range.end,
    };
    start..end.max(start)
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    from + run(&bytes[from..], |byte| !matches!(byte, b'\n' | b'\r' | 0)).len()
}
