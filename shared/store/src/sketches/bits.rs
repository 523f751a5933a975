//! Bloom filters in few sizes.

use super::marker::WORDS_VERSION;

/// How many bits are set for each word.
const BITS_PER_HASH: u64 = 8;
/// The least size of a filter for each word, in bits. A filter has up to four times as many, since sizes are powers of four.
/// With 12 bits a word, a word that is not there seems to be in 0.3 % of the filters, with 24 bits in 0.007 %.
const BITS_PER_WORD: usize = 12;
/// How many numbers each version of words has for its sizes.
const NUMBERS_PER_VERSION: i32 = 100;

/// A size of filters: the binary logarithm of the number of bits.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct SizeClass(u8);

impl SizeClass {
    const SMALLEST: u8 = 10;
    const LARGEST: u8 = 18;
    /// Every second power: each size is a branch of the question to each day, and costs the server 10 µs there.
    const STEP: u8 = 2;

    /// Returns the size for so many words. A filter of the largest size may hold more; then it finds more than it should.
    pub(super) fn of(words: usize) -> Self {
        let bits = (words.min(1 << Self::LARGEST) * BITS_PER_WORD).max(1).next_power_of_two();
        let log = u8::try_from(bits.trailing_zeros()).unwrap_or(Self::LARGEST);
        Self(log.next_multiple_of(Self::STEP).clamp(Self::SMALLEST, Self::LARGEST))
    }

    /// Returns all sizes.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (Self::SMALLEST..=Self::LARGEST).step_by(Self::STEP.into()).map(Self)
    }

    /// Returns the number that is stored. It has the version of words, so that a search asks only for sketches of its own words.
    pub(super) fn number(self) -> i32 {
        Self::first_number() + i32::from(self.0)
    }

    /// The numbers of sketches of older words are less than this.
    pub(super) fn first_number() -> i32 {
        WORDS_VERSION * NUMBERS_PER_VERSION
    }

    /// Returns the bits of a word.
    pub(super) fn bits_of(self, hash: u64) -> impl Iterator<Item = u32> {
        let (first, step) = (hash, hash.rotate_right(u64::BITS / 2) | 1);
        let mask = (1_u64 << self.0) - 1;
        // The mask has at most 18 bits.
        (0..BITS_PER_HASH).filter_map(move |n| u32::try_from(first.wrapping_add(step.wrapping_mul(n)) & mask).ok())
    }

    /// Returns a filter with these words. A bit's byte is its number divided by eight, and the lowest bit is the first: as
    /// MongoDB counts.
    pub(super) fn filter(self, hashes: impl Iterator<Item = u64>) -> Vec<u8> {
        let mut bytes = vec![0; 1 << (self.0 - 3)];
        for hash in hashes {
            for bit in self.bits_of(hash) {
                if let Some(byte) = bytes.get_mut(bit as usize / 8) {
                    *byte |= 1_u8 << (bit % 8);
                }
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::SizeClass;

    fn has(filter: &[u8], class: SizeClass, hash: u64) -> bool {
        class.bits_of(hash).all(|bit| filter[bit as usize / 8] >> (bit % 8) & 1 == 1)
    }

    #[test]
    fn sizes_are_few() {
        fn check(words: usize, bytes: usize) {
            assert_eq!(SizeClass::of(words).filter([].into_iter()).len(), bytes, "{words}");
        }
        check(0, 128);
        check(85, 128);
        check(86, 512);
        check(1_000, 2_048);
        check(1_366, 8_192);
        check(21_845, 32_768);
        check(usize::MAX, 32_768);
        let numbers: Vec<i32> = SizeClass::all().map(|class| class.number() - SizeClass::first_number()).collect();
        assert_eq!(numbers, [10, 12, 14, 16, 18]);
    }

    /// What docs/adr/0027 states.
    #[test]
    fn few_words_seem_to_be_there_that_are_not() {
        fn check(words: u64, most: usize) {
            let hash = |number: u64| xxhash(number);
            let class = SizeClass::of(usize::try_from(words).unwrap());
            let filter = class.filter((0..words).map(hash));
            let wrong = (words..words + 100_000).filter(|number| has(&filter, class, hash(*number))).count();
            assert!(wrong <= most, "{wrong} of 100,000 with {words} words");
        }
        // 12, 16, 20 and 24 bits a word.
        check(5_461, 400);
        check(4_096, 100);
        check(3_277, 35);
        check(2_731, 20);
    }

    fn xxhash(number: u64) -> u64 {
        let mut hash = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        hash ^ (hash >> 31)
    }

    proptest! {
        #[test]
        fn every_word_is_found(hashes in vec(any::<u64>(), 0..300)) {
            let class = SizeClass::of(hashes.len());
            let filter = class.filter(hashes.iter().copied());
            prop_assert!(hashes.iter().all(|hash| has(&filter, class, *hash)));
        }
    }
}
