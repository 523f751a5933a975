//! A name in text, which may be that of a secret.

use std::ops::Range;

use super::names::MAX_LETTERS;
use super::run::run;

/// The longest name that is read, including separators.
pub(super) const MAX_NAME: usize = 2 * MAX_LETTERS;

/// A name in text.
pub(super) struct Name {
    /// The word that contains the hit.
    pub(super) word: Range<usize>,
    /// Where the name begins, including the words before.
    pub(super) start: usize,
}

/// Returns the name around `hit`.
pub(super) fn name_around(bytes: &[u8], hit: &Range<usize>) -> Name {
    let back = |from: usize, is_part: fn(u8) -> bool| {
        let first = from.saturating_sub(MAX_NAME);
        bytes[first..from].iter().rposition(|byte| !is_part(*byte)).map_or(first, |at| first + at + 1)
    };
    let start = back(hit.start, is_name);
    let end = hit.end + run(&bytes[hit.end..bytes.len().min(hit.end + MAX_NAME)], is_name).len();
    Name { word: start..end, start: back(start, |byte| is_name(byte) || byte == b' ') }
}

/// Returns whether a name may have this byte.
pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
