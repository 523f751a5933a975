//! Parses headers with weights, such as `gzip;q=0.5, br`.

/// Returns the wanted names in order, each with its weight (RFC 9110, 12.4.2).
pub(crate) fn wanted(header: &str) -> impl Iterator<Item = (&str, f64)> {
    header.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next()?;
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |weight| weight.parse().ok())?;
        (weight > 0.0).then_some((name, weight))
    })
}

#[cfg(test)]
mod tests {
    use super::wanted;

    #[test]
    fn what_has_no_weight_is_not_wanted() {
        fn check(header: &str, expect: &[(&str, f64)]) {
            assert_eq!(wanted(header).collect::<Vec<_>>(), expect, "{header}");
        }
        check("gzip", &[("gzip", 1.0)]);
        check("a/b;level=1;q=0.5, */*", &[("a/b", 0.5), ("*/*", 1.0)]);
        check("gzip;q=0, br;q=0.0, zstd;q=x", &[]);
    }
}
