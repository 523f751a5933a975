//! Times as text in other shapes than RFC 3339. A time without an offset is UTC.

use std::borrow::Cow;
use std::ops::Range;

use jiff::civil::DateTime;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;

use super::shapes::{DAY_FIRST, IN_UTC, MONTH_FIRST, SHORT_YEARS, WITH_OFFSET, WITHOUT_YEAR};
use super::{COMPACT_DIGITS, EventTime, MICROS_PER_SECOND, zones};

/// A longer text is no time.
const MAX_BYTES: usize = 80;

/// How Microsoft's serialisers for JSON write a time: `/Date(1795554447000+0100)/`, in milliseconds. The offset says only
/// in which zone it was written.
const MICROSOFTS: (&str, &str) = ("/Date(", ")/");
/// What Java 20 and later write before `PM`.
const NARROW_BLANK: char = '\u{202f}';

/// The bytes of `26/11/24`.
const SHORT_DATE_BYTES: usize = 8;
const NANOSECOND_DIGITS: usize = 9;
const MILLIS_DIGITS: usize = 3;
/// Which colon of a time may stand before milliseconds.
const MILLIS_COLON: usize = 3;
/// A year of fewer digits is one of another shape.
const FIRST_YEAR: i16 = 1_000;
/// Names of UTC at the end of a time.
const UTC: [&str; 6] = [" UTC", " GMT", " Z", " +0000 UTC", "UTC", "Z"];

/// Reads a time in one of the shapes.
pub(super) fn time(text: &str) -> Option<EventTime> {
    // All of them have digits, and few other texts are so short.
    if text.len() > MAX_BYTES || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some(millis) = text.strip_prefix(MICROSOFTS.0).and_then(|text| text.strip_suffix(MICROSOFTS.1)) {
        let digits = millis.find(['+']).or_else(|| millis.rfind('-').filter(|at| *at > 0)).unwrap_or(millis.len());
        return EventTime::from_millis(millis[..digits].parse().ok()?);
    }
    let text = text.trim_start_matches('[').trim_end_matches(']');
    let text: Cow<'_, str> =
        if text.contains(NARROW_BLANK) { text.replace(NARROW_BLANK, " ").into() } else { text.into() };
    // JavaScript adds the zone's name, Go its monotonic clock.
    let text = text.as_ref().split(" (").next()?.split(" m=").next()?;
    let text = with_point(text);
    let text = text.as_ref();
    with_offset(text)
        .or_else(|| in_zone(text))
        .or_else(|| UTC.iter().find_map(|utc| in_utc(text.strip_suffix(utc)?)))
        .or_else(|| in_utc(text))
}

/// Reads `20261124210727`, also with milliseconds and microseconds after it: `20261124210727123`.
pub(super) fn compact(text: &str) -> Option<EventTime> {
    let (time, fraction) = text.split_at_checked(COMPACT_DIGITS)?;
    let point = if fraction.is_empty() || fraction.starts_with('.') { "" } else { "." };
    utc(DateTime::strptime("%Y%m%d%H%M%S%.f", [time, point, fraction].concat()).ok()?)
}

/// Reads a time without a year as the last one before its arrival.
pub(super) fn without_year(text: &str, arrived: EventTime) -> Option<EventTime> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let year = TimeZone::UTC.to_datetime(arrived.timestamp()).year();
    let in_year = |year: i16| {
        let text = format!("{year} {}", text.trim());
        WITHOUT_YEAR.iter().find_map(|shape| in_shape(shape, &text))
    };
    let this_year = in_year(year)?;
    if this_year.is_ahead_of(arrived) { in_year(year.checked_sub(1)?) } else { Some(this_year) }
}

