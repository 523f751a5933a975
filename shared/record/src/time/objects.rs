//! Times as objects and arrays.
//!
//! | object | library |
//! |---|---|
//! | `{"$date": …}`, `{"$date": {"$numberLong": "…"}}` | MongoDB's Extended JSON |
//! | `{"seconds": …, "nanos": …}`, `{"_seconds": …, "_nanoseconds": …}` | protobuf, Firestore |
//! | `{"epochSecond": …, "nanoOfSecond": …}` | log4j2 |
//! | `{"secs_since_epoch": …, "nanos_since_epoch": …}` | Rust's `SystemTime` in serde |
//! | `{"sec": …, "usec": …}` | C's `timeval` |
//! | `{"timestamp": …}` | loguru |
//! | `{"date": "…", "timezone": "Europe/Berlin"}` | PHP's `DateTime`, Monolog 1 |
//! | `[2026, 11, 24, 21, 7, 27, 123456000]` | Jackson |
//! | `[1795554447, 123456000]` | seconds and nanoseconds, as Jackson and others write Java's `Instant` |

use jiff::civil;
use jiff::tz::TimeZone;

use super::EventTime;
use crate::Value;
use crate::field::Field;

const MICROS_PER_SECOND: i64 = 1_000_000;
const NANOS_PER_MICRO: i64 = 1_000;
const NANOS_PER_SECOND: i64 = 1_000_000_000;
const WHOLE: [&str; 5] = ["$date", "$numberLong", "timestamp", "iso8601", "date"];
const SECONDS: [&str; 6] = ["seconds", "_seconds", "epochSecond", "secs", "sec", "secs_since_epoch"];
const MICROS: [&str; 5] = ["usec", "usecs", "micros", "microseconds", "microsecond"];
const NANOS: [&str; 7] =
    ["nanos", "nanos_since_epoch", "nanoOfSecond", "nanoseconds", "_nanoseconds", "nsec", "nanosecond"];
const TIMEZONE: &str = "timezone";

pub(super) fn time(field: Field<'_>) -> Option<EventTime> {
    match field {
        Field::Array(_) => array(field),
        field => object(field, MAX_DEPTH),
    }
}

/// `{"$date": {"$numberLong": …}}` is two deep.
const MAX_DEPTH: usize = 2;

fn object(object: Field<'_>, depth: usize) -> Option<EventTime> {
    let named = |names: &[&str]| names.iter().find_map(|name| object.at(name));
    if let Some(seconds) = named(&SECONDS).and_then(integer) {
        let nanos = || named(&NANOS).and_then(integer).map(|nanos| nanos / NANOS_PER_MICRO);
        let fraction = named(&MICROS).and_then(integer).or_else(nanos).unwrap_or(0);
        return EventTime::from_micros(seconds.checked_mul(MICROS_PER_SECOND)?.checked_add(fraction)?);
    }
    match named(&WHOLE)? {
        Field::Scalar(Value::Text(local)) if object.at(TIMEZONE).is_some() => {
            in_zone(local, object.at(TIMEZONE).and_then(Field::text)?)
        }
        Field::Scalar(value) => EventTime::of(value),
        inner if depth > 0 => self::object(inner, depth - 1),
        _ => None,
    }
}

/// Reads the time of a clock in a zone: an offset, a name of the time zone database, or an abbreviation that it knows.
fn in_zone(local: &str, zone: &str) -> Option<EventTime> {
    let local: civil::DateTime = local.trim().parse().ok()?;
    let zoned = match zone {
        "Z" => local.to_zoned(TimeZone::UTC).ok()?,
        zone if zone.starts_with(['+', '-']) => {
            let text = format!("{local}{zone}");
            return EventTime::from_rfc3339(&text);
        }
        zone => local.to_zoned(TimeZone::get(zone).ok()?).ok()?,
    };
    EventTime::from_micros(zoned.timestamp().as_microsecond())
}

fn integer(field: Field<'_>) -> Option<i64> {
    match field.scalar()? {
        Value::Integer(number) => Some(number),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn array(array: Field<'_>) -> Option<EventTime> {
    let numbers: Vec<i64> = array.fields().map_while(|(_, field)| integer(field)).collect();
    if let [seconds, nanos @ 0..NANOS_PER_SECOND] = numbers.as_slice() {
        return EventTime::from_micros(seconds.checked_mul(MICROS_PER_SECOND)?.checked_add(nanos / NANOS_PER_MICRO)?);
    }
    let [year, month, day, hour, minute, rest @ ..] = numbers.as_slice() else { return None };
    let small = |number: i64| i8::try_from(number).ok();
    let second = small(rest.first().copied().unwrap_or(0))?;
    let nanos = i32::try_from(rest.get(1).copied().unwrap_or(0)).ok()?;
    let year = i16::try_from(*year).ok()?;
    let time =
        civil::DateTime::new(year, small(*month)?, small(*day)?, small(*hour)?, small(*minute)?, second, nanos).ok()?;
    EventTime::from_micros(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
}
