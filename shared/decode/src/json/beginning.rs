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
pub(in super::super) fn is_like(payload: &[u8]) -> bool {
    let payload = payload.strip_prefix(BYTE_ORDER_MARK).unwrap_or(payload);
    let separators = payload.iter().take_while(|byte| SEPARATORS.contains(byte) || byte.is_ascii_whitespace()).count();
    let payload = &payload[separators..];
    payload.first() == Some(&b'{') || is_array(payload)
}

/// Returns whether the bytes begin like an array, and not like a text in brackets.
pub(super) fn is_array(bytes: &[u8]) -> bool {
    let Some(inside) = bytes.strip_prefix(b"[") else { return false };
    let inside = inside.trim_ascii_start();
    let number = inside.iter().take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)).count();
    match inside.first() {
        None | Some(b'{' | b'"' | b']') => true,
        Some(b'[') => is_array(&inside[..inside.len().min(NEAR_BYTES)]),
        _ => number > 0 && matches!(inside[number..].trim_ascii_start().first(), None | Some(b',' | b']')),
    }
}

/// Returns whether a text that is no JSON begins as an object does, so that it was cut off or damaged: a name in quotes
/// follows its brace, or nothing. `{app} started` is a text.
pub(super) fn begins_object(text: &str) -> bool {
    let inside = text.strip_prefix('{').unwrap_or(text).trim_start();
    matches!(inside.as_bytes(), [] | [b'"' | b'\'', ..] | [b'\\', b'"', ..])
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
