//! Times as text in other shapes than RFC 3339. A time without an offset is UTC.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;

use super::{EventTime, MICROS_PER_SECOND, zones};

/// A longer text is no time.
const MAX_BYTES: usize = 80;

/// The shapes with an offset.
const WITH_OFFSET: [(&str, &str); 11] = [
    ("%Y-%m-%dT%H:%M:%S%.f %z", "`2026-11-24T21:07:27.123 +0000`"),
    ("%Y-%m-%dT%H:%M:%S%.f%z", "Java, Python: `2026-11-24T21:07:27.123+0000`"),
    ("%Y-%m-%d %H:%M:%S%.f %z", "Ruby, Rails: `2026-11-24 21:07:27.123 +0000`"),
    ("%Y-%m-%d %H:%M:%S%.f %:z", "Serilog: `2026-11-24 21:07:27.123 +00:00`"),
    ("%Y-%m-%d %H:%M:%S%.f%z", "Python, Powertools: `2026-11-24 21:07:27.123+0000`"),
    ("%d/%b/%Y:%H:%M:%S %z", "Apache, nginx: `24/Nov/2026:21:07:27 +0000`"),
    ("%d/%b/%Y:%H:%M:%S%.f %z", "HAProxy: `24/Nov/2026:21:07:27.123 +0000`"),
    ("%a %b %d %Y %H:%M:%S GMT%z", "JavaScript: `Tue Nov 24 2026 21:07:27 GMT+0000`"),
    ("%a %b %d %H:%M:%S %z %Y", "git, Ruby: `Tue Nov 24 21:07:27 +0000 2026`"),
    ("%a, %d %b %Y %H:%M:%S %z", "RFC 2822: `Tue, 24 Nov 2026 21:07:27 +0000`"),
    ("%Y/%m/%d %H:%M:%S%.f %z", "nginx: `2026/11/24 21:07:27 +0000`"),
];

/// The shapes without an offset.
const IN_UTC: [(&str, &str); 20] = [
    ("%a %Y-%m-%d %H:%M:%S%.f", "systemd: `Tue 2026-11-24 21:07:27 UTC`"),
    ("%B %d, %Y %H:%M:%S%.f", "`November 24, 2026 21:07:27`"),
    ("%Y/%m/%d %H:%M:%S%.f", "Go, nginx: `2026/11/24 21:07:27`"),
    ("%Y/%m/%dT%H:%M:%S%.f", "`2026/11/24T21:07:27`"),
    ("%d-%b-%Y %H:%M:%S%.f", "Tomcat: `24-Nov-2026 21:07:27.123`"),
    ("%d %b %Y %H:%M:%S%.f", "log4j: `24 Nov 2026 21:07:27,123`"),
    ("%d/%b/%Y:%H:%M:%S%.f", "`24/Nov/2026:21:07:27`"),
    ("%d/%b/%Y %H:%M:%S%.f", "`24/Nov/2026 21:07:27`"),
    ("%a %b %d %H:%M:%S%.f %Y", "C's `ctime`, Apache: `Tue Nov 24 21:07:27 2026`"),
    ("%a %b %d %H:%M:%S UTC %Y", "Java's `Date`, `date`: `Tue Nov 24 21:07:27 UTC 2026`"),
    ("%b %d, %Y %H:%M:%S%.f", "`Nov 24, 2026 21:07:27`"),
    ("%b %d, %Y %I:%M:%S %p", "java.util.logging: `Nov 24, 2026 9:07:27 PM`"),
    ("%b %d, %Y, %I:%M:%S %p", "java.util.logging since Java 9: `Nov 24, 2026, 9:07:27 PM`"),
    ("%m/%d/%Y %I:%M:%S %p", "Windows in the US: `11/24/2026 09:07:27 PM`"),
    ("%m/%d/%Y, %I:%M:%S %p", "JavaScript's `toLocaleString`: `11/24/2026, 9:07:27 PM`"),
    ("%d/%m/%Y, %H:%M:%S", "JavaScript's `toLocaleString` in Europe: `24/11/2026, 21:07:27`"),
    ("%d.%m.%Y %H:%M:%S%.f", "`24.11.2026 21:07:27`"),
    ("%Y.%m.%d %H:%M:%S%.f", "`2026.11.24 21:07:27`"),
    ("%Y%m%d %H:%M:%S%.f", "`20261124 21:07:27`"),
    ("%Y%m%dT%H%M%S", "ISO 8601 without separators: `20261124T210727`"),
];

