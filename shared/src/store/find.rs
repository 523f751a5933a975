//! Reads a transaction's records.

use std::time::Duration;

use futures_util::{Stream, TryStreamExt, future};
use mongodb::bson::{doc, oid::ObjectId};

use super::{Store, StoreError};
use crate::Day;
use crate::record::{EventTime, LogRecord, LogUid, first_id, time_of};

/// A range of ids: of time, since ids sort by time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct IdRange {
    /// The first id in the range; open where `None`.
    pub first: Option<ObjectId>,
    /// The first id past the range; open where `None`.
    pub end: Option<ObjectId>,
}

impl IdRange {
    /// The ids of records from `from` on and before `to`.
    #[must_use]
    pub fn of_time(from: Option<EventTime>, to: Option<EventTime>) -> Self {
        Self { first: from.map(first_id), end: to.map(first_id) }
    }

    /// Those of its ids that come after `id`.
    #[must_use]
    pub fn after(self, id: ObjectId) -> Self {
        Self { first: self.first.max(Some(successor(id))), ..self }
    }

    /// Whether some of its ids are of `day`.
    #[must_use]
    pub fn reaches(self, day: Day) -> bool {
        let begins = self.first.and_then(time_of);
        let ends = self.end.and_then(time_of).zip(day.start());
        begins.is_none_or(|first| Day::of(first) <= day) && ends.is_none_or(|(end, midnight)| midnight < end)
    }
}

impl Store {
    /// The records that a transaction left on a day, in time order, at most `limit`, read from MongoDB as they are
    /// taken; gives up when that cost the server `max_time`.
    pub async fn transaction(
        &self,
        uid: &LogUid,
        day: Day,
        ids: IdRange,
        limit: i64,
        max_time: Duration,
    ) -> Result<impl Stream<Item = Result<LogRecord, StoreError>> + Send + use<>, StoreError> {
        let mut filter = doc! { "log_uid": uid.as_str() };
        if ids != IdRange::default() {
            let bounds = [("$gte", ids.first), ("$lt", ids.end)];
            let range =
                bounds.into_iter().filter_map(|(operator, id)| Some((operator.to_owned(), id?.into()))).collect();
            filter.insert("_id", mongodb::bson::Bson::Document(range));
        }
        let failed = move |source| StoreError::Find { day, source };
        let found = self.collection(day).find(filter).sort(doc! { "_id": 1 }).limit(limit).max_time(max_time).await;
        Ok(found.map_err(failed)?.map_err(failed).and_then(move |document| {
            let record = LogRecord::from_stored(document);
            future::ready(record.map_err(|source| StoreError::Foreign { day, source }))
        }))
    }
}

/// The id right after `id`.
fn successor(id: ObjectId) -> ObjectId {
    let mut bytes = id.bytes();
    for byte in bytes.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            return ObjectId::from_bytes(bytes);
        }
    }
    // There is none after the last.
    id
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;

    use super::IdRange;
    use crate::record::EventTime;

    fn time(text: &str) -> Option<EventTime> {
        (!text.is_empty()).then(|| EventTime::from_rfc3339(text).unwrap())
    }

    #[test]
    fn a_range_reaches_the_days_that_may_hold_its_ids() {
        fn check(from: &str, to: &str, expect: &str) {
            let range = IdRange::of_time(time(from), time(to));
            let days = ["2026-11-19", "2026-11-20", "2026-11-21"];
            let reached: Vec<&str> = days.into_iter().filter(|day| range.reaches(day.parse().unwrap())).collect();
            assert_eq!(reached.join(" "), expect, "{from} to {to}");
        }
        check("", "", "2026-11-19 2026-11-20 2026-11-21");
        check("2026-11-20T00:00:00Z", "", "2026-11-20 2026-11-21");
        check("2026-11-20T23:59:59.999999Z", "", "2026-11-20 2026-11-21");
        check("", "2026-11-20T00:00:00Z", "2026-11-19");
        check("", "2026-11-20T00:00:00.000001Z", "2026-11-19 2026-11-20");
        check("2026-11-20T12:00:00Z", "2026-11-20T13:00:00Z", "2026-11-20");
        check("2027-01-01T00:00:00Z", "", "");
        check("", "1960-01-01T00:00:00Z", "");
    }

    #[test]
    fn what_comes_after_an_id_begins_with_the_next() {
        fn check(id: &str, expect: &str) {
            let range = IdRange::default().after(id.parse().unwrap());
            assert_eq!(range.first.map(ObjectId::to_hex).as_deref(), Some(expect));
        }
        check("6b00065b28841133e527503d", "6b00065b28841133e527503e");
        check("6b00065b28841133e52750ff", "6b00065b28841133e5275100");
        check("00ffffffffffffffffffffff", "010000000000000000000000");
        check("ffffffffffffffffffffffff", "ffffffffffffffffffffffff");
    }

    #[test]
    fn an_id_before_the_range_does_not_widen_it() {
        let range = IdRange::of_time(time("2026-11-20T00:00:00Z"), None);
        assert_eq!(range.after(ObjectId::from_bytes([1; 12])), range);
    }
}
