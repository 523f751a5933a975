//! OpenTelemetry's severities as Python's levels.

/// What the names of severities begin with in protobuf.
const PREFIX: &str = "SEVERITY_NUMBER_";
/// Numbers in a range: `ERROR` to `ERROR4`.
const RANGE: i64 = 4;

/// The ranges of four in rising order from 1, by their names in OTLP, with Python's number and name for each. Python has
/// no TRACE; 5 is what libraries that add it use. Source:
/// <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.
const RANGES: [(&str, i64, &str); 6] = [
    ("TRACE", 5, "TRACE"),
    ("DEBUG", 10, "DEBUG"),
    ("INFO", 20, "INFO"),
    ("WARN", 30, "WARNING"),
    ("ERROR", 40, "ERROR"),
    ("FATAL", 50, "CRITICAL"),
];

/// The level's number and name; `None` for 0, which says nothing, and what is not defined.
pub(super) fn level(severity_number: i64) -> Option<(i64, &'static str)> {
    let range = usize::try_from((severity_number - 1).div_euclid(RANGE)).ok()?;
    RANGES.get(range).map(|(_, number, name)| (*number, *name))
}

/// The number of a severity that is sent by name, as protobuf's JSON mapping allows: `SEVERITY_NUMBER_ERROR2` is 18.
pub(super) fn number(name: &str) -> Option<i64> {
    let name = name.strip_prefix(PREFIX)?;
    if name == "UNSPECIFIED" {
        return Some(0);
    }
    let range = name.trim_end_matches(['2', '3', '4']);
    let within = if name.len() == range.len() { 1 } else { name.get(range.len()..)?.parse().ok()? };
    let position = RANGES.iter().position(|(own, ..)| *own == range)?;
    (within <= RANGE).then_some(i64::try_from(position).ok()? * RANGE + within)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_severity_has_a_level() {
        fn check(numbers: std::ops::RangeInclusive<i64>, expect: Option<(i64, &str)>) {
            for number in numbers {
                assert_eq!(super::level(number), expect, "{number}");
            }
        }
        check(-4..=0, None);
        check(1..=4, Some((5, "TRACE")));
        check(5..=8, Some((10, "DEBUG")));
        check(9..=12, Some((20, "INFO")));
        check(13..=16, Some((30, "WARNING")));
        check(17..=20, Some((40, "ERROR")));
        check(21..=24, Some((50, "CRITICAL")));
        check(25..=28, None);
        check(i64::MAX..=i64::MAX, None);
    }

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
