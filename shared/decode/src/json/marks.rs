//! Where the quotes and backslashes of a text are: a block of it is looked at once, for all strings that end in it.

use memchr::memchr2;
use wide::u8x16;

/// How many bytes make a block: a bit of a word for each.
const BLOCK_BYTES: usize = u64::BITS as usize;
/// How many blocks are looked at for one mark before `memchr`, which has longer strides and takes longer to begin.
const FEW_BLOCKS: usize = 2;

/// The marks of the block looked at last.
#[derive(Debug)]
pub(super) struct Marks {
    /// Where in the text the block begins.
    start: usize,
    /// A bit for each of its bytes, the first byte's the lowest.
    bits: u64,
}

impl Marks {
    /// Those of no block yet.
    pub(super) fn new() -> Self {
        Self { start: usize::MAX, bits: 0 }
    }

    /// The position of the first quote or backslash at `from` or after; `None` if there is none. The text is the same
    /// each time.
    #[inline]
    pub(super) fn next(&mut self, text: &[u8], from: usize) -> Option<usize> {
        if from - from % BLOCK_BYTES == self.start {
            let ahead = self.bits >> (from % BLOCK_BYTES);
            if ahead != 0 {
                return Some(from + ahead.trailing_zeros() as usize);
            }
        }
        self.look(text, from)
    }

    /// The same where the block that is known has none.
    #[inline(never)]
    fn look(&mut self, text: &[u8], from: usize) -> Option<usize> {
        let (mut start, mut wanted) = (from - from % BLOCK_BYTES, u64::MAX << (from % BLOCK_BYTES));
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

/// The marks of the block that the text begins with.
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
