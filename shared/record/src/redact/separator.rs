//! What stands between a secret's name and its value.

use super::name_in_text::{MAX_NAME, Name, is_name};
use super::names::Names;
use super::run::run;
use super::value::escaped_quote;

/// How long the attributes of an element may be.
const MAX_ATTRIBUTES: usize = 512;
/// How many spaces or quotes may surround a separator.
const MAX_AROUND: usize = 8;

/// The separator between a name and its value.
pub(super) struct Separation {
    pub(super) kind: Separator,
    /// Where the value begins.
    pub(super) value: usize,
    /// Whether white space surrounds it.
    pub(super) is_spaced: bool,
    /// Whether the name was in quotes.
    pub(super) is_quoted: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Separator {
    /// `:`
    Colon,
    /// `=`, `=>`, `:=`, `->`
    Equals,
    /// The `>` of `<name>` or `<ns:name attribute="x">`
    Tag,
    /// The `,` of `('name', 'value')`
    Comma,
    /// The `,` of Erlang's `{name, "value"}`, the space of Clojure's `:name "value"`
    Atom,
    /// The space after `--name`
    Option,
    /// The `value=` of `<add key="name" value="value"/>`
    Value,
    /// The space before a quoted text, as SQL has it: `PASSWORD 'value'`
    Space,
    /// The `%3D` of `name%3Dvalue`
    Escaped,
}

pub(super) fn separator(bytes: &[u8], name: &Name) -> Option<Separation> {
    let skip = |from: usize, is_part: fn(u8) -> bool| {
        from + run(&bytes[from..bytes.len().min(from + MAX_AROUND)], is_part).len()
    };
    let is_space = |byte| byte == b' ' || byte == b'\t';
    let Name { word, .. } = name;
    let closed = match escaped_quote(&bytes[word.end..]) {
        Some(length) => word.end + length,
        None => skip(word.end, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']')),
    };
    // Erlang's `<<"name">>`.
    let closed = if closed > word.end && bytes[closed..].starts_with(b">>") { closed + 2 } else { closed };
    let is_quoted = closed > word.end;
    let at = skip(closed, is_space);
    let after_value_name = || value_after_name(bytes, name, closed).map(|value| value - at);
    let (kind, length) = match bytes.get(at..)? {
        _ if let Some(length) = after_value_name() => (Separator::Value, length),
        [b'=', b'>', ..] | [b':', b'=', ..] => (Separator::Equals, 2),
        [b'-', b'>', ..] if at > closed => (Separator::Equals, 2),
        [0xE2, 0x86, 0x92, ..] => (Separator::Equals, "→".len()),
        // A comparison or a path.
        [b'=', b'=', ..] | [b'=', b'~', b' ', ..] | [b':', b':', ..] => return None,
        [b'=', ..] => (Separator::Equals, 1),
        [b':', ..] => (Separator::Colon, 1),
        [b'>', ..] if begins_tag(bytes, word.start) || (is_quoted && is_value_of_name(bytes, word.start)) => {
            (Separator::Tag, 1)
        }
        [b'&', b'g', b't', b';', ..] if begins_tag(bytes, word.start) => (Separator::Tag, "&gt;".len()),
        [b'%', ..] => (Separator::Escaped, length_of_escaped(&bytes[at..])?),
        [b',', more @ ..] if is_quoted && is_text_next(more) && begins_pair(bytes, name) => (Separator::Comma, 1),
        [b',', more @ ..] if is_text_next(more) && is_atom(bytes, word.start) => (Separator::Atom, 1),
        [b';', more @ ..] if is_quoted => (Separator::Equals, 1 + length_of_php_type(more)?),
        attributes if at > closed && begins_tag(bytes, word.start) => (Separator::Tag, end_of_tag(attributes)?),
        _ if at > closed && bytes[word.clone()].starts_with(b"--") => (Separator::Option, 0),
        _ if at > closed && is_keyword(bytes, word.start) => (Separator::Atom, 0),
        [b'"', ..] if at > closed && is_quoted => (Separator::Comma, 0),
        more if at > closed && !is_quoted && Names::is_password(&bytes[word.clone()]) => {
            (Separator::Space, length_before_quote(more)?)
        }
        _ => return None,
    };
    let value = skip(at + length, is_space);
    let is_spaced = value > at + length && (kind == Separator::Colon || at > closed);
    Some(Separation { kind, value, is_spaced, is_quoted })
}

/// Returns whether a quoted name is the first of a pair, or that of a header.
fn begins_pair(bytes: &[u8], name: &Name) -> bool {
    begins_tuple(bytes, name.word.start) || is_header(&bytes[name.word.clone()])
}

/// Returns whether a text in quotes comes next, as Python, Erlang and others write it: `'x'`, `b'x'`, `<<"x">>`.
fn is_text_next(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
    let bytes = bytes.strip_prefix(b"<<").unwrap_or(bytes);
    matches!(bytes, [b'"' | b'\'', ..] | [b'b' | b'u', b'"' | b'\'', ..])
}

/// Returns whether a quoted name is the first of a tuple or list: after `('`, `[b'` or `{<<"`.
fn begins_tuple(bytes: &[u8], start: usize) -> bool {
    let Some(before) = bytes[..start].strip_suffix(b"'").or_else(|| bytes[..start].strip_suffix(b"\"")) else {
        return false;
    };
    let before = before.strip_suffix(b"<<").or_else(|| before.strip_suffix(b"b")).unwrap_or(before);
    before.ends_with(b"(") || before.ends_with(b"[") || before.ends_with(b"{")
}

