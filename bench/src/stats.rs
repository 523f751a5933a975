//! The numbers of a row from those of its rounds.

/// The middle one; between the two in the middle if there are two. Nothing where there are none.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

#[cfg(test)]
mod tests {
    use super::median;

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
}
