//! Counts and sizes for people.

const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];

/// Renders a count with its noun: `1 record`, `27 records`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Renders a size: `12.0 KiB`.
#[allow(clippy::cast_precision_loss, reason = "one decimal place is shown")]
pub(crate) fn size(bytes: u64) -> String {
    let mut size = bytes as f64;
    let mut units = UNITS.iter();
    let mut unit = units.next();
    while size >= 1024.0 && units.len() > 0 {
        size /= 1024.0;
        unit = units.next();
    }
    let digits = usize::from(unit != UNITS.first());
    format!("{size:.digits$} {}", unit.unwrap_or(&"B"))
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn counts_have_nouns() {
        assert_eq!(count(1, "record"), "1 record");
        assert_eq!(count(0, "record"), "0 records");
        assert_eq!(count(999, "record"), "999 records");
        assert_eq!(count(100_000, "record"), "100,000 records");
        assert_eq!(count(1_234_567, "record"), "1,234,567 records");
    }
}
