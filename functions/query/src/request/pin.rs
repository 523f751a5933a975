//! `/transactions/{log_uid}/pin`: which transaction is kept, why, and until when.

use record::{Day, EventTime, LogUid};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::BadParameter;
use super::transaction::uid;
use crate::paths::{PIN_SUFFIX, TRANSACTION_PREFIX};

/// The largest body of a request.
pub(crate) const MAX_PIN_BODY_BYTES: usize = 16 * 1024;
/// The longest reason.
const MAX_REASON_CHARS: usize = 500;
const REASON: &str = "reason";
const UNTIL: &str = "until";
const A_BODY: &str =
    r#"a JSON object such as {"reason": "incident 4711", "until": "2027-03-31"}; `until` may be missing"#;
const AN_END: &str = "a time such as 2027-03-31T12:00:00Z, a day such as 2027-03-31, which counts as a whole, or 90d or 12w from \
                      now; without it, for good";
/// The units of a time from now, in days.
const UNITS: [(char, i64); 2] = [('d', 1), ('w', 7)];
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A wish to pin.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PinWish {
    /// Why.
    pub(crate) reason: String,
    /// Until when; `None` for ever.
    pub(crate) until: Option<EventTime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    reason: String,
    until: Option<String>,
}

/// Whether a path is that of a pin.
pub(crate) fn is_pin(path: &str) -> bool {
    sent_uid(path).is_some()
}

/// Reads the uid of a pin's path.
pub(crate) fn pin_uid(path: &str) -> Result<LogUid, BadParameter> {
    uid(sent_uid(path).unwrap_or_default())
}

fn sent_uid(path: &str) -> Option<&str> {
    path.strip_prefix(TRANSACTION_PREFIX)?.strip_suffix(PIN_SUFFIX)
}

impl PinWish {
    /// Returns the problem of a body that is not read to its end.
    pub(crate) fn too_large() -> BadParameter {
        let detail = format!("The body has more than {MAX_PIN_BODY_BYTES} bytes.");
        BadParameter { name: "body".to_owned(), value: None, detail, allowed: A_BODY.to_owned(), suggestion: None }
    }

    /// Reads the body of a request at the time `now`.
    pub(crate) fn parse(body: &[u8], now: EventTime) -> Result<Self, BadParameter> {
        let bad = |error: serde_json::Error| BadParameter::value("body", "", &error.to_string(), A_BODY);
        // As a map first: serde reads a list as the fields of a struct in their order.
        let fields: Map<String, Value> = serde_json::from_slice(body).map_err(bad)?;
        let Body { reason, until } = serde_json::from_value(Value::Object(fields)).map_err(bad)?;
        let reason = reason.trim().to_owned();
        if reason.is_empty() || reason.chars().count() > MAX_REASON_CHARS || reason.contains(char::is_control) {
            let allowed = format!("1 to {MAX_REASON_CHARS} characters on one line");
            return Err(BadParameter::value(REASON, &reason, "that is not a reason", &allowed));
        }
        let until = until.map(|until| end(&until, now)).transpose()?;
        Ok(Self { reason, until })
    }
}

/// Reads the end of a pin. It must be in the future.
fn end(text: &str, now: EventTime) -> Result<EventTime, BadParameter> {
    let day = || text.parse::<Day>().ok().and_then(Day::next).and_then(Day::start);
    let Some(end) = EventTime::from_rfc3339(text).or_else(day).or_else(|| from_now(text, now)) else {
        let is_understood = text.parse::<Day>().is_ok() || count(text).is_some();
        let problem = if is_understood { "that is too far off" } else { "that is not a time" };
        return Err(BadParameter::value(UNTIL, text, problem, AN_END));
    };
    if end <= now {
        return Err(BadParameter::value(UNTIL, text, "that is over", AN_END));
    }
    Ok(end)
}

