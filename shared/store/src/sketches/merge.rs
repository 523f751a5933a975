//! Merges small sketches. Pure, but for what it remembers.
//!
//! A function that gets few records at a time writes many small sketches: all common words again, and about eighty bytes, for
//! each. So it remembers their words, and writes one sketch for all of them when there are enough records. The small ones are
//! removed later, when no search can have begun before the large one was there. If the process ends before, they stay: a
//! sketch more is harmless.

use std::collections::BTreeMap;
use std::mem;
use std::time::{Duration, Instant};

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document};
use record::words::Hashes;
use record::{Day, time_of};

use super::build::{FAR, MAX_RECORDS, MAX_WORDS, Sketch};

/// A sketch of fewer records is small.
const SMALL: usize = MAX_RECORDS / 4;
/// The small sketches of so many days are merged: those of today, and of yesterday after midnight. Others are late records.
const MAX_DAYS: usize = 2;
/// How long sketches stay after others stand for them: longer than a search asks sketches.
pub(super) const KEPT: Duration = Duration::from_secs(15);
/// How many sketches wait at most to be removed. The others stay for good.
const MAX_REPLACED: usize = 10_000;

/// The small sketches that this process wrote.
#[derive(Debug, Default)]
pub(crate) struct Small {
    days: BTreeMap<Day, Gathered>,
    replaced: Vec<Replaced>,
}

/// Sketches for which another one stands.
#[derive(Debug)]
pub(super) struct Replaced {
    pub(super) day: Day,
    pub(super) ids: Vec<Bson>,
    since: Instant,
}

/// Small sketches of a day that are near each other.
#[derive(Debug)]
struct Gathered {
    first: ObjectId,
    last: ObjectId,
    records: usize,
    hashes: Hashes,
    ids: Vec<Bson>,
}

/// A sketch that stands for small ones.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) sketch: Sketch,
    /// The small ones.
    pub(super) ids: Vec<Bson>,
}

impl Small {
    /// Adds sketches that are stored, each with its document. Returns those that are to be stored for them.
    pub(super) fn add(&mut self, day: Day, stored: &[(Sketch, Document)]) -> Vec<Merged> {
        let mut merged = Vec::new();
        for (sketch, document) in stored.iter().filter(|(sketch, _)| sketch.records < SMALL) {
            let Some(id) = document.get("_id") else { continue };
            let gathered = self.days.remove(&day);
            let (ended, next) = match gathered {
                Some(gathered) if gathered.takes(sketch) => (None, gathered.with(sketch, id)),
                // A late one stays alone, so that it does not widen the range.
                Some(gathered) if sketch.first < gathered.first => (None, gathered),
                other => (other, Gathered::of(sketch, id)),
            };
            merged.extend(ended.and_then(Gathered::merged));
            if next.is_full() {
                merged.extend(next.merged());
            } else {
                self.days.insert(day, next);
            }
        }
        while self.days.len() > MAX_DAYS {
            self.days.pop_first();
        }
        merged
    }

    /// Notes that a sketch is stored that stands for these.
    pub(super) fn replaced(&mut self, day: Day, ids: Vec<Bson>, now: Instant) {
        let waiting: usize = self.replaced.iter().map(|replaced| replaced.ids.len()).sum();
        if waiting + ids.len() <= MAX_REPLACED {
            self.replaced.push(Replaced { day, ids, since: now });
        }
    }

    /// Takes the sketches that are to be removed now.
    pub(super) fn removable(&mut self, now: Instant) -> Vec<Replaced> {
        let (old, kept) = mem::take(&mut self.replaced)
            .into_iter()
            .partition(|replaced| now.saturating_duration_since(replaced.since) >= KEPT);
        self.replaced = kept;
        old
    }
}

impl Gathered {
    fn of(sketch: &Sketch, id: &Bson) -> Self {
        Self {
            first: sketch.first,
            last: sketch.last,
            records: sketch.records,
            hashes: sketch.hashes.iter().copied().collect(),
            ids: vec![id.clone()],
        }
    }

    /// Whether a sketch is near these.
    fn takes(&self, sketch: &Sketch) -> bool {
        let (first, last) = (self.first.min(sketch.first), self.last.max(sketch.last));
        time_of(first).zip(time_of(last)).is_some_and(|(first, last)| first.distance(last) < FAR)
    }

