//! The names of OpenTelemetry's severities.

/// The prefix of severity names in protobuf.
const PREFIX: &str = "SEVERITY_NUMBER_";
/// Numbers in a range, for example `ERROR` to `ERROR4`.
const RANGE: i64 = 4;

/// The ranges in ascending order, from 1. Source:
/// <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.
const RANGES: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/// Returns the number of a severity sent by name, as protobuf's JSON mapping allows: `SEVERITY_NUMBER_ERROR2` is 18.
pub(super) fn number(name: &str) -> Option<i64> {
    let name = name.strip_prefix(PREFIX)?;
    if name == "UNSPECIFIED" {
        return Some(0);
    }
    let range = name.trim_end_matches(['2', '3', '4']);
    let within = if name.len() == range.len() { 1 } else { name.get(range.len()..)?.parse().ok()? };
    let position = RANGES.iter().position(|known| *known == range)?;
    (within <= RANGE).then_some(i64::try_from(position).ok()? * RANGE + within)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_severity_has_a_number() {
        fn check(name: &str, expect: Option<i64>) {
            assert_eq!(super::number(name), expect, "{name}");
        }
        check("SEVERITY_NUMBER_TRACE", Some(1));
        check("SEVERITY_NUMBER_INFO", Some(9));
        check("SEVERITY_NUMBER_ERROR2", Some(18));
        check("SEVERITY_NUMBER_FATAL4", Some(24));
        check("SEVERITY_NUMBER_UNSPECIFIED", Some(0));
        check("SEVERITY_NUMBER_INFO44", None);
        check("INFO", None);
    }
}
