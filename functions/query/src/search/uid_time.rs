//! The time that a uid carries, where it does: on which days to look first.

use record::EventTime;
use ulid::Ulid;
use uuid::Uuid;

/// Hexadecimal digits of a time in seconds.
const SECONDS_DIGITS: usize = 8;
/// Hexadecimal digits of an `ObjectId`.
const OBJECT_ID_DIGITS: usize = 24;
/// Hexadecimal digits of a trace id of W3C.
const TRACE_ID_DIGITS: usize = 32;

/// The times at which a uid may have been made, as it says. Most say none; a few can be read in two ways, of which one is
/// wrong.
pub(crate) fn times(uid: &str) -> impl Iterator<Item = EventTime> {
    [of_uuid, of_ulid, of_object_id, of_trace_id].into_iter().filter_map(move |read| read(uid))
}

/// Versions 1, 6 and 7.
fn of_uuid(uid: &str) -> Option<EventTime> {
    let (seconds, nanos) = Uuid::try_parse(uid).ok()?.get_timestamp()?.to_unix();
    let millis = i64::try_from(seconds).ok()?.checked_mul(1_000)?;
    EventTime::from_millis(millis.checked_add(i64::from(nanos / 1_000_000))?)
}

fn of_ulid(uid: &str) -> Option<EventTime> {
    EventTime::from_millis(i64::try_from(Ulid::from_string(uid).ok()?.timestamp_ms()).ok()?)
}

fn of_object_id(uid: &str) -> Option<EventTime> {
    is_hexadecimal(uid, OBJECT_ID_DIGITS).then(|| seconds(uid))?
}

/// X-Ray's, `1-5759e988-bd862e3fe1be46a994272793`, also as a trace id of W3C without the rest:
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>.
fn of_trace_id(uid: &str) -> Option<EventTime> {
    if is_hexadecimal(uid, TRACE_ID_DIGITS) {
        return seconds(uid);
    }
    let (time, rest) = uid.strip_prefix("1-")?.split_once('-')?;
    (is_hexadecimal(time, SECONDS_DIGITS) && is_hexadecimal(rest, OBJECT_ID_DIGITS)).then(|| seconds(time))?
}

fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The seconds since 1970 that a text begins with.
fn seconds(text: &str) -> Option<EventTime> {
    let seconds = u32::from_str_radix(text.get(..SECONDS_DIGITS)?, 16).ok()?;
    EventTime::from_millis(i64::from(seconds) * 1_000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::times;

    /// The examples of RFC 9562, of the specifications of ULID, MongoDB and X-Ray.
    #[test]
    fn uids_say_when_they_were_made() {
        fn check(uid: &str, expect: &[&str]) {
            let found: Vec<String> = times(uid).map(|time| time.to_string()).collect();
            assert_eq!(found, expect, "{uid}");
        }
        const UUIDS_OF: &str = "2022-02-22T19:22:22.000000Z";
        check("C232AB00-9414-11EC-B3C8-9F6BDECED846", &[UUIDS_OF]);
        check("1EC9414C-232A-6B00-B3C8-9F6BDECED846", &[UUIDS_OF]);
        check("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", &[UUIDS_OF]);
        check("01ARZ3NDEKTSV4RRFFQ69G5FAV", &["2016-07-30T23:54:10.259000Z"]);
        check("507f1f77bcf86cd799439011", &["2012-10-17T21:13:27.000000Z"]);
        check("1-5759e988-bd862e3fe1be46a994272793", &["2016-06-09T22:11:20.000000Z"]);
        check("5759e988bd862e3fe1be46a994272793", &["2016-06-09T22:11:20.000000Z"]);
        // As it stands there, and as seconds of a trace id.
        check("017f22e279b07cc398c4dc0c0c07398f", &[UUIDS_OF, "1970-10-18T14:46:58.000000Z"]);
        for uid in [
            "",
            "order-17",
            "6f1a4e0e-8a7c-4f0e-9b51-2f4f6f1f0c11",
            "1-5759e988",
            "1-5759e98g-bd862e3fe1be46a994272793",
        ] {
            check(uid, &[]);
        }
    }

    proptest! {
        #[test]
        fn any_text_may_be_a_uid(uid in prop_oneof![any::<String>(), "[0-9a-fA-F-]{0,40}", "[0-7][0-9A-Z]{25}"]) {
            prop_assert!(times(&uid).count() <= 2);
        }
    }
}
