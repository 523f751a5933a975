//! The words of a text in ASCII, 64 bytes at a time.
//!
//! Ingest takes the words of each new value. Byte by byte, that took four times as long.

use wide::u8x16;
use xxhash_rust::xxh3::xxh3_64;

/// The bytes whose places fit in the bits of a number.
const BLOCK_BYTES: usize = 64;
/// The bit that tells a small letter from a capital one.
const SMALL: u8 = 0x20;

/// Hands the hash of each word of a text to `found`. `room` is for the text as it is hashed: in small letters.
pub(super) fn each_hash(text: &[u8], room: &mut Vec<u8>, mut found: impl FnMut(u64)) {
    // At least one byte more, which ends the last word.
    let size = (text.len() / BLOCK_BYTES + 1) * BLOCK_BYTES;
    if room.len() < size {
        room.resize(size, 0);
    }
    let Some((own, after)) = room.get_mut(..size).and_then(|room| room.split_at_mut_checked(text.len())) else {
        return;
    };
    own.copy_from_slice(text);
    after.fill(0);
    let (mut start, mut before, mut at_block) = (None, 0, 0);
    while let Some(block) = room.get_mut(at_block..size).and_then(<[u8]>::first_chunk_mut) {
        let inside = make_small(block);
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

/// Makes letters small, and returns a bit for each byte: whether it is a letter or a digit. Bytes that are neither change too: no
/// word has them.
#[inline]
fn make_small(block: &mut [u8; BLOCK_BYTES]) -> u64 {
    let (parts, _) = block.as_chunks_mut();
    parts.iter_mut().rev().fold(0, |bits, part| {
        let bytes = u8x16::new(*part);
        // Digits have this bit.
        let small = bytes | u8x16::splat(SMALL);
        let is_in = |bytes: u8x16, first: u8, last: u8| {
            let beyond = bytes - u8x16::splat(first);
            beyond.min(u8x16::splat(last - first)).simd_eq(beyond)
        };
        let found = is_in(small, b'a', b'z') | is_in(bytes, b'0', b'9');
        *part = small.to_array();
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
