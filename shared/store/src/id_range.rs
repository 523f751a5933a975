//! Ranges of ids. Ids sort by time, so a range of ids is a range of time.

use std::time::Duration;

use mongodb::bson::{Document, doc, oid::ObjectId};
use record::{Day, EventTime, first_id, time_of};

/// A range of ids, and so of time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct IdRange {
    /// The first id in the range; `None` for an open start.
    pub first: Option<ObjectId>,
    /// The first id after the range; `None` for an open end.
    pub end: Option<ObjectId>,
}

impl IdRange {
    /// The range that holds no id.
    const EMPTY: Self = Self { first: Some(ObjectId::from_bytes([0; 12])), end: Some(ObjectId::from_bytes([0; 12])) };

    /// Returns the ids of records from `from` on and before `to`.
    #[must_use]
    pub fn of_time(from: Option<EventTime>, to: Option<EventTime>) -> Self {
        Self { first: from.map(first_id), end: to.map(first_id) }
    }

    /// Returns the range from the first to the last of `ids`, which must be sorted.
    #[must_use]
    pub fn spanning(ids: &[ObjectId]) -> Self {
        Self { first: ids.first().copied(), end: ids.last().copied().map(successor) }
    }

    /// Returns the part of the range after `id`.
    #[must_use]
    pub fn after(self, id: ObjectId) -> Self {
        self.from(successor(id))
    }

    /// Returns the part of the range from `id` on.
    #[must_use]
    pub fn from(self, id: ObjectId) -> Self {
        Self { first: self.first.max(Some(id)), ..self }
    }

    /// Returns the part of the range before `id`.
    #[must_use]
    pub fn before(self, id: ObjectId) -> Self {
        Self { end: Some(self.end.map_or(id, |end| end.min(id))), ..self }
    }

    /// Returns the part of the range that lies on a day. A day at the end of the calendar, which has no first time, has no ids.
    #[must_use]
    pub fn within(self, day: Day) -> Self {
        let midnight = |day: Day| day.start().map(first_id);
        let Some(start) = midnight(day) else { return Self::EMPTY };
        let end = day.next().and_then(midnight);
        end.map_or(self, |end| self.before(end)).from(start)
    }

    /// Returns the ids that are in both ranges.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let both = Self { first: self.first.max(other.first), ..self };
        other.end.map_or(both, |end| both.before(end))
    }

    /// Whether the range holds no id.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.first.zip(self.end).is_some_and(|(first, end)| first >= end)
    }

    /// Whether part of the range lies on a day.
    #[must_use]
    pub fn reaches(self, day: Day) -> bool {
        let begins = self.first.and_then(time_of);
        let ends = self.end.zip(day.start());
        begins.is_none_or(|first| Day::of(first) <= day) && ends.is_none_or(|(end, midnight)| first_id(midnight) < end)
    }

    /// Whether a range that begins at the same time or later overlaps, or begins soon after.
    #[must_use]
    pub fn is_near(self, later: Self, gap: Duration) -> bool {
        let gap_between = self.end.and_then(time_of).zip(later.first.and_then(time_of));
        gap_between.is_none_or(|(end, first)| first <= end || first.distance(end) <= gap)
    }

    /// Returns the time from the first id to the end; zero for an open range.
    #[must_use]
    pub fn duration(self) -> Duration {
        let bounds = self.first.and_then(time_of).zip(self.end.and_then(time_of));
        bounds.map_or(Duration::ZERO, |(first, end)| end.distance(first))
    }

    /// Returns the filter for documents with an id in the range.
    pub(crate) fn condition(self) -> Document {
        // MongoDB compares only values of one type. A bound that is always there leaves out every `_id` that is not an
        // `ObjectId`.
        let first = self.first.unwrap_or(ObjectId::from_bytes([0; 12]));
        let mut range = doc! { "$gte": first };
        if let Some(end) = self.end {
            range.insert("$lt", end);
        }
        doc! { "_id": range }
    }
}

/// Returns the id right after `id`. The last id is its own successor.
fn successor(id: ObjectId) -> ObjectId {
    let mut bytes = id.bytes();
    for byte in bytes.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            return ObjectId::from_bytes(bytes);
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;
    use record::{EventTime, first_id};

    use super::IdRange;

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
    fn the_range_after_an_id_begins_with_the_next_id() {
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
    fn ids_in_the_first_microsecond_of_a_day_belong_to_the_day() {
        let mut bytes = first_id(time("2026-11-20T00:00:00Z").unwrap()).bytes();
        bytes[11] = 7;
        let range = IdRange::default().before(ObjectId::from_bytes(bytes));
        assert!(range.reaches("2026-11-20".parse().unwrap()));
        assert!(!range.within("2026-11-20".parse().unwrap()).is_empty());
        assert!(range.within("2026-11-21".parse().unwrap()).is_empty());
    }

    /// Somebody may make a collection of any name.
    #[test]
    fn a_day_at_the_end_of_the_calendar_has_no_ids() {
        fn check(day: &str, is_empty: bool) {
            let day = day.parse().unwrap();
            assert_eq!(IdRange::default().within(day).is_empty(), is_empty, "{day}");
            let bounded = IdRange::of_time(time("2026-11-20T00:00:00Z"), time("2026-11-21T00:00:00Z"));
            assert_eq!(bounded.within(day).is_empty(), is_empty || day != "2026-11-20".parse().unwrap(), "{day}");
        }
        check("2026-11-20", false);
        check("2106-02-07", false);
        check("2106-02-08", true);
        check("9999-12-29", true);
        check("9999-12-31", true);
    }

    #[test]
    fn a_range_takes_the_time_between_its_bounds() {
        fn check(from: &str, to: &str, expect_seconds: u64) {
            assert_eq!(IdRange::of_time(time(from), time(to)).duration().as_secs(), expect_seconds, "{from} to {to}");
        }
        check("2026-11-20T12:00:00Z", "2026-11-20T12:01:00Z", 60);
        check("2026-11-20T23:59:59Z", "2026-11-21T00:00:01Z", 2);
        check("2026-11-20T12:00:00Z", "", 0);
        check("", "2026-11-20T12:00:00Z", 0);
    }

    #[test]
    fn an_id_before_the_range_does_not_widen_it() {
        let range = IdRange::of_time(time("2026-11-20T00:00:00Z"), None);
        assert_eq!(range.after(ObjectId::from_bytes([1; 12])), range);
    }
}
