//! Python's level names and numbers.

use super::blank::says_nothing;

/// The lowest level number that counts as an error: Python's `logging.ERROR`.
pub const ERROR: i64 = 40;

/// The levels of Python's logging module in ascending order, with the names that other libraries use. Python has no
/// TRACE; libraries that add it use 5. Source: <https://docs.python.org/3/library/logging.html#logging-levels>.
const LEVELS: [(i64, &str, &[&str]); 6] = [
    // java.util.logging, winston.
    (5, "TRACE", &["FINER", "FINEST", "SILLY", "TRC", "TRCE", "TRAC", "T"]),
    // winston's HTTP is less than its INFO.
    (10, "DEBUG", &["VERBOSE", "FINE", "HTTP", "DBG", "DBUG", "DEBU", "VRB", "D"]),
    // Python's loguru has SUCCESS, java.util.logging has CONFIG, Open Liberty has AUDIT, NestJS has LOG.
    (20, "INFO", &["INFORMATION", "INFORMATIONAL", "NOTICE", "SUCCESS", "CONFIG", "AUDIT", "LOG", "OK", "INF", "I"]),
    (30, "WARNING", &["WARN", "WRN", "W"]),
    (ERROR, "ERROR", &["ERR", "ERRO", "EROR", "SEVERE", "FAIL", "E"]),
    // Go's zap has DPANIC, logrus cuts names to four letters, the syslog levels end with EMERG.
    (
        50,
        "CRITICAL",
        &["CRIT", "FATAL", "FATA", "FTL", "EMERG", "EMERGENCY", "ALERT", "PANIC", "PANI", "PNC", "DPANIC", "F"],
    ),
];

/// What senders call the level that they do not know.
const UNKNOWN: [&str; 3] = ["UNKNOWN", "UNSPECIFIED", "UNSET"];

/// What Google Cloud calls the severity of an entry that has none.
const GOOGLES_DEFAULT: &str = "DEFAULT";

/// How many of slog's levels make one of Python's: `INFO+4` is `WARN`. Source: <https://pkg.go.dev/log/slog#Level>.
const SLOG_STEP: i64 = 4;

/// What stands before a level's name in the name of a constant: `SEVERITY_ERROR`, `LogLevel.Error`, `LOG_ERR`.
const PREFIXES: [&str; 6] = ["LEVEL", "SEVERITY", "SEVERITY_NUMBER", "LOG_LEVEL", "LOGLEVEL", "LOG"];

/// The shortest name that OpenTelemetry numbers: `INFO2`.
const MIN_GRADED_BYTES: usize = 4;

/// Returns the number for a level's name, in any case, with blanks or ANSI colours around it; `None` for an unknown name.
#[must_use]
pub fn number(name: &str) -> Option<i64> {
    if let Some(severity) = of_sd_daemon(name.trim()) {
        return Scale::Syslog.level(severity);
    }
    let name = bare(name);
    named(name).or_else(|| of_slog(name)).or_else(|| named(of_constant(name)))
}

/// Returns whether a level's name says that there is none.
pub(super) fn is_unknown(name: &str) -> bool {
    UNKNOWN.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Returns whether a level's name in a field of another dialect says that there is none.
pub(super) fn is_none(name: &str) -> bool {
    says_nothing(name) || is_unknown(name) || name == GOOGLES_DEFAULT
}

fn named(name: &str) -> Option<i64> {
    let is = |known: &&str| name.eq_ignore_ascii_case(known);
    LEVELS.iter().find(|(_, own, others)| is(own) || others.iter().any(is)).map(|(number, ..)| *number)
}

/// Reads `<3>`: <https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html>.
fn of_sd_daemon(name: &str) -> Option<i64> {
    match name.as_bytes() {
        [b'<', severity @ b'0'..=b'7', b'>'] => Some(i64::from(severity - b'0')),
        _ => None,
    }
}

/// Returns the level's name in that of a constant: without the constant's type before it, and without the digit after it
/// with which OpenTelemetry names four grades of each level (`ERROR2`).
fn of_constant(name: &str) -> &str {
    let name = name.strip_suffix(['2', '3', '4']).filter(|name| name.len() >= MIN_GRADED_BYTES).unwrap_or(name);
    let is_prefix = |prefix: &str| PREFIXES.iter().any(|known| prefix.eq_ignore_ascii_case(known));
    name.rsplit_once(['_', '.', '=', ':']).filter(|(prefix, _)| is_prefix(prefix)).map_or(name, |(_, name)| name)
}

/// Returns the name without blanks, brackets and ANSI colours around it.
fn bare(name: &str) -> &str {
    let mut name = name.trim().trim_matches(['[', ']', '<', '>', ':']).trim();
    while let Some((_, rest)) = name.strip_prefix('\u{1b}').and_then(|rest| rest.split_once('m')) {
        name = rest;
    }
    name.split('\u{1b}').next().unwrap_or(name).trim()
}

/// Reads `ERROR+2`, as Go's slog writes a level between two names.
fn of_slog(name: &str) -> Option<i64> {
    let sign = name.find(['+', '-'])?;
    let (base, offset) = name.split_at_checked(sign)?;
    let base = LEVELS.iter().position(|(_, own, others)| *own == base || others.contains(&base))?;
    let steps = offset.parse::<i64>().ok()?.div_euclid(SLOG_STEP);
    let level = i64::try_from(base).ok()?.saturating_add(steps).clamp(0, 5);
    LEVELS.get(usize::try_from(level).ok()?).map(|(number, ..)| *number)
}

/// The numbers that libraries give to levels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scale {
    /// Python's own: 10 debug to 50 critical.
    Python,
    /// pino and bunyan: 10 trace, 20 debug to 60 fatal, ten more than Python's. Larger numbers are of Monolog's scale
    /// (100 debug to 600 emergency) or of logback's and log4j's (5000 trace to 50000 fatal).
    Size,
    /// Syslog: 0 emergency to 7 debug. Source: <https://datatracker.ietf.org/doc/html/rfc5424#section-6.2.1>.
    Syslog,
    /// Syslog's, in a field that may mean something else: it counts only among syslog's own fields.
    Priority,
    /// OpenTelemetry's severity numbers.
    Severity,
    /// Application Insights': 0 verbose to 4 critical.
    ApplicationInsights,
    /// logbook's: 9 trace to 15 critical. Source: <https://logbook.readthedocs.io/en/stable/api/utilities.html>.
    Logbook,
}