/// The shapes in which the month may stand before the day, or after it.
const MONTH_FIRST: &str = "%m/%d/%Y %H:%M:%S%.f";
const DAY_FIRST: &str = "%d/%m/%Y %H:%M:%S%.f";
/// How Microsoft's serialisers for JSON write a time: `/Date(1795554447000+0100)/`, in milliseconds. The offset says only
/// in which zone it was written.
const MICROSOFTS: (&str, &str) = ("/Date(", ")/");
/// What Java 20 and later write before `PM`.
const NARROW_BLANK: char = '\u{202f}';

const NANOSECOND_DIGITS: usize = 9;
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
    let text: Cow<'_, str> = if text.contains(',') { comma_as_point(text).into() } else { text.into() };
    let text = with_nanoseconds(text.as_ref());
    let text = text.as_ref();
    with_offset(text)
        .or_else(|| in_zone(text))
        .or_else(|| UTC.iter().find_map(|utc| in_utc(text.strip_suffix(utc)?)))
        .or_else(|| in_utc(text))
}

/// Reads `20261124210727`.
pub(super) fn compact(text: &str) -> Option<EventTime> {
    utc(DateTime::strptime("%Y%m%d%H%M%S", text).ok()?)
}

/// The shapes without a year: syslog's `Nov 24 21:07:27` (RFC 3164), klog's `1124 21:07:27.123456`.
const WITHOUT_YEAR: [&str; 2] = ["%Y %b %d %H:%M:%S%.f", "%Y %m%d %H:%M:%S%.f"];
/// Reads a time without a year as the last one before its arrival.
pub(super) fn without_year(text: &str, arrived: EventTime) -> Option<EventTime> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let year = TimeZone::UTC.to_datetime(arrived.timestamp()).year();
    let in_year = |year: i16| {
        let text = format!("{year} {}", text.trim());
        WITHOUT_YEAR.iter().find_map(|shape| utc(DateTime::strptime(shape, &text).ok()?))
    };
    let this_year = in_year(year)?;
    if this_year.is_ahead_of(arrived) { in_year(year.checked_sub(1)?) } else { Some(this_year) }
}

/// Reads a date of which it is not known whether the month or the day comes first: the last one before its arrival. A
/// record arrives soon after it is written, and the other date is weeks away.
pub(super) fn ambiguous(text: &str, arrived: EventTime) -> Option<EventTime> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let [month_first, day_first] = month_or_day_first(text.trim());
    [month_first, day_first].into_iter().flatten().filter(|time| !time.is_ahead_of(arrived)).max()
}

fn month_or_day_first(text: &str) -> [Option<EventTime>; 2] {
    [MONTH_FIRST, DAY_FIRST].map(|shape| utc(DateTime::strptime(shape, text).ok()?))
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
    IN_UTC.iter().find_map(|(shape, _)| utc(DateTime::strptime(shape, text).ok()?)).or_else(
        || match month_or_day_first(text) {
            [Some(time), None] | [None, Some(time)] => Some(time),
            [Some(time), Some(other)] => (time == other).then_some(time),
            [None, None] => None,
        },
    )
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
            "20261124T210727Z",
        ] {
            check(text, "2026-11-24T21:07:27.000000Z");
        }
        for text in ["2026-11-24 21:07:27.123 +0000", "2026-11-24 21:07:27,123+0000", "24-Nov-2026 21:07:27,123"] {
            check(text, "2026-11-24T21:07:27.123000Z");
        }
        let arrived = EventTime::from_text("2027-01-01T00:00:01Z").unwrap();
        let syslog = |text| super::without_year(text, arrived).map(|time| time.to_string());
        assert_eq!(syslog("Dec 31 23:59:59").as_deref(), Some("2026-12-31T23:59:59.000000Z"));
        assert_eq!(syslog("Jan  1 00:00:00").as_deref(), Some("2027-01-01T00:00:00.000000Z"));
        assert_eq!(syslog("yesterday"), None);
        check("2026-11-24T24:00:00Z", "2026-11-25T00:00:00.000000Z");
        let ambiguous = |text, arrived| super::ambiguous(text, EventTime::from_text(arrived).unwrap());
        for arrived in ["2026-11-12T21:10:00Z", "2026-12-01T00:00:00Z", "2026-12-11T21:10:00Z"] {
            for text in ["11/12/2026 21:07:27", "12/11/2026 21:07:27"] {
                let time = ambiguous(text, arrived).map(|time| time.to_string());
                let expect = if arrived.starts_with("2026-12-11") { "2026-12-11" } else { "2026-11-12" };
                assert_eq!(time.as_deref().map(|time| &time[..10]), Some(expect), "{text} {arrived}");
                assert_eq!(EventTime::from_text(text), None, "{text}");
            }
        }
        check("11/11/2026 21:07:27", "2026-11-11T21:07:27.000000Z");
    }
}
