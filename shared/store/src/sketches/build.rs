//! Makes the sketches of records. Pure.

use std::ops::Range;
use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, doc};
use record::words::Words;
use record::{LogRecord, time_of};

use super::bits::SizeClass;
use super::{BITS, CLASS, RECORDS};
use crate::IdRange;

/// The most records of a sketch. A search reads all of them if one may match.
pub(super) const MAX_RECORDS: usize = 1_024;
/// The most words of a sketch, so that a filter of the largest size has room for them. A single record may have more.
pub(super) const MAX_WORDS: usize = 16_384;
/// How many bytes of an id are its time. A record that is stored under another id than its own has the same.
const TIME_BYTES: usize = 7;
/// Records this far apart never have one sketch.
pub(super) const FAR: Duration = Duration::from_mins(10);
/// Records this far apart have one sketch only if there are few: each sketch takes about a hundred bytes of its own.
const NEAR: Duration = Duration::from_secs(10);
/// A gap splits records only if it is so many times as long as the usual one.
const UNUSUAL: u32 = 16;
/// How many records pay for a sketch more.
const RECORDS_PER_SPLIT: usize = 64;

/// A sketch in the making.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    /// The first and the last record.
    pub(super) first: ObjectId,
    pub(super) last: ObjectId,
    /// The number of records.
    pub(super) records: usize,
    /// The hashes of their words, each once.
    pub(super) hashes: Vec<u64>,
}

impl Sketch {
    /// Returns the sketch as it is stored.
    pub(super) fn document(&self) -> Document {
        let class = SizeClass::of(self.hashes.len());
        let bytes = class.filter(self.hashes.iter().copied());
        // The hash tells sketches of the same time apart.
        let mut id = [&self.first.bytes()[..TIME_BYTES], &self.last.bytes()[..TIME_BYTES]].concat();
        id.extend_from_slice(&record::words::hash(&bytes).to_be_bytes());
        let binary = |bytes| Binary { subtype: BinarySubtype::Generic, bytes };
        let records = i32::try_from(self.records).unwrap_or(i32::MAX);
        doc! { "_id": binary(id), RECORDS: records, CLASS: class.number(), BITS: binary(bytes) }
    }
}

/// Returns the sketches of records. The same records have the same sketches.
pub(super) fn sketches(records: &[LogRecord]) -> Vec<Sketch> {
    let mut sorted: Vec<&LogRecord> = records.iter().collect();
    sorted.sort_unstable_by_key(|record| record.id());
    let (mut words, mut sketches) = (Words::of_records(records.len().min(MAX_RECORDS)), Vec::new());
    for span in spans(&sorted.iter().map(|record| record.id()).collect::<Vec<_>>()) {
        let mut first = span.start;
        for at in span.clone() {
            if at == first {
                words.clear();
            }
            words.add(sorted[at]);
            let is_full = at + 1 - first == MAX_RECORDS || words.len() >= MAX_WORDS;
            if is_full || at + 1 == span.end {
                sketches.push(Sketch {
                    first: sorted[first].id(),
                    last: sorted[at].id(),
                    records: at + 1 - first,
                    hashes: words.hashes().collect(),
                });
                first = at + 1;
            }
        }
    }
    sketches
}

/// Splits sorted ids where they are far apart in time, so that a late record does not widen the range of the others.
fn spans(ids: &[ObjectId]) -> Vec<Range<usize>> {
    let gap = |pair: &[ObjectId]| time_of(pair[0]).zip(time_of(pair[1])).map_or(FAR, |(a, b)| a.distance(b));
    let span = ids.first().zip(ids.last()).map_or(Duration::ZERO, |(first, last)| gap(&[*first, *last]));
    // Within a short time, as usual, no gap is long.
    let apart = if span < NEAR { &[][..] } else { ids };
    let mut gaps: Vec<(Duration, usize)> = apart.windows(2).zip(1..).map(|(pair, at)| (gap(pair), at)).collect();
    let usual = span / u32::try_from(ids.len().max(1)).unwrap_or(u32::MAX);
    gaps.retain(|(gap, _)| *gap >= NEAR.max(usual * UNUSUAL).min(FAR));
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    let splits = gaps.iter().enumerate().filter(|(rank, (gap, _))| *gap >= FAR || rank * RECORDS_PER_SPLIT < ids.len());
    let mut ends: Vec<usize> = splits.map(|(_, (_, at))| *at).chain([ids.len()]).collect();
    ends.sort_unstable();
    let mut start = 0;
    ends.into_iter().map(|end| std::mem::replace(&mut start, end)..end).filter(|range| !range.is_empty()).collect()
}

