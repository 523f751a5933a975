//! Times at the beginning of a text.

use record::{EventTime, zone_length};

/// When a text was written, as far as it says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Time<'t> {
    /// With a date.
    At(EventTime),
    /// Without a year, as syslog and klog write it.
    WithoutYear(&'t str),
    /// With a date of which it is not known whether the month or the day comes first.
    Ambiguous(&'t str),
    /// The time of a day. It does not say which, or in a way that is not clear.
    OfDay,
}

impl Time<'_> {
    /// Returns whether it says a date, or enough of one for the arrival to complete it.
    pub(super) fn is_dated(&self) -> bool {
        !matches!(self, Self::OfDay)
    }
}

/// The shapes in which a time begins: `9` is a digit, `_` a digit or a blank, `A` a letter. Fractions and zones follow.
const SHAPES: [(&str, Kind); 57] = [
    ("9999-99-99T99:99:99", Kind::Dated),
    ("9999-99-99 99:99:99", Kind::Dated),
    ("9999-99-99\t99:99:99", Kind::Dated),
    ("9999/99/99 99:99:99", Kind::Dated),
    ("9999.99.99 99:99:99", Kind::Dated),
    ("9999-99-99, 99:99:99", Kind::Dated),
    ("9999-99-99_99:99:99", Kind::Dated),
    ("9999/99/99 - 99:99:99", Kind::Dated),
    ("9999/99/99-99:99:99", Kind::Dated),
    ("9999-99-99-99.99.99", Kind::Dated),
    ("9999.99.99-99.99.99", Kind::Dated),
    ("99999999 99:99:99", Kind::Dated),
    ("99999999-99:99:99", Kind::Dated),
    ("99999999T999999", Kind::Dated),
    ("999999 99:99:99", Kind::ShortYear),
    ("99/99/99 99:99:99", Kind::Dated),
    ("99/99/99 9:99:99", Kind::Dated),
    ("99-99-99 99:99:99", Kind::Dated),
    ("99.99.99 99:99:99", Kind::Dated),
    ("99/99/99, 99:99:99", Kind::Dated),
    ("99/99/99, 9:99:99", Kind::Dated),
    ("99/99/9999] [99:99:99", Kind::Dated),
    ("99/99/9999] [9:99:99", Kind::Dated),
    ("99-99 99:99:99", Kind::WithoutYear),
    ("99 AAA 99:99:99", Kind::WithoutYear),
    ("99/AAA/9999:99:99:99", Kind::Dated),
    ("99/AAA/9999 99:99:99", Kind::Dated),
    ("99-AAA-9999 99:99:99", Kind::Dated),
    ("99-AAA-9999::99:99:99", Kind::Dated),
    ("9-AAA-9999::99:99:99", Kind::Dated),
    ("99 AAA 9999 99:99:99", Kind::Dated),
    ("99 AAA 9999, 99:99:99", Kind::Dated),
    ("99-99-9999 99:99:99", Kind::Dated),
    ("AAA 99 AAA 9999 99:99:99", Kind::Dated),
    ("AAA 99, 9999 @ 99:99:99", Kind::Dated),
    ("99AAA9999 99:99:99", Kind::Dated),
    ("AAA/99/9999 99:99:99", Kind::Dated),
    ("99.99.9999 99:99:99", Kind::Dated),
    ("99.99.9999, 99:99:99", Kind::Dated),
    ("99/99/9999 99:99:99", Kind::Dated),
    ("99/99/9999 9:99:99", Kind::Dated),
    ("99/99/9999, 99:99:99", Kind::Dated),
    ("99/99/9999, 9:99:99", Kind::Dated),
    ("AAA, 99 AAA 9999 99:99:99", Kind::Dated),
    ("AAA 99, 9999 99:99:99", Kind::Dated),
    ("AAA 99, 9999 9:99:99", Kind::Dated),
    ("AAA 99, 9999, 99:99:99", Kind::Dated),
    ("AAA 99, 9999, 9:99:99", Kind::Dated),
    ("AAA _9 9999 99:99:99", Kind::Dated),
    ("AAA AAA _9 9999 99:99:99", Kind::Dated),
    ("AAA AAA _9 99:99:99", Kind::YearLast),
    ("AAA _9 99:99:99", Kind::WithoutYear),
    ("99:99:99", Kind::OfDay),
    ("99:99AM", Kind::OfDay),
    ("99:99PM", Kind::OfDay),
    ("9:99AM", Kind::OfDay),
    ("9:99PM", Kind::OfDay),
];
/// How the shapes begin of which it is not known which number is the month, the day or a year of two digits.
const AMBIGUOUS: [&str; 4] = ["99/99/99", "99-99-99 ", "99-99-9999 ", "99.99.99 "];
/// What may follow a time.
const ZONES: [&str; 6] = ["Z", " Z", " UTC", " GMT", " AM", " PM"];
/// The letters of the name of a month or a day.
const NAME_BYTES: usize = 3;
/// The digits of seconds and of milliseconds since the epoch.
const EPOCH_DIGITS: [usize; 2] = [10, 13];
const MAX_FRACTION_DIGITS: usize = 9;
/// The digits of milliseconds behind a colon.
const MILLIS_DIGITS: usize = 3;
/// What stands before a year of two digits.
const CENTURY: &str = "20";

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    Dated,
    /// A year of two digits, which come first.
    ShortYear,
    YearLast,
    WithoutYear,
    OfDay,
}

