//! Bytes as text.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns bytes as text. What is not UTF-8 is written as Python's `backslashreplace` does: `\xff`.
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing into memory does not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::from_bytes;

    #[test]
    fn what_is_not_utf8_stays_readable() {
        assert_eq!(from_bytes("Zoë".as_bytes()), "Zoë");
        assert_eq!(from_bytes(b"a\xe9b\xff"), "a\\xe9b\\xff");
    }
}