/// Returns the range of ids that a sketch is about.
pub(crate) fn range_of(id: &[u8]) -> Option<IdRange> {
    let time = |at: usize, fill: u8| {
        let mut bytes = [fill; 12];
        bytes[..TIME_BYTES].copy_from_slice(id.get(at..at + TIME_BYTES)?);
        Some(ObjectId::from_bytes(bytes))
    };
    Some(IdRange::spanning(&[time(0, 0)?, time(TIME_BYTES, u8::MAX)?]))
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;
    use mongodb::bson::oid::ObjectId;
    use record::{EventTime, LogRecord, first_id};

    use super::{Sketch, range_of, sketches, spans};

    fn id(second: u32, hash: u8) -> ObjectId {
        let mut bytes = first_id(EventTime::from_micros(i64::from(second) * 1_000_000).unwrap()).bytes();
        bytes[11] = hash;
        ObjectId::from_bytes(bytes)
    }

    fn record(second: u32, message: &str) -> LogRecord {
        let document = doc! { "_id": id(second, 7), "message": message };
        LogRecord::from_stored((&document).try_into().unwrap()).unwrap()
    }

    #[test]
    fn late_records_have_sketches_of_their_own() {
        fn check(seconds: &[u32], expect: &[usize]) {
            let ids: Vec<ObjectId> = seconds.iter().map(|second| id(*second, 0)).collect();
            assert_eq!(spans(&ids).iter().map(ExactSizeIterator::len).collect::<Vec<_>>(), expect, "{seconds:?}");
        }
        check(&[], &[]);
        check(&[1], &[1]);
        check(&[1, 2, 3], &[3]);
        check(&[1, 20, 50, 51], &[4]);
        check(&[1, 20, 50, 700, 2_000], &[3, 1, 1]);
        // Records that come every twenty seconds are not far apart.
        check(&(0..300).map(|at| at * 20).collect::<Vec<_>>(), &[300]);
        let many: Vec<u32> = [1, 20, 50].into_iter().chain(60..190).collect();
        check(&many, &[2, 131]);
    }

    #[test]
    fn a_sketch_is_about_the_time_of_its_records() {
        let made = sketches(&[record(9, "b"), record(5, "a")]);
        assert_eq!(made.len(), 1);
        let document = made[0].document();
        let range = range_of(document.get_binary_generic("_id").unwrap()).unwrap();
        let is_in = |id: ObjectId| range.first.unwrap() <= id && id < range.end.unwrap();
        assert!([id(5, 0), id(5, 255), id(9, 0), id(9, 255)].into_iter().all(is_in));
        assert!(!is_in(id(4, 255)) && !is_in(id(10, 0)));
        assert_eq!(document.get_i32("n").unwrap(), 2);
    }

    #[test]
    fn many_records_have_many_sketches_and_the_same_again() {
        let records: Vec<LogRecord> = (0..2_500).map(|at| record(at / 100, &format!("order {at}"))).collect();
        let made = sketches(&records);
        assert_eq!(made.iter().map(|sketch| sketch.records).collect::<Vec<_>>(), [1_024, 1_024, 452]);
        let reversed: Vec<LogRecord> = records.into_iter().rev().collect();
        let total = |made: &[Sketch]| made.iter().map(|sketch| sketch.records).sum::<usize>();
        assert_eq!((total(&sketches(&reversed)), sketches(&reversed).len()), (total(&made), 3));
    }
}
