//! The bytes of one kind that a text begins with.

/// Returns the leading bytes that all satisfy `is_part`.
pub(super) fn run(bytes: &[u8], is_part: impl Fn(u8) -> bool) -> &[u8] {
    let end = bytes.iter().position(|byte| !is_part(*byte)).unwrap_or(bytes.len());
    &bytes[..end]
}
