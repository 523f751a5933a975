//! Times and durations for people.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Durations from here on are shown in seconds.
const TEN_SECONDS_MS: f64 = 10_000.0;
const MINUTE_MS: f64 = 60_000.0;

/// Renders a duration.
pub(crate) fn duration(ms: f64) -> String {
    if ms < TEN_SECONDS_MS {
        return format!("{ms:.1} ms");
    }
    if ms < MINUTE_MS {
        return format!("{:.1} s", ms / 1_000.0);
    }
    #[allow(clippy::cast_possible_truncation, reason = "whole minutes are shown")]
    let minutes = (ms / MINUTE_MS) as i64;
    #[allow(clippy::cast_possible_truncation, reason = "less than 60")]
    let seconds = (ms % MINUTE_MS / 1_000.0) as i64;
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min {seconds} s"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// Returns the milliseconds between two times.
pub(crate) fn ms_between(from: Timestamp, to: Timestamp) -> f64 {
    let between: SignedDuration = to.duration_since(from);
    between.as_secs_f64() * 1_000.0
}

/// Renders the time since the start: `+12.3 ms`.
pub(crate) fn offset(start: Timestamp, time: Timestamp) -> String {
    let ms = ms_between(start, time);
    if ms.abs() < MINUTE_MS { format!("{ms:+.1} ms") } else { format!("+{}", duration(ms)) }
}

/// Renders date and time in UTC to the millisecond.
pub(crate) fn date_time(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// Renders the day in UTC.
pub(crate) fn day(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).date().to_string()
}

/// Renders the time of day in UTC to the microsecond.
pub(crate) fn time_of_day(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%H:%M:%S%.6f").to_string()
}

#[cfg(test)]
mod tests {
    use super::{duration, offset};

    #[test]
    fn durations_are_short() {
        fn check(ms: f64, expect: &str) {
            assert_eq!(duration(ms), expect);
        }
        check(0.0, "0.0 ms");
        check(97.253, "97.3 ms");
        check(12_345.0, "12.3 s");
        check(192_000.0, "3 min 12 s");
        check(7_500_000.0, "2 h 5 min");
        check(273_600_000.0, "3 d 4 h");
    }

    #[test]
    fn offsets_count_from_the_start() {
        fn check(time: &str, expect: &str) {
            assert_eq!(offset("2026-11-20T08:00:00Z".parse().unwrap(), time.parse().unwrap()), expect);
        }
        check("2026-11-20T08:00:00Z", "+0.0 ms");
        check("2026-11-20T08:00:12.3456Z", "+12345.6 ms");
        check("2026-11-20T07:59:59.9Z", "-100.0 ms");
        check("2026-11-21T09:00:00Z", "+1 d 1 h");
    }
}
