//! Collects the words of records.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::each_hash;
use super::number::write_number;
use super::walk::{Walked, each_value};
use crate::LogRecord;

/// Numbers of different types may have the same bytes.
const INTEGER_SEED: u64 = 1;
const FLOAT_SEED: u64 = 2;
const DECIMAL_SEED: u64 = 3;

/// How many values, and how many words, are known again.
const REMEMBERED: usize = 1 << REMEMBERED_BITS;
const REMEMBERED_BITS: u32 = 12;
/// About how many words a record adds to those of the others.
const WORDS_OF_RECORD: usize = 4;

/// A set of hashes of words. They are not hashed once more.
pub type Hashes = HashSet<u64, BuildHasherDefault<AsItIs>>;

/// Hashes of the words of some records, each once.
///
/// Most values of a record are also in others: its service, its logger, its host. So a value that was there before costs one
/// hash.
#[derive(Debug)]
pub struct Words {
    values: Remembered,
    /// Words are looked up here first, since most of them are common.
    common: Remembered,
    hashes: Hashes,
    /// Room for a text, and for a number as text.
    room: Vec<u8>,
    number: String,
}

/// Some of the hashes that were there. One that comes to the place of another replaces it.
#[derive(Debug)]
struct Remembered(Vec<u64>);

impl Remembered {
    fn new() -> Self {
        Self(vec![0; REMEMBERED])
    }

    /// Adds a hash. Returns whether it is known.
    fn knows(&mut self, hash: u64) -> bool {
        let place = usize::try_from(hash >> (u64::BITS - REMEMBERED_BITS)).ok().and_then(|at| self.0.get_mut(at));
        place.is_some_and(|place| mem::replace(place, hash) == hash)
    }

    fn clear(&mut self) {
        self.0.fill(0);
    }
}

impl Words {
    /// Returns no words, with room for those of so many records.
    #[must_use]
    pub fn of_records(count: usize) -> Self {
        let hashes = HashSet::with_capacity_and_hasher(count * WORDS_OF_RECORD, BuildHasherDefault::default());
        let (values, common) = (Remembered::new(), Remembered::new());
        Self { values, common, hashes, room: Vec::new(), number: String::new() }
    }

    /// Adds the words of a record.
    pub fn add(&mut self, record: &LogRecord) {
        // A record's bytes are BSON, so the walk does not end early.
        let _ = each_value(record.document().as_bytes(), &mut |value| self.add_value(value));
    }

    /// Returns how many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there are no words.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Returns the hashes of the words, in no order.
    pub fn hashes(&self) -> impl Iterator<Item = u64> {
        self.hashes.iter().copied()
    }

    /// Forgets all words.
    pub fn clear(&mut self) {
        if !self.is_empty() {
            self.values.clear();
            self.common.clear();
            self.hashes.clear();
        }
    }

    fn add_value(&mut self, value: Walked<'_>) {
        match value {
            Walked::Text(text) => {
                if !self.values.knows(xxh3_64(text)) {
                    self.add_words(text);
                }
            }
            Walked::Integer(number) => self.add_number(INTEGER_SEED, &number.to_le_bytes(), value),
            Walked::Float(number) => self.add_number(FLOAT_SEED, &number.to_le_bytes(), value),
            Walked::Decimal(bytes) => self.add_number(DECIMAL_SEED, &bytes, value),
        }
    }

    fn add_number(&mut self, seed: u64, bytes: &[u8], number: Walked<'_>) {
        if !self.values.knows(xxh3_64_with_seed(bytes, seed)) {
            let mut text = mem::take(&mut self.number);
            text.clear();
            write_number(number, &mut text);
            self.add_words(text.as_bytes());
            self.number = text;
        }
    }

    fn add_words(&mut self, text: &[u8]) {
        each_hash(text, &mut self.room, |hash| {
            if !self.common.knows(hash) {
                self.hashes.insert(hash);
            }
        });
    }
}

/// A hasher for hashes.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use bson::{Bson, doc, oid::ObjectId};

    use super::Words;
    use crate::LogRecord;
    use crate::words::text_hashes;

    fn words_of(documents: &[bson::Document]) -> Words {
        let mut words = Words::of_records(documents.len());
        for document in documents {
            let mut whole = doc! { "_id": ObjectId::from_bytes([1; 12]) };
            whole.extend(document.clone());
            words.add(&LogRecord::from_stored((&whole).try_into().unwrap()).unwrap());
        }
        words
    }

    #[test]
    fn every_text_and_number_at_any_depth_has_words() {
        let deep = (0..80).fold(Bson::from("deep"), |inner, level| {
            if level % 2 == 0 { Bson::Array(vec![inner]) } else { Bson::Document(doc! { "in": inner }) }
        });
        let words = words_of(&[
            doc! { "message": "order A-17 paid", "n": 5, "f": 5.25, "l": [7_i64, { "k": "inner" }], "o": { "time": "kept" } },
            doc! { "deep": deep, "message": "order A-17 paid" },
        ]);
        let expect = text_hashes("order A 17 paid 5 25 7 inner kept deep");
        assert_eq!(words.len(), expect.len());
        let hashes: Vec<u64> = words.hashes().collect();
        assert!(expect.iter().all(|hash| hashes.contains(hash)));
    }

    #[test]
    fn places_times_and_process_numbers_have_none() {
        let time = bson::DateTime::from_millis(0);
        let words = words_of(&[
            doc! { "time": time, "created": 1.5, "msecs": 1, "relativeCreated": "x", "thread": 1, "source": { "shard": "s" } },
            doc! { "ok": true, "when": time, "none": Bson::Null },
        ]);
        assert!(words.is_empty());
    }

    #[test]
    fn numbers_of_different_types_are_told_apart() {
        let words = words_of(&[doc! { "a": 1 }, doc! { "a": f64::from_bits(1) }, doc! { "a": 2_i64 }]);
        assert!(text_hashes("1 2").iter().all(|hash| words.hashes().any(|own| own == *hash)));
    }
}
