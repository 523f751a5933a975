//! Encodings of whole payloads, and escapes that JSON does not have.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::compressed::Codec;
use crate::json::beginning::is_like_json;

/// A shorter text is a word.
const MIN_BASE64_BYTES: usize = 16;

/// A payload in another encoding than it should have.
pub(crate) struct Encoding {
    pub(crate) plain: Vec<u8>,
    pub(crate) how: &'static str,
}

impl Encoding {
    /// Recognises and removes the encoding of a payload.
    pub(crate) fn remove(payload: &[u8]) -> Option<Self> {
        match payload {
            [b'{' | b'[', second, ..] if *second != 0 => None,
            [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, b'{' | b'[', 0, ..] | [b'{' | b'[', 0, _, 0, ..] => {
                utf16(payload)
            }
            [b'b', quote @ (b'\'' | b'"'), content @ .., last] if last == quote => python_bytes(content),
            _ => base64(payload),
        }
    }
}

fn utf16(payload: &[u8]) -> Option<Encoding> {
    let (is_little, units) = match payload {
        [0xFE, 0xFF, units @ ..] => (false, units),
        [0xFF, 0xFE, units @ ..] => (true, units),
        [0, ..] => (false, payload),
        _ => (true, payload),
    };
    let (units, rest) = units.as_chunks();
    let read: fn([u8; 2]) -> u16 = if is_little { u16::from_le_bytes } else { u16::from_be_bytes };
    let text: String = char::decode_utf16(units.iter().map(|unit| read(*unit))).collect::<Result<_, _>>().ok()?;
    (rest.is_empty() && !text.is_empty() && !text.contains('\0'))
        .then(|| Encoding { plain: text.into_bytes(), how: "utf16" })
}

fn base64(payload: &[u8]) -> Option<Encoding> {
    let text = payload.trim_ascii();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=\r\n".contains(byte);
    if text.len() < MIN_BASE64_BYTES || !text.iter().all(is_part) {
        return None;
    }
    let text: Cow<'_, [u8]> = if text.contains(&b'\n') {
        text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
    } else {
        text.into()
    };
    let alphabet = if text.iter().any(|byte| matches!(byte, b'-' | b'_')) { URL_SAFE } else { STANDARD };
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let plain = GeneralPurpose::new(&alphabet, config).decode(text.as_ref()).ok()?;
    // Any word may be base64 of something.
    (is_like_json(&plain) || Codec::recognise(&plain).is_some()).then_some(Encoding { plain, how: "base64" })
}

fn python_bytes(content: &[u8]) -> Option<Encoding> {
    let plain = unescaped_bytes(str::from_utf8(content).ok()?, false);
    is_like_json(&plain).then_some(Encoding { plain, how: "bytes" })
}

/// Replaces the escapes of a string: JSON's, Python's, and nginx's. An unknown escape stays, and so do all backslashes of
/// a Windows path.
pub(super) fn unescaped(content: &str) -> Cow<'_, str> {
    if !content.contains('\\') {
        return content.into();
    }
    match String::from_utf8_lossy(&unescaped_bytes(content, is_windows_path(content))) {
        Cow::Borrowed(text) => text.to_owned().into(),
        Cow::Owned(text) => text.into(),
    }
}

/// Replaces only the escapes `\x22` of bytes.
pub(super) fn without_hexadecimal(text: &str) -> String {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        plain.extend_from_slice(&rest.as_bytes()[..at]);
        let byte = rest.get(at + 2..at + 4).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => plain.push(byte),
            None => plain.extend_from_slice(b"\\x"),
        }
        rest = &rest[at + if byte.is_some() { 4 } else { 2 }..];
    }
    plain.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&plain).into_owned()
}

/// Returns whether a string holds a path like `C:\temp` with single backslashes, of which some are no escape.
fn is_windows_path(content: &str) -> bool {
    let bytes = content.as_bytes();
    let is_known = |byte: &u8| b"\"'\\/bfnrtux".contains(byte);
    let mut at = 0;
    let mut has_unknown = false;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        has_unknown |= bytes.get(at + found + 1).is_some_and(|byte| !is_known(byte));
        at += found + 2;
    }
    has_unknown && (content.contains(":\\") || content.starts_with("\\\\"))
}

fn unescaped_bytes(content: &str, is_path: bool) -> Vec<u8> {
    let mut plain = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        plain.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at + 1..];
        let length =
            if is_path && !escape.starts_with(['"', '\'', '\\']) { None } else { push_escaped(&mut plain, escape) };
        if length.is_none() {
            plain.push(b'\\');
        }
        rest = escape.get(length.unwrap_or(0)..).unwrap_or_default();
    }
    plain.extend_from_slice(rest.as_bytes());
    plain
}

/// Adds the character that an escape stands for. Returns the escape's length without its backslash; `None` if it is
/// unknown.
fn push_escaped(plain: &mut Vec<u8>, escape: &str) -> Option<usize> {
    let hex = |length: usize| u32::from_str_radix(escape.get(1..=length)?, 16).ok();
    let byte = match escape.bytes().next()? {
        byte @ (b'"' | b'\'' | b'\\' | b'/') => byte,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'x' => {
            plain.push(u8::try_from(hex(2)?).ok()?);
            return Some(3);
        }
        letter @ (b'u' | b'U') => {
            let digits = if letter == b'u' { 4 } else { 8 };
            return push_unicode(plain, escape, hex(digits)?, digits);
        }
        _ => return None,
    };
    plain.push(byte);
    Some(1)
}

/// Adds the character of a `\u` escape, or of a surrogate pair.
fn push_unicode(plain: &mut Vec<u8>, escape: &str, first: u32, digits: usize) -> Option<usize> {
    let mut push = |code: u32, length: usize| {
        let character = char::from_u32(code)?;
        plain.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Some(length)
    };
    if !(0xD800..0xDC00).contains(&first) {
        return push(first, 1 + digits);
    }
    let second = u32::from_str_radix(escape.get(1 + digits..)?.strip_prefix("\\u")?.get(..4)?, 16).ok()?;
    let code = 0x1_0000 + ((first - 0xD800) << 10) + second.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    push(code, 1 + digits + 6)
}
