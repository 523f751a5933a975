//! The `_id` of a record: deterministic, so that a redelivered record is stored once, and sorted by time.

use bson::DateTime;
use bson::oid::ObjectId;
use xxhash_rust::xxh3::xxh3_64;

use super::EventTime;

/// How many bits of the identity's hash are in an id.
const HASH_BITS: u32 = 44;
/// The usual size of an identity that is hashed.
const USUAL_BYTES: usize = 160;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// Identifies a record, however often and wherever it is delivered.
#[derive(Clone, Copy, Debug)]
pub enum Identity<'a> {
    /// Given by the sender: equal `record_id`s with equal times are one record.
    Given(&'a str),
    /// The position in the stream.
    Delivered {
        /// The stream's name.
        stream: &'a str,
        /// The shard's id, `shardId-000000000000`.
        shard: &'a str,
        /// The Kinesis record's sequence number.
        sequence_number: &'a str,
        /// The index of the user record within a KPL aggregate; 0 for an ordinary Kinesis record.
        sub_sequence: u32,
        /// The index of the log record within the payload, from 0.
        index: u32,
    },
}

impl Identity<'_> {
    /// Hashes the parts with XXH3. Each part ends with a NUL, which no Kinesis name contains.
    fn hash(self) -> u64 {
        // Hashed in one piece: a streaming hash takes longer to set up than these bytes take to copy.
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        let mut part = |part: &[u8]| {
            bytes.extend_from_slice(part);
            bytes.push(0);
        };
        match self {
            Self::Given(record_id) => {
                part(b"given");
                part(record_id.as_bytes());
            }
            Self::Delivered { stream, shard, sequence_number, sub_sequence, index } => {
                part(b"delivered");
                part(stream.as_bytes());
                part(shard.as_bytes());
                part(sequence_number.as_bytes());
                part(&sub_sequence.to_le_bytes());
                part(&index.to_le_bytes());
            }
        }
        xxh3_64(&bytes)
    }
}

/// Returns the `ObjectId` for this identity and time: 32 bits of seconds, 20 bits of microseconds, 44 bits of the
/// identity's hash. Ids sort by time to the microsecond, and `getTimestamp()` works in mongosh. An `ObjectId` covers
/// the years 1970 to 2106: earlier times sort first, later times last.
#[must_use]
pub fn record_id(time: EventTime, identity: Identity<'_>) -> ObjectId {
    id(time, identity.hash())
}

/// Returns the smallest id of this microsecond: the bound for a time range.
#[must_use]
pub fn first_id(time: EventTime) -> ObjectId {
    id(time, 0)
}

/// Returns the time of a BSON date, to the microsecond where the id has the same time.
pub(crate) fn precise_time(date: DateTime, id: ObjectId) -> Option<EventTime> {
    let precise = time_of(id).filter(|time| time.to_bson() == date);
    precise.or_else(|| EventTime::from_millis(date.timestamp_millis()))
}

fn id(time: EventTime, hash: u64) -> ObjectId {
    let (seconds, micros) = (time.micros().div_euclid(MICROS_PER_SECOND), time.micros().rem_euclid(MICROS_PER_SECOND));
    let (seconds, micros) = match u32::try_from(seconds) {
        Ok(seconds) => (seconds, u64::from_ne_bytes(micros.to_ne_bytes())),
        Err(_) if seconds < 0 => (0, 0),
        Err(_) => (u32::MAX, MICROS_PER_SECOND.unsigned_abs() - 1),
    };
    let low = (micros << HASH_BITS) | (hash >> (u64::BITS - HASH_BITS));
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&seconds.to_be_bytes());
    bytes[4..].copy_from_slice(&low.to_be_bytes());
    ObjectId::from_bytes(bytes)
}

/// Returns the time in an id, to the microsecond.
#[must_use]
pub fn time_of(id: ObjectId) -> Option<EventTime> {
    let bytes = u128::from_be_bytes(pad(id.bytes()));
    let micros = i64::try_from((bytes >> HASH_BITS) & 0xF_FFFF).ok()?;
    let seconds = i64::try_from(bytes >> u64::BITS).ok()?;
    EventTime::from_micros(seconds * MICROS_PER_SECOND + micros)
}

fn pad(bytes: [u8; 12]) -> [u8; 16] {
    let mut padded = [0; 16];
    padded[4..].copy_from_slice(&bytes);
    padded
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;
    use proptest::prelude::*;

    use super::{Identity, first_id, record_id, time_of};
    use crate::EventTime;

    fn delivered(sequence_number: &str, sub_sequence: u32, index: u32) -> Identity<'_> {
        Identity::Delivered { stream: "logs", shard: "shardId-000000000000", sequence_number, sub_sequence, index }
    }

    /// Ids are stored for years. If they changed between versions, every redelivered record would be stored twice.
    #[test]
    fn ids_never_change() {
        fn check(identity: Identity<'_>, expect: &str) {
            let time = EventTime::from_micros(1_795_163_739_165_953).unwrap();
            assert_eq!(record_id(time, identity).to_hex(), expect);
        }
        check(delivered("49546986683135544286507457936321625675700192471156785161", 0, 0), "6b00065b28841133e527503d");
        check(Identity::Given("a-record-id"), "6b00065b28841485d53f28e6");
    }

    #[test]
    fn every_part_of_the_identity_counts() {
        let time = EventTime::from_micros(0).unwrap();
        let of = |identity| record_id(time, identity);
        let ids = [
            of(delivered("1", 0, 0)),
            of(delivered("2", 0, 0)),
            of(delivered("1", 1, 0)),
            of(delivered("1", 0, 1)),
            of(Identity::Given("1")),
        ];
        let distinct: std::collections::HashSet<ObjectId> = ids.into_iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }

    #[test]
    fn times_outside_an_object_ids_range_sort_first_and_last() {
        let at = |text| record_id(EventTime::from_rfc3339(text).unwrap(), Identity::Given("x"));
        assert!(at("1901-01-01T00:00:00Z") < at("1970-01-01T00:00:00.000001Z"));
        assert!(at("9999-01-01T00:00:00Z") > at("2106-01-01T00:00:00Z"));
    }

    proptest! {
        #[test]
        fn ids_sort_by_time(a in 0..4_000_000_000_000_000_i64, b in 0..4_000_000_000_000_000_i64) {
            let (earlier, later) = (EventTime::from_micros(a.min(b)).unwrap(), EventTime::from_micros(a.max(b)).unwrap());
            prop_assume!(earlier < later);
            prop_assert!(record_id(earlier, Identity::Given("x")) < record_id(later, Identity::Given("y")));
            prop_assert!(first_id(later) <= record_id(later, Identity::Given("z")));
        }

        #[test]
        fn an_id_gives_its_time(micros in 0..4_000_000_000_000_000_i64, name in ".*") {
            let time = EventTime::from_micros(micros).unwrap();
            prop_assert_eq!(time_of(record_id(time, Identity::Given(&name))), Some(time));
        }
    }
}
