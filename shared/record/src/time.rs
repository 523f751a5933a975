//! The time of an event.

mod objects;
mod shapes;
mod texts;
mod zones;

pub use zones::zone_length;

use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Value;
use super::field::Field;

/// Numbers from here on are read as milliseconds, not seconds. 1e11 s is the year 5138; 1e11 ms is 1973.
const FIRST_MILLISECONDS: u64 = 100_000_000_000;
/// Numbers from here on are read as microseconds.
const FIRST_MICROSECONDS: u64 = 100_000_000_000_000;
/// Numbers from here on are read as nanoseconds.
const FIRST_NANOSECONDS: u64 = 100_000_000_000_000_000;
/// The seconds of a leap second, and where RFC 3339 has them. It is read as the first second of the next minute, as
/// Unix time does.
const LEAP_SECOND: &str = ":60";
const LEAP_SECOND_AT: usize = 16;
/// The digits of `20261124210727`, and those with milliseconds and microseconds after it.
const COMPACT_DIGITS: usize = 14;
const COMPACT_MILLIS_DIGITS: usize = 17;
const COMPACT_MICROS_DIGITS: usize = 20;
const MICROS_PER_SECOND: i64 = 1_000_000;
/// Earlier times are no times of events but placeholders: 1990.
const EARLIEST_MICROS: i64 = 631_152_000_000_000;
/// A time may be so much after its arrival, by clocks that differ: a day.
const MAX_AHEAD: Duration = Duration::from_hours(24);

/// A point in time in microseconds since the Unix epoch. It always lies within the years that RFC 3339 can write (0001
/// to 9999).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EventTime(Timestamp);

impl EventTime {
    /// Returns the current time.
    #[must_use]
    pub fn now() -> Self {
        let now = Timestamp::now();
        Self::from_micros(now.as_microsecond()).unwrap_or(Self(now))
    }

    /// Returns the time `micros` microseconds after the epoch; `None` outside the years that can be written.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        Timestamp::from_microsecond(micros).ok().map(Self)
    }

    /// Returns the time `millis` milliseconds after the epoch; `None` outside the years that can be written.
    #[must_use]
    pub fn from_millis(millis: i64) -> Option<Self> {
        Timestamp::from_millisecond(millis).ok().map(Self)
    }

    /// Reads a number as seconds (Python's `created`), milliseconds, microseconds or nanoseconds since the epoch. Its
    /// magnitude decides which. Rounds to the microsecond.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a float cast saturates, from_micros refuses what is too far, and the bounds are round numbers"
    )]
    pub fn from_epoch(number: f64) -> Option<Self> {
        let micros = match number.abs() {
            size if size < FIRST_MILLISECONDS as f64 => number * 1e6,
            size if size < FIRST_MICROSECONDS as f64 => number * 1e3,
            size if size < FIRST_NANOSECONDS as f64 => number,
            _ => number / 1e3,
        };
        if micros.is_nan() { None } else { Self::from_micros(micros.round() as i64) }
    }

    /// Reads an integer in the same way, exactly.
    #[must_use]
    pub fn from_epoch_integer(number: i64) -> Option<Self> {
        Self::from_micros(match number.unsigned_abs() {
            size if size < FIRST_MILLISECONDS => number * 1_000_000,
            size if size < FIRST_MICROSECONDS => number * 1_000,
            size if size < FIRST_NANOSECONDS => number,
            _ => number / 1_000,
        })
    }

    /// Reads RFC 3339 with any offset. Drops the digits past the microsecond.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().and_then(|time| Self::from_micros(time.as_microsecond()))
    }

    /// Reads a text: RFC 3339 with any offset, or without one (then UTC), with `T` or a blank before the time, or a
    /// number as in [`from_epoch`](Self::from_epoch). Drops the digits past the microsecond.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return if matches!(text.len(), COMPACT_DIGITS | COMPACT_MILLIS_DIGITS) {
                texts::compact(text)
            } else {
                None
            }
            .or_else(|| Self::from_epoch_integer(number));
        }
        if let Ok(number) = text.parse() {
            let is_compact = match text.find('.') {
                Some(point) => point == COMPACT_DIGITS,
                None => text.len() == COMPACT_MICROS_DIGITS,
            };
            return if is_compact { texts::compact(text) } else { None }.or_else(|| Self::from_epoch(number));
        }
        let time = Self::from_rfc3339(text).or_else(|| {
            let in_utc = text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?;
            Self::from_micros(in_utc.timestamp().as_microsecond())
        });
        let time = time.or_else(|| texts::time(text));
        if text.get(LEAP_SECOND_AT..).is_some_and(|rest| rest.starts_with(LEAP_SECOND)) {
            return time.and_then(|time| Self::from_micros(time.micros() + MICROS_PER_SECOND));
        }
        time
    }

    /// Reads a time that only its arrival completes: without a year, such as syslog's, or a date of which it is not known
    /// whether the month or the day comes first.
    pub(super) fn from_text_by_arrival(text: &str, arrived: Self) -> Option<Self> {
        texts::without_year(text, arrived).or_else(|| texts::ambiguous(text, arrived))
    }

    /// Returns whether it may be an event's time, and is no placeholder.
    pub(super) fn is_of_event(self) -> bool {
        self.micros() >= EARLIEST_MICROS
    }

    /// Returns whether this time is further after `arrived` than clocks differ.
    pub(super) fn is_ahead_of(self, arrived: Self) -> bool {
        self > arrived && self.distance(arrived) > MAX_AHEAD
    }

    /// Reads a field's value as a time, if it is one.
    pub(super) fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Float(number) => Self::from_epoch(number),
            Value::Integer(number) => Self::from_epoch_integer(number),
            Value::Text(text) => Self::from_text(text),
            Value::Null | Value::Boolean(_) | Value::Unsigned(_) | Value::Bytes(_) => None,
        }
    }

    /// Reads a field's value or object as a time, if it is one.
    pub(super) fn of_field(field: Field<'_>) -> Option<Self> {
        match field {
            Field::Scalar(value) => Self::of(value),
            field => objects::time(field),
        }
    }

    /// Returns the seconds since the epoch, like Python's `created`.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "exact to the microsecond until the year 2255")]
    pub fn seconds(self) -> f64 {
        self.micros() as f64 / 1e6
    }

    /// Returns the microseconds since the epoch.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Returns the duration from this time to `since_epoch` after the epoch; zero if that is earlier.
    #[must_use]
    pub fn until(self, since_epoch: Duration) -> Duration {
        since_epoch.saturating_sub(Duration::from_micros(u64::try_from(self.micros()).unwrap_or_default()))
    }

    /// Returns the time `duration` earlier, or the earliest that can be written.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.micros().saturating_sub(micros)).unwrap_or(Self(Timestamp::MIN))
    }

    /// Returns the distance between two times.
    #[must_use]
    pub fn distance(self, other: Self) -> Duration {
        Duration::from_micros(self.micros().abs_diff(other.micros()))
    }

    /// Converts to BSON's milliseconds. Rounds down, so that the time never crosses into the next day.
    #[must_use]
    pub fn to_bson(self) -> bson::DateTime {
        bson::DateTime::from_millis(self.micros().div_euclid(1_000))
    }

    pub(crate) fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl From<SystemTime> for EventTime {
    /// Converts a clock's time, to the microsecond. A later time than can be written becomes the latest.
    fn from(time: SystemTime) -> Self {
        let time = Timestamp::try_from(time).unwrap_or(Timestamp::MAX);
        Self::from_micros(time.as_microsecond()).unwrap_or(Self(time))
    }
}