/// Returns the time at the beginning of a text, and how many bytes it takes.
pub(super) fn at_start(text: &str) -> Option<(Time<'_>, usize)> {
    let bytes = text.as_bytes();
    // Nearly all words are no name of a month or a day.
    let is_name = || matches!(bytes.get(NAME_BYTES), Some(b' ' | b',' | b'/'));
    let is_begun = bytes.first()?.is_ascii_digit() || (bytes[0].is_ascii_alphabetic() && is_name());
    if !is_begun {
        return None;
    }
    let Some((shape, kind)) = SHAPES.iter().find(|(shape, _)| begins_with(bytes, shape)) else { return epoch(text) };
    let mut end = after_fraction(bytes, shape.len());
    match kind {
        // `10:15:02 AM UTC`
        Kind::Dated => end = after_zone(text, after_zone(text, end)),
        Kind::ShortYear => {}
        Kind::YearLast => {
            // `09:08:12 PM UTC 2026`
            let zone = after_zone(text, after_zone(text, end));
            if begins_with(bytes.get(zone..)?, " 9999") {
                end = zone + " 9999".len();
            } else {
                // syslog's, after the day's name.
                let without_day = text.get("AAA ".len()..end)?;
                return Some((Time::WithoutYear(without_day), end));
            }
        }
        Kind::WithoutYear => return Some((Time::WithoutYear(text.get(..end)?), end)),
        // bunyan's short lines.
        Kind::OfDay if matches!(bytes.get(end..), Some([b'Z', b' ', ..])) => return Some((Time::OfDay, end + 1)),
        Kind::OfDay if bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) => return None,
        Kind::OfDay => return Some((Time::OfDay, end)),
    }
    let written = text.get(..end)?;
    // CloudFront has a tab between the date and the time.
    let century = if *kind == Kind::ShortYear { CENTURY } else { "" };
    let time = match EventTime::from_text(&[century, written].concat().replace('\t', " ")) {
        Some(time) => Time::At(time),
        None if AMBIGUOUS.iter().any(|begins| shape.starts_with(begins)) => Time::Ambiguous(written),
        None => Time::OfDay,
    };
    Some((time, end))
}

/// Reads `1795554492.123`, which must be a word of its own.
fn epoch(text: &str) -> Option<(Time<'_>, usize)> {
    let bytes = text.as_bytes();
    let digits = digits(bytes);
    if !EPOCH_DIGITS.contains(&digits) {
        return None;
    }
    let end = after_fraction(bytes, digits);
    // Mosquitto has a colon after it.
    let is_word = matches!(bytes.get(end..)?, [] | [b' ' | b'\t' | b'\n' | b'\r', ..] | [b':', b' ', ..]);
    is_word.then_some((Time::At(EventTime::from_text(text.get(..end)?)?), end))
}

fn begins_with(bytes: &[u8], shape: &str) -> bool {
    let fits = |(byte, shape): (&u8, u8)| match shape {
        b'9' => byte.is_ascii_digit(),
        b'_' => byte.is_ascii_digit() || *byte == b' ',
        b'A' => byte.is_ascii_alphabetic(),
        shape => *byte == shape,
    };
    bytes.len() >= shape.len() && bytes.iter().zip(shape.bytes()).all(fits)
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn after_fraction(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at..) {
        Some([b'.' | b',', rest @ ..]) if (1..=MAX_FRACTION_DIGITS).contains(&digits(rest)) => at + 1 + digits(rest),
        Some([b':', rest @ ..]) if digits(rest) == MILLIS_DIGITS && rest.get(MILLIS_DIGITS) != Some(&b':') => {
            at + 1 + MILLIS_DIGITS
        }
        _ => at,
    }
}

fn after_zone(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let blank = usize::from(rest.first() == Some(&b' '));
    for shape in ["99:99", "9999"] {
        if matches!(rest.get(blank), Some(b'+' | b'-')) && begins_with(&rest[blank + 1..], shape) {
            let end = at + blank + 1 + shape.len();
            // `2026-11-24 21:08:12 +0000 UTC`, as Go writes it.
            return if text.get(end..).is_some_and(|rest| rest.starts_with(" UTC")) { end + " UTC".len() } else { end };
        }
    }
    let is_word = |end: usize| !rest.get(end).is_some_and(u8::is_ascii_alphanumeric);
    if let Some(length) = text.get(at..).and_then(zone_length) {
        return at + length;
    }
    let zone = ZONES.iter().find(|zone| rest.starts_with(zone.as_bytes()) && is_word(zone.len()));
    at + zone.map_or(0, |zone| zone.len())
}

#[cfg(test)]
mod tests {
    use super::{Time, at_start};