    fn with(mut self, sketch: &Sketch, id: &Bson) -> Self {
        self.first = self.first.min(sketch.first);
        self.last = self.last.max(sketch.last);
        self.records += sketch.records;
        self.hashes.extend(&sketch.hashes);
        self.ids.push(id.clone());
        self
    }

    fn is_full(&self) -> bool {
        self.records >= MAX_RECORDS || self.hashes.len() >= MAX_WORDS
    }

    /// Returns the sketch that stands for these. `None` where there is but one.
    fn merged(self) -> Option<Merged> {
        let Self { first, last, records, hashes, ids } = self;
        let sketch = Sketch { first, last, records, hashes: hashes.into_iter().collect() };
        (ids.len() > 1).then_some(Merged { sketch, ids })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use mongodb::bson::oid::ObjectId;
    use record::{Day, EventTime, first_id};

    use super::{KEPT, Sketch, Small};

    fn id(second: i64) -> ObjectId {
        first_id(EventTime::from_micros((1_795_163_739 + second) * 1_000_000).unwrap())
    }

    fn sketch(second: i64, records: usize, words: std::ops::Range<u64>) -> Sketch {
        Sketch { first: id(second), last: id(second + 1), records, hashes: words.collect() }
    }

    /// Adds sketches one by one. Returns how many records those have that stand for others, and for how many.
    fn merged(sketches: impl IntoIterator<Item = Sketch>) -> Vec<(usize, usize)> {
        let (mut small, day) = (Small::default(), Day::of(EventTime::from_micros(0).unwrap()));
        let add = |sketch: Sketch| {
            let document = sketch.document();
            small.add(day, &[(sketch, document)])
        };
        sketches.into_iter().flat_map(add).map(|merged| (merged.sketch.records, merged.ids.len())).collect()
    }

    #[test]
    fn small_sketches_become_one() {
        assert_eq!(merged((0..600).map(|at| sketch(at, 3, 0..9))), [(1_026, 342)]);
        // Large ones stay as they are.
        assert_eq!(merged((0..9).map(|at| sketch(at, 256, 0..9))), []);
        // Ten minutes are enough for one.
        assert_eq!(merged((0..700).map(|at| sketch(at, 1, 0..9))), [(599, 599)]);
        assert_eq!(merged((0..9).map(|at| sketch(at * 700, 1, 0..9))), []);
        // Late ones do not widen the range.
        let late = (0..1_200).map(|at| if at % 2 == 0 { sketch(at / 2, 2, 0..9) } else { sketch(-5_000, 1, 0..9) });
        assert_eq!(merged(late), [(1_024, 512)]);
        // Each has words of its own.
        assert_eq!(merged((0..20).map(|at| sketch(0, 1, 0..1_000 * (at + 1)))), [(17, 17)]);
    }

    #[test]
    fn a_merged_sketch_has_all_words_and_all_of_the_time() {
        let (mut small, day) = (Small::default(), Day::of(EventTime::from_micros(0).unwrap()));
        let add = |sketch: Sketch| {
            let document = sketch.document();
            (sketch, document)
        };
        let stored = [sketch(5, 200, 0..5), sketch(3, 200, 3..7), sketch(9, 200, 100..101)].map(add);
        assert!(small.add(day, &stored).is_empty());
        let merged = small.add(day, &[sketch(7, 255, 0..1), sketch(8, 255, 0..1)].map(add));
        let [merged] = merged.as_slice() else { panic!("one") };
        assert_eq!((merged.sketch.first, merged.sketch.last), (id(3), id(10)));
        let mut hashes = merged.sketch.hashes.clone();
        hashes.sort_unstable();
        assert_eq!(hashes, [0, 1, 2, 3, 4, 5, 6, 100]);
    }

    #[test]
    fn small_sketches_are_removed_when_no_search_needs_them() {
        let (mut small, now) = (Small::default(), Instant::now());
        let day = Day::of(EventTime::from_micros(0).unwrap());
        small.replaced(day, vec![1.into()], now);
        assert!(small.removable(now).is_empty());
        small.replaced(day, vec![2.into()], now + KEPT);
        let removed = small.removable(now + KEPT);
        assert_eq!(removed.iter().map(|replaced| replaced.ids.len()).collect::<Vec<_>>(), [1]);
        assert_eq!(small.removable(now + KEPT + KEPT).len(), 1);
        assert!(small.removable(now + KEPT + KEPT).is_empty());
    }
}
