//! Silences: the longest times between one record and the next.

use bson::oid::ObjectId;
use record::EventTime;
use serde::Serialize;

use super::super::summary::millis;

/// How many silences are told.
const MAX_SILENCES: usize = 3;

/// The longest silences so far, longest first, and the last record.
#[derive(Clone, Debug, Default)]
pub(super) struct Silences {
    longest: Vec<Silence>,
    last: Option<End>,
}

/// `{from, to, duration_ms, after: {id, service}, before: {id, service}}`: no record between two records.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Silence {
    #[serde(serialize_with = "crate::render::as_text")]
    from: EventTime,
    #[serde(serialize_with = "crate::render::as_text")]
    to: EventTime,
    duration_ms: f64,
    after: End,
    before: End,
}

/// A record at an end of a silence.
#[derive(Clone, Debug, Serialize)]
struct End {
    #[serde(serialize_with = "crate::render::as_text")]
    id: ObjectId,
    service: Option<String>,
    #[serde(skip)]
    time: EventTime,
}

impl Silences {
    /// Adds the next record.
    pub(super) fn add(&mut self, id: ObjectId, time: EventTime, service: Option<&str>) {
        let end = End { id, service: service.map(str::to_owned), time };
        let Some(last) = self.last.replace(end.clone()) else { return };
        let duration_ms = millis(time.distance(last.time));
        // The first of equal ones stays first.
        let place = self.longest.partition_point(|other| other.duration_ms >= duration_ms);
        if duration_ms > 0.0 && place < MAX_SILENCES {
            self.longest.truncate(MAX_SILENCES - 1);
            self.longest.insert(place, Silence { from: last.time, to: time, duration_ms, after: last, before: end });
        }
    }

    /// Returns the silences, longest first.
    pub(super) fn longest(&self) -> &[Silence] {
        &self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::Silences;
    use crate::test_records::record;

    #[test]
    fn the_three_longest_are_kept_longest_first() {
        fn check(micros: &[i64], expect: &[(i64, i64)]) {
            let mut silences = Silences::default();
            for at in micros {
                let record = record(*at, &format!("s{at}"), 20);
                silences.add(record.id(), record.time(), record.service());
            }
            let within = |time: record::EventTime| time.micros() % 1_000_000;
            let found: Vec<_> =
                silences.longest().iter().map(|silence| (within(silence.from), within(silence.to))).collect();
            assert_eq!(found, expect, "{micros:?}");
            for silence in silences.longest() {
                let ends = [&silence.after, &silence.before].map(|end| end.service.clone().unwrap());
                assert_eq!(ends, [silence.from, silence.to].map(|time| format!("s{}", within(time))));
            }
        }
        check(&[], &[]);
        check(&[1], &[]);
        check(&[1, 1, 1], &[]);
        check(&[0, 5, 6], &[(0, 5), (5, 6)]);
        check(&[0, 1, 3, 6, 10], &[(6, 10), (3, 6), (1, 3)]);
        check(&[0, 4, 7, 9, 10], &[(0, 4), (4, 7), (7, 9)]);
        check(&[0, 2, 4, 6, 8], &[(0, 2), (2, 4), (4, 6)]);
    }
}