/// RFC 3339 in UTC with six digits: `2026-11-20T08:35:39.165953Z`.
impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::EventTime;

    #[test]
    fn numbers_are_read_in_the_unit_their_magnitude_shows() {
        fn check(number: f64, expect: Option<&str>) {
            assert_eq!(EventTime::from_epoch(number).map(|time| time.to_string()).as_deref(), expect, "{number}");
        }
        check(1_795_163_739.165_953, Some("2026-11-20T08:35:39.165953Z"));
        check(1_795_163_739_165.0, Some("2026-11-20T08:35:39.165000Z"));
        check(1_795_163_739_165_953.0, Some("2026-11-20T08:35:39.165953Z"));
        check(1_795_163_739_165_953_000.0, Some("2026-11-20T08:35:39.165953Z"));
        check(0.0, Some("1970-01-01T00:00:00.000000Z"));
        check(-1.5, Some("1969-12-31T23:59:58.500000Z"));
        check(f64::NAN, None);
        check(f64::INFINITY, None);
        check(f64::NEG_INFINITY, None);
    }

    #[test]
    fn text_is_a_time_with_or_without_an_offset_or_a_number() {
        fn check(text: &str, expect: Option<&str>) {
            assert_eq!(EventTime::from_text(text).map(|time| time.to_string()).as_deref(), expect, "{text}");
        }
        check("2026-11-20T08:35:39.165953Z", Some("2026-11-20T08:35:39.165953Z"));
        check("2026-11-20T10:05:39+01:30", Some("2026-11-20T08:35:39.000000Z"));
        check("2026-11-20T08:35:39.165953999Z", Some("2026-11-20T08:35:39.165953Z"));
        check("2026-11-20T08:35:39", Some("2026-11-20T08:35:39.000000Z"));
        check("2026-11-20 08:35:39,165", Some("2026-11-20T08:35:39.165000Z"));
        check("2026-11-20T23:59:60Z", Some("2026-11-21T00:00:00.000000Z"));
        check("2026-11-20", Some("2026-11-20T00:00:00.000000Z"));
        check("1795163739.165953", Some("2026-11-20T08:35:39.165953Z"));
        check("1795163739165953123", Some("2026-11-20T08:35:39.165953Z"));
        check("9223372036854775807", Some("2262-04-11T23:47:16.854775Z"));
        check("", None);
        check("20 Nov", None);
        check("yesterday", None);
    }

    #[test]
    fn bson_times_are_rounded_down() {
        let before_epoch = EventTime::from_micros(-1).unwrap();
        assert_eq!(before_epoch.to_bson().timestamp_millis(), -1);
    }
}
