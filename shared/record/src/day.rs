//! A UTC calendar day. Each day has its own collection.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::EventTime;

/// A UTC calendar day, written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Day(Date);

impl Day {
    /// Returns the UTC day of `time`.
    #[must_use]
    pub fn of(time: EventTime) -> Self {
        Self(time.timestamp().to_zoned(TimeZone::UTC).date())
    }

    /// Returns today.
    #[must_use]
    pub fn today() -> Self {
        Self(Timestamp::now().to_zoned(TimeZone::UTC).date())
    }

    /// Returns the day before today.
    #[must_use]
    pub fn yesterday() -> Self {
        Self::today().minus(1)
    }

    /// Returns the day so many days before, or the first day of the calendar (year -9999).
    #[must_use]
    pub fn minus(self, days: u16) -> Self {
        Self(self.0.saturating_sub(i64::from(days).days()))
    }

    /// Returns the midnight UTC at which the day begins; `None` where the calendar ends (year 9999).
    #[must_use]
    pub fn start(self) -> Option<EventTime> {
        let midnight: Timestamp = self.0.to_zoned(TimeZone::UTC).ok()?.timestamp();
        EventTime::from_micros(midnight.as_microsecond())
    }

    /// Returns the next day; `None` where the calendar ends (year 9999).
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1.day()).ok().map(Self)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not a day.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not a day: expected YYYY-MM-DD")]
pub struct NotADay {
    text: String,
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let day = text.parse().ok().map(Self);
        // The parser also takes `20261120` and times; a day has one spelling, so that a collection has one name.
        day.filter(|day| day.to_string() == text).ok_or_else(|| NotADay { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::Day;
    use crate::EventTime;

    #[test]
    fn a_day_ends_at_midnight_utc() {
        fn check(time: &str, expect: &str) {
            assert_eq!(Day::of(EventTime::from_rfc3339(time).unwrap()).to_string(), expect, "{time}");
        }
        check("2026-11-20T23:59:59.999999Z", "2026-11-20");
        check("2026-11-21T00:00:00Z", "2026-11-21");
        check("2026-11-21T00:30:00+01:00", "2026-11-20");
        check("1969-12-31T23:59:59Z", "1969-12-31");
    }

    #[test]
    fn a_day_has_one_spelling() {
        fn check(text: &str, expect: bool) {
            assert_eq!(text.parse::<Day>().is_ok(), expect, "{text}");
        }
        check("2026-11-20", true);
        check("2026-02-30", false);
        check("20261120", false);
        check("2026-11-20T00:00:00", false);
        check("2026-11-2", false);
        check("", false);
    }

    #[test]
    fn a_day_has_a_start_and_a_next_day() {
        let day: Day = "2026-12-31".parse().unwrap();
        assert_eq!(day.next().map(|day| day.to_string()).as_deref(), Some("2027-01-01"));
        assert_eq!(day.minus(366).to_string(), "2025-12-30");
        assert_eq!(day.start().map(|time| time.to_string()).as_deref(), Some("2026-12-31T00:00:00.000000Z"));
    }
}
