//! The time that a uid carries, if it does: the lookup reads those days first.

use bson::oid::ObjectId;
use record::EventTime;
use ulid::Ulid;
use uuid::Uuid;

/// Hexadecimal digits of an X-Ray trace id's time.
const SECONDS_DIGITS: usize = 8;
/// Hexadecimal digits of a W3C trace id.
const TRACE_ID_DIGITS: usize = 32;

/// Returns the times at which a uid may have been made. Most uids carry none. A few can be read in two ways, and one of
/// the two times is wrong.
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
    let id: ObjectId = uid.parse().ok()?;
    EventTime::from_millis(id.timestamp().timestamp_millis())
}

/// X-Ray's, such as `1-5759e988-bd862e3fe1be46a994272793`, also as a W3C trace id without the rest:
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>.
fn of_trace_id(uid: &str) -> Option<EventTime> {
    let digits = match uid.strip_prefix("1-").and_then(|rest| rest.split_once('-')) {
        Some((time, rest)) if time.len() == SECONDS_DIGITS => format!("{time}{rest}"),
        _ => uid.to_owned(),
    };
    // A text of this length is a UUID if all of it is hexadecimal digits.
    let id = Uuid::try_parse(&digits).ok().filter(|_| digits.len() == TRACE_ID_DIGITS)?;
    let (seconds, ..) = id.as_fields();
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
            "1-+759e988-bd862e3fe1be46a994272793",
            "1-5759e988-bd862e3fe1be46a99427279",
            "1-5759e98-8bd862e3fe1be46a994272793",
            "+07f1f77bcf86cd799439011",
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
