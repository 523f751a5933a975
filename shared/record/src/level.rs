//! Python's level names and numbers.

/// The lowest level number that counts as an error: Python's `logging.ERROR`.
pub const ERROR: i64 = 40;

/// The levels of Python's logging module in ascending order, with the names that other libraries use. Python has no
/// TRACE; libraries that add it use 5. Source: <https://docs.python.org/3/library/logging.html#logging-levels>.
const LEVELS: [(i64, &str, &[&str]); 6] = [
    (5, "TRACE", &[]),
    (10, "DEBUG", &[]),
    (20, "INFO", &["INFORMATION", "NOTICE"]),
    (30, "WARNING", &["WARN"]),
    (ERROR, "ERROR", &["ERR"]),
    (50, "CRITICAL", &["FATAL", "EMERG", "EMERGENCY", "ALERT", "PANIC"]),
];

/// Returns the number for a level's name, in any case; `None` for an unknown name.
#[must_use]
pub fn number(name: &str) -> Option<i64> {
    let is = |known: &&str| name.eq_ignore_ascii_case(known);
    LEVELS.iter().find(|(_, own, others)| is(own) || others.iter().any(is)).map(|(number, ..)| *number)
}

/// Returns Python's name for a level's number. A number between two levels gets the lower one's name. `None` below
/// TRACE (`NOTSET`).
#[must_use]
pub fn name(number: i64) -> Option<&'static str> {
    LEVELS.iter().rev().find(|(from, ..)| number >= *from).map(|(_, name, _)| *name)
}

/// How many of OpenTelemetry's severity numbers make one level.
const SEVERITIES: i64 = 4;

/// Returns the level's number and name for an OpenTelemetry severity number. Four of these, from 1 on, make one level.
/// `None` for 0 (unspecified) and for undefined numbers. Source:
/// <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.
#[must_use]
pub fn of_severity(severity: i64) -> Option<(i64, &'static str)> {
    let level = usize::try_from(severity.checked_sub(1)?.div_euclid(SEVERITIES)).ok()?;
    LEVELS.get(level).map(|(number, name, _)| (*number, *name))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_have_numbers() {
        fn check(name: &str, expect: Option<i64>) {
            assert_eq!(super::number(name), expect, "{name}");
        }
        check("ERROR", Some(40));
        check("error", Some(40));
        check("Warn", Some(30));
        check("fatal", Some(50));
        check("trace", Some(5));
        check("LOUD", None);
        check("", None);
    }

    #[test]
    fn numbers_have_names() {
        fn check(number: i64, expect: Option<&str>) {
            assert_eq!(super::name(number), expect, "{number}");
        }
        check(4, None);
        check(5, Some("TRACE"));
        check(10, Some("DEBUG"));
        check(25, Some("INFO"));
        check(40, Some("ERROR"));
        check(1_000, Some("CRITICAL"));
        check(0, None);
        check(-1, None);
    }

    #[test]
    fn a_severity_has_a_level() {
        fn check(severities: std::ops::RangeInclusive<i64>, expect: Option<(i64, &str)>) {
            for severity in severities {
                assert_eq!(super::of_severity(severity), expect, "{severity}");
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
}