fn from_now(text: &str, now: EventTime) -> Option<EventTime> {
    let (digits, days) = count(text)?;
    let micros = digits.parse::<i64>().ok()?.checked_mul(days)?.checked_mul(MICROS_PER_DAY)?;
    EventTime::from_micros(now.micros().checked_add(micros)?)
}

/// Splits `12w` into its digits and the days of its unit.
fn count(text: &str) -> Option<(&str, i64)> {
    let split = |(unit, days): &(char, i64)| Some((text.strip_suffix(*unit)?, *days));
    let (digits, days) = UNITS.iter().find_map(split)?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some((digits, days))
}

#[cfg(test)]
mod tests {
    use record::EventTime;

    use super::{PinWish, is_pin, pin_uid};

    #[test]
    fn a_wish_has_a_reason_and_may_have_an_end() {
        fn check(body: &str, expect: &str) {
            let now = EventTime::from_rfc3339("2026-11-26T12:00:00Z").unwrap();
            let said = match PinWish::parse(body.as_bytes(), now) {
                Ok(PinWish { reason, until }) => {
                    format!("{reason} | {}", until.map_or("ever".to_owned(), |end| end.to_string()))
                }
                Err(bad) => bad.to_string(),
            };
            assert_eq!(said, expect, "{body}");
        }
        check(r#"{"reason": " incident 4711 "}"#, "incident 4711 | ever");
        check(r#"{"reason": "a", "until": null}"#, "a | ever");
        check(r#"{"reason": "a", "until": "2027-03-31"}"#, "a | 2027-04-01T00:00:00.000000Z");
        check(r#"{"reason": "a", "until": "2027-03-31T12:00:00+02:00"}"#, "a | 2027-03-31T10:00:00.000000Z");
        check(r#"{"reason": "a", "until": "90d"}"#, "a | 2027-02-24T12:00:00.000000Z");
        check(r#"{"reason": "a", "until": "2w"}"#, "a | 2026-12-10T12:00:00.000000Z");
        check(r#"{"reason": "a", "until": "0d"}"#, "until is `0d`: that is over.");
        check(r#"{"reason": "a", "until": "2026-11-25"}"#, "until is `2026-11-25`: that is over.");
        check(r#"{"reason": "a", "until": "100000d"}"#, "a | 2300-09-11T12:00:00.000000Z");
        check(r#"{"reason": "a", "until": "soon"}"#, "until is `soon`: that is not a time.");
        check(r#"{"reason": "a", "until": "d"}"#, "until is `d`: that is not a time.");
        check(r#"{"reason": "a", "until": "-1d"}"#, "until is `-1d`: that is not a time.");
        for far in ["9999-12-31", "9999999d", "99999999999999999999w"] {
            check(
                &format!(r#"{{"reason": "a", "until": "{far}"}}"#),
                &format!("until is `{far}`: that is too far off."),
            );
        }
        check(r#"{"reason": ""}"#, "reason is ``: that is not a reason.");
        check(r#"{"reason": "a\nb"}"#, "reason is `a\nb`: that is not a reason.");
        check("{}", "body is ``: missing field `reason`.");
        check(r#"["a", "90d"]"#, "body is ``: invalid type: sequence, expected a map at line 1 column 0.");
        check("", "body is ``: EOF while parsing a value at line 1 column 0.");
        assert!(PinWish::parse(br#"{"reason": {"$ne": 1}}"#, EventTime::from_micros(0).unwrap()).is_err());
        assert!(PinWish::parse(br#"{"reason": "a", "expiry": "90d"}"#, EventTime::from_micros(0).unwrap()).is_err());
    }

    #[test]
    fn a_pin_has_a_path_of_its_own() {
        fn check(path: &str, expect: Option<&str>) {
            let uid = is_pin(path).then(|| pin_uid(path).unwrap().as_str().to_owned());
            assert_eq!(uid.as_deref(), expect, "{path}");
        }
        check("/transactions/x/pin", Some("x"));
        check("/transactions/a%2Fb/c/pin", Some("a/b/c"));
        check("/transactions/pin", None);
        check("/transactions/x/pin/", None);
    }
}
