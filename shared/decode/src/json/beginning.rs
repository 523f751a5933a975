//! How JSON begins, and which texts only begin like it.

/// The byte order mark with which some programs on Windows begin a text.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// What separates records beside white space: NUL as GELF over TCP has it, and RFC 7464's record separator.
pub(super) const SEPARATORS: [u8; 2] = [0, 0x1E];
/// How much of an array in an array is looked at.
const NEAR_BYTES: usize = 2_048;
/// How much of a text may be `{}`, so that each is not read again for each before it.
const MAX_PLACEHOLDERS_BYTES: usize = 64;

/// Returns whether the bytes begin like JSON objects or arrays.
pub(crate) fn is_like_json(payload: &[u8]) -> bool {
    let payload = payload.strip_prefix(BYTE_ORDER_MARK).unwrap_or(payload);
    let separators = payload.iter().take_while(|byte| SEPARATORS.contains(byte) || byte.is_ascii_whitespace()).count();
    let payload = &payload[separators..];
    payload.first() == Some(&b'{') || is_array(payload)
}

/// Returns whether a text begins and ends as an object does.
pub(crate) fn is_whole_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.trim_end().ends_with('}')
}

/// Returns whether the bytes begin like an array, and not like a text in brackets.
pub(super) fn is_array(bytes: &[u8]) -> bool {
    let Some(inside) = bytes.strip_prefix(b"[") else { return false };
    let inside = inside.trim_ascii_start();
    let number = inside.iter().take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)).count();
    match inside.first() {
        Some(b'{') => !is_placeholder(inside),
        None | Some(b'"' | b']') => true,
        Some(b'[') => is_array(&inside[..inside.len().min(NEAR_BYTES)]),
        _ => number > 0 && matches!(inside[number..].trim_ascii_start().first(), None | Some(b',' | b']')),
    }
}

/// Returns whether `{app}` begins the bytes.
fn is_placeholder(bytes: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let name = bytes.iter().skip(1).take_while(|byte| is_name(byte)).count();
    name > 0 && bytes.get(1 + name) == Some(&b'}')
}

/// Returns whether the bytes are a line of text that begins with brackets: `[0] worker started`, `["main"] INFO m`,
/// `[10.0.0.1]`. After an array, its line ends or more JSON follows. An array of records has braces.
pub(crate) fn is_text_in_brackets(bytes: &[u8]) -> bool {
    if bytes.first() != Some(&b'[') {
        return false;
    }
    let near = &bytes[..bytes.len().min(NEAR_BYTES)];
    let line = &near[..memchr::memchr(b'\n', near).unwrap_or(near.len())];
    let (mut rest, mut is_value) = (line, true);
    while rest.first() == Some(&b'[') {
        let Some(end) = end_of_brackets(rest) else { return false };
        let inside = rest[1..end].trim_ascii();
        // Only one value without quotes tells JSON from text surely: a date, an address.
        is_value &= inside.contains(&b',') || inside.contains(&b'"') || inside.is_empty() || is_number(inside);
        rest = &rest[end + 1..];
    }
    let words = rest.trim_ascii_start();
    match words.first() {
        None => !is_value,
        Some(b',' | 0 | 0x1E) => false,
        // SAP HANA: `[7]{8}[12/-1] 2026-11-24 21:08:12`.
        Some(b'{') if is_placeholder(words) => true,
        Some(b'[' | b'{') => words.len() < rest.len(),
        Some(_) => true,
    }
}

/// Returns where the brackets close that begin the bytes. There are no braces in them.
fn end_of_brackets(bytes: &[u8]) -> Option<usize> {
    let (mut open, mut is_quoted, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_quoted,
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'{' => return None,
            b'[' => open += 1,
            b']' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

fn is_number(bytes: &[u8]) -> bool {
    serde_json::from_slice::<f64>(bytes).is_ok()
}

/// Returns whether a text that is no JSON begins as an object does, so that it was cut off or damaged: a name in quotes
/// follows its brace, or nothing. `{app} started` is a text.
pub(super) fn begins_object(text: &str) -> bool {
    let inside = text.strip_prefix('{').unwrap_or(text).trim_start();
    let inside = inside.strip_prefix(['u', 'b']).filter(|rest| rest.starts_with(['"', '\''])).unwrap_or(inside);
    matches!(inside.as_bytes(), [] | [b'"' | b'\'', ..] | [b'\\', b'"' | b'x' | b'u', ..])
}

/// Returns whether a line is a text like `{} started`, whose beginning only happens to be JSON.
pub(super) fn begins_text(text: &str) -> bool {
    if !text.starts_with("{}") {
        return false;
    }
    let near = &text[..text.floor_char_boundary(MAX_PLACEHOLDERS_BYTES)];
    let rest = near.trim_start_matches(['{', '}', ' ', '\t']);
    rest.starts_with(|first: char| first.is_alphanumeric() || matches!(first, ':' | '-' | '|' | '.' | '('))
}
