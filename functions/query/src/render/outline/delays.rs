//! How much later records arrived than they happened: the shortest, the median and the longest time.

use serde::Serialize;

/// How many delays the median is taken of. Of more, it is taken of evenly spaced ones.
const MAX_SAMPLE: usize = 1_000;
const MICROS_PER_MILLI: f64 = 1_000.0;

/// The delays of some records.
#[derive(Clone, Debug, Default)]
pub(super) struct Delays {
    range: Option<(i64, i64)>,
    /// Every so many-th delay, in microseconds.
    sample: Vec<i64>,
    /// One of two to the power of this is in the sample.
    stride_bits: u32,
    seen: u64,
}

/// `{min, median, max}` in milliseconds. They are negative where the sender's clock is ahead.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct DelayFields {
    min: f64,
    median: f64,
    max: f64,
}

impl Delays {
    /// Adds a delay.
    pub(super) fn add(&mut self, micros: i64) {
        let (min, max) = self.range.unwrap_or((micros, micros));
        self.range = Some((min.min(micros), max.max(micros)));
        if self.seen.is_multiple_of(1 << self.stride_bits) {
            if self.sample.len() == MAX_SAMPLE {
                self.thin_out();
            }
            // After thinning out, this one may be left out too.
            if self.seen.is_multiple_of(1 << self.stride_bits) {
                self.sample.push(micros);
            }
        }
        self.seen += 1;
    }

    /// Keeps every second delay.
    fn thin_out(&mut self) {
        let mut is_kept = false;
        self.sample.retain(|_| {
            is_kept = !is_kept;
            is_kept
        });
        self.stride_bits += 1;
    }

    /// Returns the fields of an answer; `None` without delays.
    pub(super) fn fields(&self) -> Option<DelayFields> {
        let (min, max) = self.range?;
        let mut sample = self.sample.clone();
        sample.sort_unstable();
        let [low, high] = [(sample.len() - 1) / 2, sample.len() / 2].map(|at| sample[at]);
        Some(DelayFields { min: millis(min), median: millis(low.midpoint(high)), max: millis(max) })
    }
}

#[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 microseconds: 285 years")]
fn millis(micros: i64) -> f64 {
    micros as f64 / MICROS_PER_MILLI
}

#[cfg(test)]
mod tests {
    use super::{DelayFields, Delays, MAX_SAMPLE};

    fn fields(micros: impl IntoIterator<Item = i64>) -> Option<DelayFields> {
        let mut delays = Delays::default();
        micros.into_iter().for_each(|micros| delays.add(micros));
        assert!(delays.sample.len() <= MAX_SAMPLE);
        delays.fields()
    }

    #[test]
    fn few_delays_have_their_median() {
        fn check(micros: &[i64], expect: [f64; 3]) {
            let [min, median, max] = expect;
            assert_eq!(fields(micros.iter().copied()), Some(DelayFields { min, median, max }), "{micros:?}");
        }
        check(&[5_000], [5.0, 5.0, 5.0]);
        check(&[9_000, -1_200], [-1.2, 3.9, 9.0]);
        check(&[3_000, 1_000, 2_000], [1.0, 2.0, 3.0]);
        assert_eq!(fields([]), None);
    }

    #[test]
    fn of_many_delays_evenly_spaced_ones_are_kept() {
        let told = fields((0..100_000).map(|number| number * 1_000)).unwrap();
        assert!((49_800.0..50_200.0).contains(&told.median), "{told:?}");
        assert_eq!(told, DelayFields { min: 0.0, median: told.median, max: 99_999.0 });
    }
}
