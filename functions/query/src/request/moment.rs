//! Parses the times of a request: RFC 3339, a day, seconds or milliseconds since 1970, or a time before now.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use record::Day;
use record::EventTime;

use super::{BadParameter, Parameters};

pub(crate) const FROM: &str = "from";
pub(crate) const TO: &str = "to";
const A_TIME: &str = "a time such as 2026-11-20T08:35:39.165953Z, a day such as 2026-11-20, seconds or milliseconds since 1970, or a time before now such as -90s, -15m, -2h, -7d or -4w";

/// The units of time, in seconds.
pub(super) const UNITS: [(char, i64); 5] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400), ('w', 604_800)];
const MICROS_PER_SECOND: i64 = 1_000_000;
/// The digits of a time in seconds since 1970, until the year 2286.
const SECONDS_DIGITS: usize = 10;
/// The digits of a time in milliseconds.
const MILLIS_DIGITS: usize = 13;
/// The digits of a fraction that are read.
const MICROS_DIGITS: usize = 6;

/// Returns the requested time range: records at `from` or later, and before `to`. A day counts as a whole.
pub(crate) fn span(
    parameters: &Parameters<'_>,
    now: EventTime,
) -> Result<(Option<EventTime>, Option<EventTime>), BadParameter> {
    let from = moment(parameters, FROM, now, Day::start)?;
    let to = moment(parameters, TO, now, |day| day.next()?.start())?;
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        let value = parameters.get(TO).unwrap_or_default();
        return Err(BadParameter::value(TO, value, "that is not after `from`", &format!("a time after {from}")));
    }
    Ok((from, to))
}

/// Returns the parameters with relative times made absolute: read again at any later moment, they ask for the same.
pub(super) fn pinned(
    parameters: &Parameters<'_>,
    from: Option<EventTime>,
    to: Option<EventTime>,
) -> Vec<(String, String)> {
    let pinned = parameters.iter().map(|(name, value)| {
        let moment = match name {
            FROM => from,
            TO => to,
            _ => None,
        };
        (name.to_owned(), moment.map_or_else(|| value.to_owned(), |moment| moment.to_string()))
    });
    pinned.collect()
}

fn moment(
    parameters: &Parameters<'_>,
    name: &str,
    now: EventTime,
    edge: impl Fn(Day) -> Option<EventTime>,
) -> Result<Option<EventTime>, BadParameter> {
    let Some(value) = parameters.get(name) else { return Ok(None) };
    let moment = match (value.parse(), value.strip_prefix('-')) {
        (Ok(day), _) => edge(day),
        (_, Some(ago)) => before(now, ago),
        _ => since_epoch(value).or_else(|| written(value)),
    };
    moment.map(Some).ok_or_else(|| BadParameter::value(name, value, "that is not a time", A_TIME))
}

/// Reads a time that does not depend on now: RFC 3339, or a day, which means its beginning.
pub(super) fn absolute(value: &str) -> Option<EventTime> {
    value.parse().ok().and_then(Day::start).or_else(|| written(value))
}

/// Reads RFC 3339. A time without a zone is in UTC, as in records.
fn written(value: &str) -> Option<EventTime> {
    // A `+` that is not escaped arrives as a space.
    let time = EventTime::from_rfc3339(value).or_else(|| EventTime::from_rfc3339(&value.replace(' ', "+")));
    time.or_else(|| {
        let in_utc = value.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?;
        EventTime::from_micros(in_utc.timestamp().as_microsecond())
    })
}

