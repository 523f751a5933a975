//! Time zones by the abbreviations that programs write: `CET`, `UTC+1`, `-03`.

use std::ops::RangeInclusive;

/// The abbreviations that mean one offset only, in hours. RFC 2822 defines those of North America.
const HOURS: [(&str, i8); 28] = [
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("WEST", 1),
    ("CET", 1),
    ("CEST", 2),
    ("MEZ", 1),
    ("MESZ", 2),
    ("EET", 2),
    ("EEST", 3),
    ("MSK", 3),
    ("EST", -5),
    ("EDT", -4),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("AKST", -9),
    ("HST", -10),
    ("JST", 9),
    ("KST", 9),
    ("SGT", 8),
    ("HKT", 8),
    ("AEST", 10),
    ("AEDT", 11),
    ("NZST", 12),
    ("NZDT", 13),
];
/// Those that mean several: a time with one is not known.
const AMBIGUOUS: [&str; 6] = ["IST", "CST", "BST", "AST", "SST", "ECT"];
/// What begins the name of a zone in the time zone database, such as `Europe/Berlin`.
const AREAS: [&str; 9] =
    ["Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"];
/// How long abbreviations are. `PM` is none.
const NAME_BYTES: RangeInclusive<usize> = 3..=5;
/// What may stand before an offset.
const NAMES_OF_UTC: [&str; 2] = ["UTC", "GMT"];
/// The digits of an offset in hours.
const HOUR_DIGITS: usize = 2;
const SECONDS_PER_HOUR: i64 = 3_600;
const SECONDS_PER_MINUTE: i64 = 60;

/// Returns how many bytes the zone at the beginning of a text takes, with the blank before it. It may be one whose offset is
/// not known.
#[must_use]
pub fn zone_length(text: &str) -> Option<usize> {
    let zone = text.strip_prefix(' ').unwrap_or(text);
    let blank = text.len() - zone.len();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '-' | ':');
    let word = &zone[..zone.find(|c| !is_part(c)).unwrap_or(zone.len())];
    let word = word.trim_end_matches([':', '-', '/']);
    let is_named = blank > 0 && (AMBIGUOUS.contains(&word) || AREAS.iter().any(|area| word.starts_with(area)));
    // `CET` right after a time may be anything.
    let has_sign =
        || NAMES_OF_UTC.iter().find_map(|name| word.strip_prefix(name)).unwrap_or(word).starts_with(['+', '-']);
    (offset(word).is_some_and(|_| blank > 0 || has_sign()) || is_named).then_some(blank + word.len())
}

/// Returns a time's text without its zone, and the zone's offset in seconds. The zone is the last word, or the last but the
/// year.
pub(super) fn without_zone(text: &str) -> Option<(String, i64)> {
    if let Some((time, zone)) = text.rsplit_once(' ').filter(|(time, _)| time.contains(':')) {
        if let Some(offset) = offset(zone) {
            return Some((without_name(time).to_owned(), offset));
        }
        let (before, zone) = time.rsplit_once(' ').filter(|(before, _)| before.contains(':'))?;
        return offset(zone).map(|offset| (format!("{before} {}", &text[time.len() + 1..]), offset));
    }
    let sign = text.rfind(['+', '-']).filter(|at| text[..*at].contains(':'))?;
    let time = NAMES_OF_UTC.iter().find_map(|name| text[..sign].strip_suffix(name)).unwrap_or(&text[..sign]);
    offset(&text[sign..]).map(|offset| (time.to_owned(), offset))
}

/// Returns a time without the abbreviation that Rails writes before an offset: `21:08:12 UTC +00:00`.
fn without_name(time: &str) -> &str {
    let is_name = |name: &str| NAME_BYTES.contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_uppercase());
    let named = time.rsplit_once(' ').filter(|(before, name)| before.contains(':') && is_name(name));
    named.map_or(time, |(before, _)| before)
}

/// Reads `CET`, `UTC+1`, `GMT-03:00`, `+01`, `-0300`.
fn offset(zone: &str) -> Option<i64> {
    if let Some((_, hours)) = HOURS.iter().find(|(name, _)| *name == zone) {
        return Some(i64::from(*hours) * SECONDS_PER_HOUR);
    }
    let offset = NAMES_OF_UTC.iter().find_map(|name| zone.strip_prefix(name));
    let (is_named, offset) = (offset.is_some(), offset.unwrap_or(zone));
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits = offset.strip_prefix(['+', '-'])?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 2 * HOUR_DIGITS => digits.split_at_checked(HOUR_DIGITS)?,
        None if digits.len() == HOUR_DIGITS || (is_named && digits.len() == 1) => (digits, "0"),
        None => return None,
    };
    let number = |text: &str, max: i64| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| is_number && *number <= max)
    };
    Some(sign * (number(hours, 14)? * SECONDS_PER_HOUR + number(minutes, 59)? * SECONDS_PER_MINUTE))
}

#[cfg(test)]
mod tests {
    use super::{without_zone, zone_length};

    #[test]
    fn a_zone_ends_where_it_ends() {
        fn check(text: &str, expect: Option<&str>) {
            assert_eq!(zone_length(text).map(|length| &text[..length]), expect, "{text}");
        }
        check(" CET [7] x", Some(" CET"));
        check(" UTC+1 ERROR", Some(" UTC+1"));
        check(" -03 [7]", Some(" -03"));
        check("+01 ERROR", Some("+01"));
        check("GMT+01:00 ERROR", Some("GMT+01:00"));
        check(" Europe/Berlin] x", Some(" Europe/Berlin"));
        check(" CST x", Some(" CST"));
        check(" MSK: x", Some(" MSK"));
        for none in [" ERROR x", " - shop", "", " 7 x", "CET", " INFO", " -3 widgets", " +1 more"] {
            check(none, None);
        }
    }

    #[test]
    fn a_zone_has_an_offset() {
        fn check(text: &str, expect: Option<(&str, i64)>) {
            assert_eq!(without_zone(text), expect.map(|(time, offset)| (time.to_owned(), offset)), "{text}");
        }
        check("2026-11-24 22:07:27 CET", Some(("2026-11-24 22:07:27", 3_600)));
        check("Tue Nov 24 22:07:27 CET 2026", Some(("Tue Nov 24 22:07:27 2026", 3_600)));
        check("2026-11-24 18:07:27.123 -03", Some(("2026-11-24 18:07:27.123", -10_800)));
        check("2026-11-24 22:07:27+01", Some(("2026-11-24 22:07:27", 3_600)));
        check("2026-11-24 22:07:27.5 CET +01:00", Some(("2026-11-24 22:07:27.5", 3_600)));
        check("2026-11-24T22:07:27GMT+01:00", Some(("2026-11-24T22:07:27", 3_600)));
        check("2026-11-24 22:37:27 UTC+1:30", Some(("2026-11-24 22:37:27", 5_400)));
        check("2026-11-24 22:07:27 IST", None);
        check("2026-11-24 22:07:27", None);
        check("2026-11-24", None);
        check("24 Nov 2026", None);
    }
}