/// Reads a date of which it is not known which number is the month, the day or a year of two digits: the last one before its
/// arrival. A record arrives soon after it is written, and the other dates are weeks away.
pub(super) fn ambiguous(text: &str, arrived: EventTime) -> Option<EventTime> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = with_point(text.trim());
    let (text, offset) = zones::without_zone(&text).unwrap_or_else(|| (text.clone().into_owned(), 0));
    let text = with_slashes(&text.replacen(", ", " ", 1));
    let short_years = SHORT_YEARS.iter().map(|shape| in_shape(shape, &text));
    let times = month_or_day_first(&text).into_iter().chain(short_years).flatten();
    let times = times.filter_map(|time| EventTime::from_micros(time.micros() - offset * MICROS_PER_SECOND));
    times.filter(|time| !time.is_ahead_of(arrived)).max()
}

/// Writes a date of two digits each with slashes: `26-11-24`, `24.11.26`.
fn with_slashes(text: &str) -> String {
    let (date, rest) = text.split_at_checked(SHORT_DATE_BYTES).unwrap_or((text, ""));
    let is_digits =
        |range: Range<usize>| date.get(range).is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let is_short = rest.starts_with(' ') && is_digits(0..2) && is_digits(3..5) && is_digits(6..8);
    if is_short { date.replace(['-', '.'], "/") + rest } else { text.to_owned() }
}

fn month_or_day_first(text: &str) -> [Option<EventTime>; 2] {
    let text = long_with_slashes(text);
    [MONTH_FIRST, DAY_FIRST].map(|shape| in_shape(shape, &text))
}

/// Writes a date with the year last with slashes: `24-11-2026`.
fn long_with_slashes(text: &str) -> Cow<'_, str> {
    match text.as_bytes() {
        [_, _, b'-', _, _, b'-', _, _, _, _, b' ', ..] => text.replacen('-', "/", 2).into(),
        _ => text.into(),
    }
}

/// Reads a time without an offset as UTC.
fn in_shape(shape: &str, text: &str) -> Option<EventTime> {
    utc(DateTime::strptime(shape, text).ok().filter(|time| time.year() >= FIRST_YEAR)?)
}

fn with_offset(text: &str) -> Option<EventTime> {
    if let Ok(zoned) = rfc2822::parse(text) {
        return EventTime::from_micros(zoned.timestamp().as_microsecond());
    }
    // Go prints the zone's name after its offset: `+0100 CET`.
    let named = text.rsplit_once(' ').filter(|(rest, name)| {
        name.bytes().all(|byte| byte.is_ascii_uppercase())
            && rest.rfind(['+', '-']).is_some_and(|at| at + 5 == rest.len())
    });
    let text = named.map_or(text, |(rest, _)| rest);
    WITH_OFFSET.iter().find_map(|(shape, _)| {
        let time = strtime::parse(shape, text).ok()?.to_timestamp().ok()?;
        EventTime::from_micros(time.as_microsecond())
    })
}

/// Reads a time with the abbreviation of its zone.
fn in_zone(text: &str) -> Option<EventTime> {
    let (text, offset) = zones::without_zone(text)?;
    EventTime::from_micros(in_utc(&text)?.micros() - offset * MICROS_PER_SECOND)
}

fn in_utc(text: &str) -> Option<EventTime> {
    if let Ok(time) = text.parse::<DateTime>() {
        return utc(time);
    }
    // `24:00:00` is the next day's beginning.
    if let Some(day) = text.strip_suffix("T24:00:00").or_else(|| text.strip_suffix(" 24:00:00")) {
        return utc(day.parse::<DateTime>().ok()?.tomorrow().ok()?);
    }
    IN_UTC.iter().find_map(|(shape, _)| in_shape(shape, text)).or_else(|| match month_or_day_first(text) {
        [Some(time), None] | [None, Some(time)] => Some(time),
        [Some(time), Some(other)] => (time == other).then_some(time),
        [None, None] => None,
    })
}