/// Returns whether a name is the atom that begins a tuple of Erlang's or Elixir's: after `{` or `{:`.
fn is_atom(bytes: &[u8], start: usize) -> bool {
    bytes[..start].strip_suffix(b":").unwrap_or(&bytes[..start]).ends_with(b"{")
}

/// Returns whether a name is a keyword of Clojure's: `:password`, `:db/password`.
fn is_keyword(bytes: &[u8], start: usize) -> bool {
    let before = &bytes[start.saturating_sub(MAX_NAME)..start];
    let namespace = before.iter().rev().take_while(|byte| is_name(**byte) || **byte == b'/').count();
    let before = &before[..before.len() - namespace];
    match before.strip_suffix(b":") {
        Some(before) => before.last().is_none_or(|byte| matches!(byte, 0 | b'{' | b' ' | b'(' | b'[' | b',')),
        None => false,
    }
}

/// Returns the length of an escaped equals sign or colon, and of the quotes around it: `%22%3A%22`.
fn length_of_escaped(bytes: &[u8]) -> Option<usize> {
    const QUOTES: [&[u8]; 2] = [b"%22", b"%27"];
    const SEPARATORS: [&[u8]; 4] = [b"%3D", b"%3d", b"%3A", b"%3a"];
    let length = |at: usize, any: &[&[u8]]| any.iter().find(|one| bytes[at..].starts_with(one)).map(|one| one.len());
    let opening = length(0, &QUOTES).unwrap_or_default();
    let separator = opening + length(opening, &SEPARATORS)?;
    Some(separator + length(separator, &QUOTES).unwrap_or_default())
}

/// Returns the length of the type of a text that PHP's `serialize` wrote, after the semicolon: `s:7:`.
fn length_of_php_type(bytes: &[u8]) -> Option<usize> {
    let digits = run(bytes.strip_prefix(b"s:")?, |byte| byte.is_ascii_digit()).len();
    let end = "s:".len() + digits;
    (digits > 0 && bytes.get(end..)?.starts_with(b":\"")).then_some(end + 1)
}

/// Returns whether a name is the value of an attribute or field that holds a name: `key="name"`, `Name: "name"`.
fn is_value_of_name(bytes: &[u8], start: usize) -> bool {
    let trimmed = |bytes: &[u8], parts: &[u8]| {
        let last = bytes.iter().rev().take(MAX_AROUND).take_while(|byte| parts.contains(byte)).count();
        bytes.len() - last
    };
    let separated = trimmed(&bytes[..start], b"\"'\\ ");
    let Some((b'=' | b':', before)) = bytes[..separated].split_last() else { return false };
    let name = &before[..trimmed(before, b"\"'\\ ")];
    let ends_with = |word: &[u8]| {
        name.len().checked_sub(word.len()).is_some_and(|at| {
            name[at..].eq_ignore_ascii_case(word) && !name[..at].last().is_some_and(u8::is_ascii_alphanumeric)
        })
    };
    ends_with(b"name") || ends_with(b"key")
}

/// Returns where the value is that stands beside a name: `value="…"`, `, "value": "…"`.
fn value_after_name(bytes: &[u8], name: &Name, closed: usize) -> Option<usize> {
    const VALUE: &[u8] = b"value";
    let skip = |from: usize, parts: &[u8]| {
        from + run(&bytes[from..bytes.len().min(from + MAX_AROUND)], |byte| parts.contains(&byte)).len()
    };
    let at = skip(closed, b",; \n\t\"'\\");
    // Nearly all names have their value next.
    if at == closed {
        return None;
    }
    let is_value = bytes.get(at..at + VALUE.len()).is_some_and(|word| word.eq_ignore_ascii_case(VALUE));
    if !is_value || !is_value_of_name(bytes, name.word.start) {
        return None;
    }
    let end = skip(at + VALUE.len(), b"\"'\\ ");
    matches!(bytes.get(end), Some(b'=' | b':')).then(|| skip(end + 1, b" "))
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
pub(super) fn is_header(name: &[u8]) -> bool {
    const HEADERS: [&[u8]; 4] = [b"authorization", b"proxy-authorization", b"cookie", b"set-cookie"];
    HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header))
}

/// Returns whether the name of an element begins here: after `<`, `&lt;` or `<ns:`.
fn begins_tag(bytes: &[u8], start: usize) -> bool {
    let before = &bytes[start.saturating_sub(MAX_NAME)..start];
    let before = match before.strip_suffix(b":") {
        Some(namespace) => {
            &namespace[..namespace.len() - namespace.iter().rev().take_while(|byte| is_name(**byte)).count()]
        }
        None => before,
    };
    before.ends_with(b"<") || before.ends_with(b"&lt;")
}

/// Returns the length of an element's attributes up to its `>`; `None` if it has no content.
fn end_of_tag(attributes: &[u8]) -> Option<usize> {
    let near = &attributes[..attributes.len().min(MAX_ATTRIBUTES)];
    let end = near.iter().position(|byte| matches!(byte, b'<' | b'>' | b'\n'))?;
    (near[end] == b'>' && !near[..end].ends_with(b"/")).then_some(end + 1)
}
