//! Finds quotes and backslashes in a text. Scans a block once for all strings that end in it.

use memchr::memchr2;
use wide::u8x16;

/// The size of a block in bytes: one bit of a word for each.
const BLOCK_BYTES: usize = u64::BITS as usize;
/// How many blocks are scanned for one mark before `memchr` takes over. It advances faster but takes longer to start.
const FEW_BLOCKS: usize = 2;

/// The marks of the block that was scanned last.
#[derive(Debug)]
pub(super) struct Marks {
    /// The offset of the block in the text.
    start: usize,
    /// A bit for each of its bytes. The lowest bit is the first byte.
    bits: u64,
}

impl Marks {
    /// Creates the marks before any block is scanned.
    pub(super) fn new() -> Self {
        Self { start: usize::MAX, bits: 0 }
    }

    /// Returns the position of the first quote or backslash at or after `from`; `None` if there is none. The text must
    /// be the same in each call.
    #[inline]
    pub(super) fn next(&mut self, text: &[u8], from: usize) -> Option<usize> {
        if start_of_block(from) == self.start {
            let ahead = self.bits & (u64::MAX << (from % BLOCK_BYTES));
            if ahead != 0 {
                return Some(self.start | ahead.trailing_zeros() as usize);
            }
        }
        self.scan_blocks(text, from)
    }

    /// Scans the next blocks, since the known block has no more marks.
    #[inline(never)]
    fn scan_blocks(&mut self, text: &[u8], from: usize) -> Option<usize> {
        let (mut start, mut wanted) = (start_of_block(from), u64::MAX << (from % BLOCK_BYTES));
        if start == self.start {
            (start, wanted) = (start + BLOCK_BYTES, u64::MAX);
        }
        for _ in 0..FEW_BLOCKS {
            *self = Self { start, bits: marks(text.get(start..)?) };
            let ahead = self.bits & wanted;
            if ahead != 0 {
                return Some(start + ahead.trailing_zeros() as usize);
            }
            (start, wanted) = (start + BLOCK_BYTES, u64::MAX);
        }
        memchr2(b'"', b'\\', text.get(start..)?).map(|at| start + at)
    }
}

/// Returns where the block of a position begins.
#[inline]
fn start_of_block(at: usize) -> usize {
    at & !(BLOCK_BYTES - 1)
}

/// Returns the marks of the first block of a text.
#[inline]
fn marks(text: &[u8]) -> u64 {
    let mut last = [0; BLOCK_BYTES];
    let block = text.first_chunk().unwrap_or_else(|| {
        last[..text.len()].copy_from_slice(text);
        &last
    });
    let (parts, _) = block.as_chunks();
    parts.iter().rev().fold(0, |bits, part| {
        let part = u8x16::new(*part);
        let found = part.simd_eq(u8x16::splat(b'"')) | part.simd_eq(u8x16::splat(b'\\'));
        (bits << u16::BITS) | u64::from(found.to_bitmask())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Marks;

    proptest! {
        #[test]
        fn every_mark_is_found_from_wherever(
            text in prop::collection::vec(prop_oneof![60 => any::<u8>(), 1 => Just(b'"'), 1 => Just(b'\\')], 0..500),
            mut froms in prop::collection::vec(any::<prop::sample::Index>(), 1..20),
        ) {
            let mut marks = Marks::new();
            for from in froms.drain(..).map(|from| from.index(text.len() + 1)) {
                let expect = (from..text.len()).find(|at| b"\"\\".contains(&text[*at]));
                prop_assert_eq!(marks.next(&text, from), expect, "from {}", from);
            }
        }
    }
}