impl Scale {
    /// Returns Python's number for a number of this scale; `None` if the scale has no such number.
    pub(super) fn level(self, number: i64) -> Option<i64> {
        match self {
            Self::Python => (1..=50).contains(&number).then_some(number),
            Self::Severity => of_severity(number).map(|(number, _)| number),
            Self::Logbook => match number {
                9 => Some(5),
                10 => Some(10),
                11 | 12 => Some(20),
                13 => Some(30),
                14 => Some(ERROR),
                15 => Some(50),
                _ => None,
            },
            Self::ApplicationInsights => (0..=4).contains(&number).then(|| (number + 1) * 10),
            Self::Syslog | Self::Priority => match number {
                0..=2 => Some(50),
                3 => Some(ERROR),
                4 => Some(30),
                5 | 6 => Some(20),
                7 => Some(10),
                _ => None,
            },
            Self::Size => match number {
                // A sender's own levels of pino lie between: 35.
                15..=60 if number % 5 == 0 => Some(number - 10),
                // <https://github.com/Seldaek/monolog/blob/main/src/Monolog/Level.php> and
                // <https://logback.qos.ch/apidocs/ch.qos.logback.classic/ch/qos/logback/classic/Level.html>
                10 | 5_000 => Some(5),
                100 | 10_000 => Some(10),
                200 | 250 | 20_000 => Some(20),
                300 | 30_000 => Some(30),
                400 | 40_000 => Some(ERROR),
                500 | 550 | 600 | 50_000 => Some(50),
                _ => None,
            },
        }
    }
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
        check(" error ", Some(40));
        check("\u{1b}[31merror\u{1b}[39m", Some(40));
        check("[WARN]", Some(30));
        check("DEBUG-4", Some(5));
        check("ERROR+2", Some(40));
        check("INFO+4", Some(30));
        check("dpanic", Some(50));
        check("<3>", Some(40));
        check("<8>", None);
        for error in ["LEVEL_ERROR", "SEVERITY_ERROR", "ERROR2", "SEVERITY_NUMBER_ERROR4", "LogLevel.Error", "LOG_ERR"]
        {
            check(error, Some(40));
        }
        check("log", Some(20));
        check("http", Some(10));
        check("NO_ERROR", None);
        check("ERROR5", None);
        check("I2", None);
        check("Severe", Some(40));
        check("ERROR-", None);
        for (name, number) in [("ERRO", 40), ("eror", 40), ("DEBU", 10), ("dbug", 10), ("FATA", 50), ("PANI", 50)] {
            check(name, Some(number));
        }
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
    fn a_number_has_a_level_by_its_scale() {
        use super::Scale;
        fn check(scale: Scale, number: i64, expect: Option<i64>) {
            assert_eq!(scale.level(number), expect, "{scale:?} {number}");
        }
        check(Scale::Python, 40, Some(40));
        check(Scale::Python, 400, None);
        check(Scale::Size, 10, Some(5));
        check(Scale::Size, 40, Some(30));
        check(Scale::Size, 60, Some(50));
        check(Scale::Size, 57, None);
        check(Scale::Size, 87, None);
        check(Scale::Size, 250, Some(20));
        check(Scale::Size, 40_000, Some(40));
        check(Scale::Size, -1, None);
        check(Scale::Size, 12, None);
        check(Scale::Logbook, 15, Some(50));
        check(Scale::Syslog, 3, Some(40));
        check(Scale::Syslog, 8, None);
        check(Scale::Severity, 17, Some(40));
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
