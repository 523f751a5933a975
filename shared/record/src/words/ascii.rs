//! The words of a text in ASCII, 64 bytes at a time.
//!
//! Ingest takes the words of each new value. Byte by byte, that took four times as long.

use wide::u8x16;
use xxhash_rust::xxh3::xxh3_64;

/// The bytes whose places fit in the bits of a number.
const BLOCK_BYTES: usize = 64;

/// Hands the hash of each word of a text to `found`. `room` is for the text as it is hashed: in small letters.
pub(super) fn each_hash(text: &[u8], room: &mut Vec<u8>, mut found: impl FnMut(u64)) {
    room.clear();
    room.extend_from_slice(text);
    room.make_ascii_lowercase();
    // At least one byte more, which ends the last word.
    room.resize((text.len() / BLOCK_BYTES + 1) * BLOCK_BYTES, 0);
    let (mut start, mut before, mut at_block) = (None, 0, 0);
    let (blocks, _) = room.as_chunks();
    for block in blocks {
        let inside = in_words(block);
        // Where a word begins or ends.
        let mut edges = inside ^ (inside << 1 | before);
        before = inside >> (u64::BITS - 1);
        while edges != 0 {
            let at = at_block + edges.trailing_zeros() as usize;
            edges &= edges - 1;
            start = match start {
                None => Some(at),
                Some(start) => {
                    found(xxh3_64(room.get(start..at).unwrap_or_default()));
                    None
                }
            };
        }
        at_block += BLOCK_BYTES;
    }
}

/// Returns a bit for each byte: whether it is a small letter or a digit.
#[inline]
fn in_words(block: &[u8; BLOCK_BYTES]) -> u64 {
    let (parts, _) = block.as_chunks();
    parts.iter().rev().fold(0, |bits, part| {
        let part = u8x16::new(*part);
        let is_in = |first: u8, last: u8| {
            part.max(u8x16::splat(first)).simd_eq(part) & part.min(u8x16::splat(last)).simd_eq(part)
        };
        let found = is_in(b'a', b'z') | is_in(b'0', b'9');
        (bits << u16::BITS) | u64::from(found.to_bitmask())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    use super::each_hash;

    proptest! {
        #[test]
        fn words_lie_between_what_is_no_letter_and_no_digit(text in "[a-zA-Z0-9 ./:@`{\\[\\x00-\\x7f]{0,300}") {
            let mut found = Vec::new();
            each_hash(text.as_bytes(), &mut b"old".to_vec(), |hash| found.push(hash));
            let lower = text.to_ascii_lowercase();
            let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
            prop_assert_eq!(found, words.map(|word| xxh3_64(word.as_bytes())).collect::<Vec<_>>());
        }
    }
}