fn utc(time: DateTime) -> Option<EventTime> {
    EventTime::from_micros(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

/// Cuts the digits of a fraction after the nanoseconds: `14.17955544340`.
fn with_nanoseconds(text: &str) -> Cow<'_, str> {
    let digits = |from: usize| text.bytes().skip(from).take_while(u8::is_ascii_digit).count();
    let point = text.match_indices('.').map(|(at, _)| at + 1).find(|at| digits(*at) > NANOSECOND_DIGITS);
    match point {
        Some(at) => [&text[..at + NANOSECOND_DIGITS], &text[at + digits(at)..]].concat().into(),
        None => text.into(),
    }
}

/// Writes the fraction of a second behind a point and with at most nine digits.
fn with_point(text: &str) -> Cow<'_, str> {
    let text: Cow<'_, str> = if text.contains(',') { comma_as_point(text).into() } else { text.into() };
    let text = match colon_before_millis(&text) {
        Some(at) => [&text[..at], ".", &text[at + 1..]].concat().into(),
        None => text,
    };
    match with_nanoseconds(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text.into(),
    }
}

/// Returns where the colon is before milliseconds: `21:07:27:123`.
fn colon_before_millis(text: &str) -> Option<usize> {
    let colons = || text.match_indices(':').map(|(at, _)| at);
    let digits = |from: usize| text.bytes().skip(from).take_while(u8::is_ascii_digit).count();
    let last = colons().next_back()?;
    (colons().count() == MILLIS_COLON && digits(last + 1) == MILLIS_DIGITS).then_some(last)
}

