//! Statistics and rounding for the rows.

/// Bytes in a MiB.
pub const BYTES_PER_MIB: f64 = 1_048_576.0;

/// Returns the median; of an even number of values, the mean of the two in the middle. None without values.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

/// Returns the 99th percentile: the smallest value that 99 of 100 do not exceed. None without values.
#[must_use]
pub fn p99(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    let rank = (values.len() * 99).div_ceil(100);
    values.get(rank.checked_sub(1)?).copied()
}

/// Rounds to this many decimal digits.
#[must_use]
pub fn round(value: f64, digits: i32) -> f64 {
    let unit = 10_f64.powi(digits);
    (value * unit).round() / unit
}

#[cfg(test)]
mod tests {
    use super::{median, p99};

    #[test]
    fn the_median_is_in_the_middle() {
        fn check(values: &[f64], expect: Option<f64>) {
            assert_eq!(median(values.iter().copied()), expect, "{values:?}");
        }
        check(&[], None);
        check(&[3.0], Some(3.0));
        check(&[3.0, 1.0], Some(2.0));
        check(&[9.0, 1.0, 2.0], Some(2.0));
        check(&[4.0, 100.0, 1.0, 2.0], Some(3.0));
    }

    #[test]
    fn one_of_a_hundred_is_above_the_p99() {
        fn check(count: u32, expect: Option<f64>) {
            assert_eq!(p99((1..=count).rev().map(f64::from)), expect, "{count}");
        }
        check(0, None);
        check(1, Some(1.0));
        check(99, Some(99.0));
        check(100, Some(99.0));
        check(101, Some(100.0));
        check(450, Some(446.0));
    }
}
