//! A Bloom filter of the ids by which the records of an export are found. It tells which exports may have a transaction.

use record::words::hash;

/// Bits for each record: most have one id, and share it with others.
const BITS_PER_RECORD: u64 = 16;
/// The binary logarithms of the smallest and of the largest number of bits: 1 KiB and 8 MiB.
const SIZES: std::ops::RangeInclusive<u32> = 13..=26;
/// How many bits an id has.
const PROBES: u64 = 7;
const BITS_PER_BYTE: u64 = 8;

/// The filter. Its bytes are what is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdFilter(Vec<u8>);

impl IdFilter {
    /// Creates a filter for so many records.
    #[must_use]
    pub fn for_records(records: u64) -> Self {
        let bits = records.saturating_mul(BITS_PER_RECORD).max(1).checked_next_power_of_two().unwrap_or(u64::MAX);
        let size = bits.ilog2().clamp(*SIZES.start(), *SIZES.end());
        Self(vec![0; 1 << (size - BITS_PER_BYTE.ilog2())])
    }

    /// Wraps stored bytes. `None` if they are no filter.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        bytes.len().is_power_of_two().then_some(Self(bytes))
    }

    /// Returns the bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Adds an id.
    pub fn insert(&mut self, id: &str) {
        for (byte, bit) in self.places(id) {
            if let Some(byte) = self.0.get_mut(byte) {
                *byte |= bit;
            }
        }
    }

    /// Whether the id may have been added. It was not if this says no.
    #[must_use]
    pub fn may_have(&self, id: &str) -> bool {
        self.places(id).all(|(byte, bit)| self.0.get(byte).is_some_and(|own| own & bit != 0))
    }

    fn places(&self, id: &str) -> impl Iterator<Item = (usize, u8)> + use<> {
        let (mask, first) = (self.0.len() as u64 * BITS_PER_BYTE - 1, hash(id.as_bytes()));
        // Odd, so that it reaches every bit.
        let step = first.rotate_left(32) | 1;
        (0..PROBES).map(move |probe| {
            let at = first.wrapping_add(step.wrapping_mul(probe)) & mask;
            (usize::try_from(at / BITS_PER_BYTE).unwrap_or(usize::MAX), 1 << (at % BITS_PER_BYTE))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::IdFilter;

    #[test]
    fn a_filter_has_what_was_added_and_little_else() {
        for records in [1, 100, 10_000] {
            let mut filter = IdFilter::for_records(records);
            (0..records).for_each(|id| filter.insert(&format!("uid-{id}")));
            assert!((0..records).all(|id| filter.may_have(&format!("uid-{id}"))));
            let wrong = (0..10_000).filter(|id| filter.may_have(&format!("other-{id}"))).count();
            assert!(wrong < 50, "{records}: {wrong} of 10,000 are wrong");
        }
    }

    #[test]
    fn a_filter_has_bounds_and_comes_back() {
        assert_eq!(IdFilter::for_records(0).bytes().len(), 1 << 10);
        assert_eq!(IdFilter::for_records(u64::MAX).bytes().len(), 8 << 20);
        let mut filter = IdFilter::for_records(1);
        filter.insert("x");
        assert_eq!(IdFilter::from_bytes(filter.bytes().to_vec()), Some(filter));
        assert_eq!(IdFilter::from_bytes(vec![0; 3]), None);
        assert_eq!(IdFilter::from_bytes(Vec::new()), None);
    }
}