/// Writes a comma between digits as a point: `27,123`.
fn comma_as_point(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_decimal = |at: usize| at > 0 && is_digit(at - 1) && is_digit(at + 1);
    text.char_indices()
        .map(|(at, character)| if character == ',' && is_decimal(at) { '.' } else { character })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::EventTime;

    #[test]
    fn times_come_in_many_shapes() {
        fn check(text: &str, expect: &str) {
            let time = EventTime::from_text(text).map(|time| time.to_string());
            assert_eq!(time.as_deref(), Some(expect), "{text}");
        }
        for text in [
            "2026-11-24 21:07:27 +0000",
            "2026-11-24T23:07:27+0200",
            "2026-11-24T23:07:27 +0200",
            "2026-11-24 22:07:27 CET",
            "Tue Nov 24 16:07:27 EST 2026",
            "2026-11-24 18:07:27 -03",
            "Tue 2026-11-24 21:07:27 UTC",
            "November 24, 2026 21:07:27",
            "2026-11-24 21:07:27 UTC",
            "2026-11-24 21:07:27 +0000 UTC",
            "2026-11-24 22:07:27 +0100 CET",
            "2026-11-24 21:07:27 +0000 UTC m=+0.5",
            "24/Nov/2026:21:07:27 +0000",
            "[24/Nov/2026:21:07:27 +0000]",
            "Tue, 24 Nov 2026 21:07:27 GMT",
            "Tue, 24 Nov 2026 21:07:27 +0000",
            "Tue Nov 24 2026 21:07:27 GMT+0000 (Coordinated Universal Time)",
            "Tue Nov 24 21:07:27 2026",
            "2026/11/24 21:07:27",
            "24-Nov-2026 21:07:27",
            "24 Nov 2026 21:07:27",
            "Nov 24, 2026 9:07:27 PM",
            "Nov 24, 2026, 9:07:27\u{202f}PM",
            "11/24/2026 09:07:27 PM",
            "11/24/2026, 9:07:27 PM",
            "11/24/2026 21:07:27",
            "24/11/2026 21:07:27",
            "24/11/2026, 21:07:27",
            "/Date(1795554447000)/",
            "/Date(1795554447000+0100)/",
            "/Date(1795554447000-0500)/",
            "20261124210727",
            "20261124210727.000",
            "20261124T210727Z",
            "24.11.2026, 21:07:27",
            "2026-11-24 21:07:27:000",
            "11/24/2026 21:07:27:000",
            "Tuesday, 24-Nov-26 21:07:27 GMT",
            "Tuesday, November 24, 2026 9:07:27 PM",
            "2026-11-24 09:07:27 PM",
            "24-NOV-26 09.07.27.000000 PM",
            "20261124-210727",
            "20261124-21:07:27.000",
            "2026-11-24_21:07:27",
            "2026-11-24, 21:07:27 UTC",
            "2026-11-24, 22:07:27 CET",
            "2026/11/24 - 21:07:27",
            "2026-11-24-21.07.27.000000",
            "24-Nov-2026::21:07:27",
            "2026/11/24-21:07:27",
            "2026.11.24-21.07.27:000",
            "24Nov2026 21:07:27.000",
            "nov/24/2026 21:07:27",
            "2026-328 21:07:27.00",
            "20261124T210727.000",
            "11/24/2026] [9:07:27 PM",
            "Nov 24, 2026, 9:07:27,000 PM UTC",
            "Nov 24 2026 21:07:27",
            "Tue Nov 24 09:07:27 PM UTC 2026",
            "Tue Nov 24 10:07:27 PM CET 2026",
            "Tue 24 Nov 2026 09:07:27 PM UTC",
            "Tue 24 Nov 2026 22:07:27 CET",
            "Tue, 24 Nov 2026 21:07:27.000000000 UTC +00:00",
            "Tue, 24 Nov 2026 22:07:27.000000000 CET +01:00",
            "24 November 2026 21:07:27",
            "24 Nov 2026, 21:07:27",
            "Nov 24, 2026 @ 21:07:27.000",
            "24-11-2026 21:07:27",
            "11-24-2026 21:07:27",
            "2026-11-24T22:07:27GMT+01:00",
            "2026-11-24T22:07:27.000UTC+01:00",
            "20261124210727000",
            "20261124210727000000",
        ] {
            check(text, "2026-11-24T21:07:27.000000Z");
        }
        for text in ["2026-11-24 21:07:27.123 +0000", "2026-11-24 21:07:27,123+0000", "24-Nov-2026 21:07:27,123"] {
            check(text, "2026-11-24T21:07:27.123000Z");
        }
        check("2026-11-24T24:00:00Z", "2026-11-25T00:00:00.000000Z");
        check("11/11/2026 21:07:27", "2026-11-11T21:07:27.000000Z");
    }

    #[test]
    fn an_arrival_completes_a_time() {
        let arrived = EventTime::from_text("2027-01-01T00:00:01Z").unwrap();
        let syslog = |text| super::without_year(text, arrived).map(|time| time.to_string());
        assert_eq!(syslog("Dec 31 23:59:59").as_deref(), Some("2026-12-31T23:59:59.000000Z"));
        assert_eq!(syslog("Jan  1 00:00:00").as_deref(), Some("2027-01-01T00:00:00.000000Z"));
        assert_eq!(syslog("12-31 23:59:59.5").as_deref(), Some("2026-12-31T23:59:59.500000Z"));
        assert_eq!(syslog("31 Dec 23:59:59").as_deref(), Some("2026-12-31T23:59:59.000000Z"));
        assert_eq!(syslog("yesterday"), None);
        let ambiguous = |text, arrived| super::ambiguous(text, EventTime::from_text(arrived).unwrap());
        for arrived in ["2026-11-12T21:10:00Z", "2026-12-01T00:00:00Z", "2026-12-11T21:10:00Z"] {
            for text in ["11/12/2026 21:07:27", "12/11/2026 21:07:27", "11-12-2026 21:07:27", "12-11-2026 21:07:27"] {
                let time = ambiguous(text, arrived).map(|time| time.to_string());
                let expect = if arrived.starts_with("2026-12-11") { "2026-12-11" } else { "2026-11-12" };
                assert_eq!(time.as_deref().map(|time| &time[..10]), Some(expect), "{text} {arrived}");
                assert_eq!(EventTime::from_text(text), None, "{text}");
            }
        }
        for text in [
            "26-11-24 21:07:27",
            "24.11.26 21:07:27.000",
            "26/11/24 21:07:27",
            "11/24/26, 9:07:27 PM",
            "11/24/26 22:07:27:000 CET",
            "24/11/26 21:07:27.000",
        ] {
            let time = ambiguous(text, "2026-11-24T21:10:00Z").map(|time| time.to_string());
            assert_eq!(time.as_deref(), Some("2026-11-24T21:07:27.000000Z"), "{text}");
            assert_eq!(EventTime::from_text(text), None, "{text}");
        }
    }
}