    #[test]
    fn a_time_ends_where_it_ends() {
        fn check(text: &str, expect: Option<(&str, &str)>) {
            let found = at_start(text).map(|(time, length)| {
                let time = match time {
                    Time::At(time) => time.to_string(),
                    Time::WithoutYear(text) | Time::Ambiguous(text) => text.to_owned(),
                    Time::OfDay => "a day".to_owned(),
                };
                (time, &text[length..])
            });
            assert_eq!(found.as_ref().map(|(time, rest)| (time.as_str(), *rest)), expect, "{text}");
        }
        let time = "2026-11-24T21:08:12.000000Z";
        check("2026-11-24 21:08:12 ERROR x", Some((time, " ERROR x")));
        check("2026-11-24T21:08:12Z x", Some((time, " x")));
        check("2026-11-24T23:08:12+02:00 x", Some((time, " x")));
        check("2026-11-24 21:08:12 +0000] x", Some((time, "] x")));
        check("2026-11-24 21:08:12 UTC:10.0.0.1", Some((time, ":10.0.0.1")));
        check("2026-11-24 21:08:12 - shop", Some((time, " - shop")));
        check("24/Nov/2026:21:08:12 +0000] \"GET", Some((time, "] \"GET")));
        check("Tue Nov 24 21:08:12.000000 2026] x", Some((time, "] x")));
        check("Tue, 24 Nov 2026 21:08:12 GMT x", Some((time, " x")));
        check("Nov 24, 2026 9:08:12 PM com.acme", Some((time, " com.acme")));
        check("24-Nov-2026 21:08:12.000 INFO", Some((time, " INFO")));
        check("1795554492\tx", Some((time, "\tx")));
        check("2026-11-24 21:08:12,123 x", Some(("2026-11-24T21:08:12.123000Z", " x")));
        check("Nov  4 21:08:12 gw su: x", Some(("Nov  4 21:08:12", " gw su: x")));
        check("2026-11-24 22:08:12 CET [7] x", Some((time, " [7] x")));
        check("2026-11-24T22:08:12+01 x", Some((time, " x")));
        check("Tue Nov 24 22:08:12 CET 2026 x", Some((time, " x")));
        check("24-Nov-2026 22:08:12 Europe/Berlin] x", Some(("a day", "] x")));
        check("21:08:12.123 [main] x", Some(("a day", " [main] x")));
        check("1795554492x", None);
        check("10:15AM ERR x", Some(("a day", " ERR x")));
        check("3:04PM ERRO x", Some(("a day", " ERRO x")));
        check("10:15AMx", None);
        check("2026-11-24\t21:08:12\tFRA2", Some((time, "\tFRA2")));
        check("24/Nov/2026 21:08:12] \"GET", Some((time, "] \"GET")));
        check("hello", None);
        check("2026-99-24 21:08:12", Some(("a day", "")));
        check("24/11/2026 21:08:12 x", Some((time, " x")));
        check("11/12/2026 21:08:12 x", Some(("11/12/2026 21:08:12", " x")));
        check("11/24/2026 9:08:12 PM x", Some((time, " x")));
        check("Tue Nov 24 21:08:12 UTC 2026 x", Some((time, " x")));
        check("2026-11-24, 21:08:12 UTC] x", Some((time, "] x")));
        check("2026/11/24 - 21:08:12 | 200", Some((time, " | 200")));
        check("26/11/24 21:08:12 WARN x", Some(("26/11/24 21:08:12", " WARN x")));
        check("11/24/26, 9:08:12:123 PM UTC] x", Some(("11/24/26, 9:08:12:123 PM UTC", "] x")));
        check("11/24/2026] [9:08:12 PM] x", Some((time, "] x")));
        check("261124 21:08:12 web:7] x", Some((time, " web:7] x")));
        check("20261124-21:08:12 x", Some((time, " x")));
        check("24-Nov-2026::21:08:12 ===", Some((time, " ===")));
        check("11-24 21:08:12.123  7  8 E x", Some(("11-24 21:08:12.123", "  7  8 E x")));
        check("24 Nov 21:08:12.123 * x", Some(("24 Nov 21:08:12.123", " * x")));
        check("Nov 24, 2026, 9:08:12,000 PM UTC> x", Some((time, "> x")));
        check("Nov 24 2026 21:08:12: x", Some((time, ": x")));
        check("2026-11-24 21:08:12:123 x", Some(("2026-11-24T21:08:12.123000Z", " x")));
        check("2026-11-24 21:08:12:30", Some((time, ":30")));
        check("Tue Nov 24 09:08:12 PM UTC 2026 x", Some((time, " x")));
        check("Tue 24 Nov 2026 09:08:12 PM UTC x", Some((time, " x")));
        check("24-11-2026 21:08:12 x", Some((time, " x")));
        check("11-12-2026 21:08:12 x", Some(("11-12-2026 21:08:12", " x")));
        check("Nov 24, 2026 @ 21:08:12.000 x", Some((time, " x")));
        check("24 Nov 2026, 21:08:12 x", Some((time, " x")));
        check("2026-11-24T22:08:12.000GMT+01:00 x", Some((time, " x")));
    }
}