/// Reads seconds with or without a fraction, or milliseconds. The number of digits tells which.
fn since_epoch(value: &str) -> Option<EventTime> {
    let (whole, fraction) = value.split_once('.').map_or((value, None), |(whole, rest)| (whole, Some(rest)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match (whole.len(), fraction) {
        (MILLIS_DIGITS, None) => EventTime::from_millis(number),
        (SECONDS_DIGITS, _) => {
            let micros: String = fraction.into_iter().flat_map(str::chars).chain(['0'; MICROS_DIGITS]).collect();
            EventTime::from_micros(number * MICROS_PER_SECOND + micros[..MICROS_DIGITS].parse::<i64>().ok()?)
        }
        _ => None,
    }
}

fn before(now: EventTime, ago: &str) -> Option<EventTime> {
    let (at, unit) = ago.char_indices().next_back()?;
    let seconds = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds)?;
    let count = i64::from(ago[..at].parse::<u32>().ok()?);
    let micros = count.checked_mul(seconds)?.checked_mul(MICROS_PER_SECOND)?;
    now.micros().checked_sub(micros).and_then(EventTime::from_micros)
}

#[cfg(test)]
mod tests {
    use super::{EventTime, FROM, Parameters, TO, span};

    fn parse(query: &str) -> Result<(Option<String>, Option<String>), String> {
        let now = EventTime::from_rfc3339("2026-11-20T08:35:39.165953Z").unwrap();
        let (from, to) =
            span(&Parameters::parse(Some(query), &[FROM, TO]).unwrap(), now).map_err(|bad| bad.to_string())?;
        Ok((from.map(|time| time.to_string()), to.map(|time| time.to_string())))
    }

    #[test]
    fn a_time_is_written_in_several_ways() {
        fn check(query: &str, from: &str, to: &str) {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            assert_eq!(parse(query), Ok((some(from), some(to))), "{query}");
        }
        check("", "", "");
        check("from=2026-11-20T09:00:00%2B01:00", "2026-11-20T08:00:00.000000Z", "");
        check("to=2026-11-20T09:00:00+01:00", "", "2026-11-20T08:00:00.000000Z");
        check("from=2026-11-20&to=2026-11-20", "2026-11-20T00:00:00.000000Z", "2026-11-21T00:00:00.000000Z");
        check("from=-15m", "2026-11-20T08:20:39.165953Z", "");
        check("from=-2h&to=-90s", "2026-11-20T06:35:39.165953Z", "2026-11-20T08:34:09.165953Z");
        check("from=-7d", "2026-11-13T08:35:39.165953Z", "");
        check("from=-0s", "2026-11-20T08:35:39.165953Z", "");
        check("from=2026-11-20T09:00:00", "2026-11-20T09:00:00.000000Z", "");
        check("from=2026-11-20T09:00:00.165953", "2026-11-20T09:00:00.165953Z", "");
        check("from=2026-11-20+09:00", "2026-11-20T09:00:00.000000Z", "");
        check("from=2026-11-20%2009:00:00.5", "2026-11-20T09:00:00.500000Z", "");
        check("from=1795163739", "2026-11-20T08:35:39.000000Z", "");
        check("from=1795163739.165953", "2026-11-20T08:35:39.165953Z", "");
        check("from=1795163739.1659539", "2026-11-20T08:35:39.165953Z", "");
        check("from=1795163739.5", "2026-11-20T08:35:39.500000Z", "");
        check("to=1795163739165", "", "2026-11-20T08:35:39.165000Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        fn check(query: &str, expect: &str) {
            assert_eq!(parse(query), Err(expect.to_owned()), "{query}");
        }
        for bad in [
            "",
            "-",
            "-m",
            "-1y",
            "-1.5h",
            "--1h",
            "-99999999999s",
            "-4294967295w",
            "yesterday",
            "15m",
            "-1\u{b5}",
            "179516373",
            "17951637390",
            "1795163739.",
            "1795163739165.5",
            "-1795163739",
            "09:00",
            "2026-11",
        ] {
            check(&format!("from={bad}"), &format!("from is `{bad}`: that is not a time."));
        }
        check("to=9999-12-31", "to is `9999-12-31`: that is not a time.");
        check("from=-1h&to=-1h", "to is `-1h`: that is not after `from`.");
    }
}
