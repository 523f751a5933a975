//! Time in equal slots, and the counts in them. Records come in time order, and nobody knows yet when the last one happened.
//! So the slots begin at a microsecond, and become twice as wide whenever a record does not fit.

use std::collections::BTreeMap;

use record::EventTime;

use super::levels::Rank;
use crate::request::MAX_BINS;

/// How many slots a bin of the answer has at least half of. More slots make bins that fit the transaction better.
const SLOTS_PER_BIN: usize = 16;
/// How many slots there are: of no lane are more counts kept.
const MAX_SLOTS: u64 = (MAX_BINS * SLOTS_PER_BIN) as u64;

/// The slots of a transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeline {
    started: EventTime,
    /// A slot is two to the power of this in microseconds.
    width_bits: u32,
}

/// Counts by slot, in time order. Empty slots are left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots(Vec<Slot>);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Slot {
    number: u16,
    worst: Rank,
    count: u32,
}

/// The bins of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Scale {
    slots_per_bin: u64,
    /// The length of a bin.
    pub(super) bin_us: u64,
}

/// Counts by bin: how many records, and the worst level.
pub(super) type Bins = BTreeMap<u64, (u64, Rank)>;

impl Timeline {
    /// Returns the slots of a transaction that began at this time.
    pub(super) fn new(started: EventTime) -> Self {
        Self { started, width_bits: 0 }
    }

    /// Returns the slot of a time, if there is one.
    pub(super) fn slot(&self, time: EventTime) -> Option<u16> {
        Some(self.distance(time)).filter(|number| *number < MAX_SLOTS).and_then(|number| number.try_into().ok())
    }

    /// Makes the slots twice as wide. Then [`Slots::widen`] has to follow.
    pub(super) fn widen(&mut self) {
        self.width_bits += 1;
    }

    /// Returns at most `bins` bins for the time until `ended`, which has a slot.
    pub(super) fn scale(&self, ended: EventTime, bins: usize) -> Scale {
        let slots = self.distance(ended) + 1;
        let slots_per_bin = slots.div_ceil(u64::try_from(bins).unwrap_or(u64::MAX).max(1));
        Scale { slots_per_bin, bin_us: slots_per_bin << self.width_bits }
    }

    fn distance(&self, time: EventTime) -> u64 {
        let micros = u64::try_from(time.micros() - self.started.micros()).unwrap_or_default();
        micros >> self.width_bits
    }
}

impl Slots {
    /// Counts a record in a slot, which is the last one or a later one.
    pub(super) fn add(&mut self, number: u16, rank: Rank) {
        match self.0.last_mut() {
            Some(last) if last.number == number => last.merge(rank, 1),
            _ => self.0.push(Slot { number, worst: rank, count: 1 }),
        }
    }

    /// Makes the slots twice as wide.
    pub(super) fn widen(&mut self) {
        let mut kept = 0;
        for at in 0..self.0.len() {
            let slot = Slot { number: self.0[at].number / 2, ..self.0[at] };
            if kept > 0 && self.0[kept - 1].number == slot.number {
                self.0[kept - 1].merge(slot.worst, slot.count);
            } else {
                self.0[kept] = slot;
                kept += 1;
            }
        }
        self.0.truncate(kept);
    }

    /// Adds the counts to bins.
    pub(super) fn add_to(&self, bins: &mut Bins, scale: Scale) {
        for Slot { number, worst, count } in &self.0 {
            let (records, own) = bins.entry(u64::from(*number) / scale.slots_per_bin).or_default();
            *records += u64::from(*count);
            *own = (*own).max(*worst);
        }
    }
}

impl Slot {
    fn merge(&mut self, worst: Rank, count: u32) {
        self.worst = self.worst.max(worst);
        self.count = self.count.saturating_add(count);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{Bins, EventTime, MAX_SLOTS, Rank, Slots, Timeline};

    const BEGIN: i64 = 1_795_163_739_000_000;

    fn at(micros: i64) -> EventTime {
        EventTime::from_micros(BEGIN + micros).unwrap()
    }

    /// Returns the length of a bin, and the counts of records so many microseconds after the first.
    fn binned(micros: &[i64], bins: usize) -> (u64, Bins) {
        let (mut timeline, mut slots) = (Timeline::new(at(micros[0])), Slots::default());
        for micros in micros {
            let slot = loop {
                if let Some(slot) = timeline.slot(at(*micros)) {
                    break slot;
                }
                timeline.widen();
                slots.widen();
            };
            slots.add(slot, Rank::of(Some(20)));
        }
        let scale = timeline.scale(at(micros[micros.len() - 1]), bins);
        let mut counts = Bins::new();
        slots.add_to(&mut counts, scale);
        (scale.bin_us, counts)
    }

    #[test]
    fn bins_are_as_long_as_they_have_to_be() {
        fn check(micros: &[i64], bins: usize, bin_us: u64, expect: &[(u64, u64)]) {
            let (length, counts) = binned(micros, bins);
            let counts: Vec<(u64, u64)> = counts.into_iter().map(|(bin, (count, _))| (bin, count)).collect();
            assert_eq!((length, counts.as_slice()), (bin_us, expect), "{micros:?} {bins}");
        }
        check(&[0], 200, 1, &[(0, 1)]);
        check(&[0, 0], 1, 1, &[(0, 2)]);
        check(&[0, 99], 100, 1, &[(0, 1), (99, 1)]);
        check(&[0, 100], 100, 2, &[(0, 1), (50, 1)]);
        check(&[0, 20_000, 97_253], 200, 496, &[(0, 1), (40, 1), (196, 1)]);
        // Three days.
        check(&[0, 259_200_000_000], 200, 1_342_177_280, &[(0, 1), (193, 1)]);
    }

    proptest! {
        #[test]
        fn every_record_is_in_the_bin_of_its_time(
            mut micros in vec(prop_oneof![0..50_000_i64, 0..9_000_000_000_000_i64], 1..60),
            bins in 1..=400_usize,
        ) {
            micros.sort_unstable();
            let (bin_us, counts) = binned(&micros, bins);
            let mut expect = std::collections::BTreeMap::<u64, u64>::new();
            for own in &micros {
                *expect.entry(u64::try_from(own - micros[0]).unwrap() / bin_us).or_default() += 1;
            }
            prop_assert_eq!(counts.iter().map(|(bin, (count, _))| (*bin, *count)).collect::<Vec<_>>(), expect.into_iter().collect::<Vec<_>>());
            let used = counts.last_key_value().map_or(0, |(bin, _)| bin + 1);
            let span = u64::try_from(micros[micros.len() - 1] - micros[0]).unwrap() + 1;
            prop_assert!(used <= bins as u64);
            // At most an eighth of the bins is left over, or bins are as short as they can be.
            prop_assert!(span < MAX_SLOTS || bin_us * used.max(1) * 8 <= (span + bin_us) * 9, "{} {} {}", bin_us, used, span);
        }
    }
}
