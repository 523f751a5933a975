//! A data stream: shards with ordered records.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use md5::{Digest as _, Md5};

use super::clock::Clock;

/// The account and region of the stream.
const ARN_PREFIX: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/";
/// The prefix of every sequence number. AWS's also begin with `49`.
const SEQUENCE_PREFIX: &str = "4954698668313554428650745793632162";
/// The limit of shards, since a sequence number has two digits for the shard.
const MAX_SHARDS: usize = 100;

/// A sequence number: 56 decimal digits, strictly increasing within a shard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SequenceNumber(String);

impl SequenceNumber {
    /// Builds a number with the order first and the shard last, as AWS's. All have the same length, so they sort as
    /// text.
    fn new(position: usize, shard: usize) -> Self {
        Self(format!("{SEQUENCE_PREFIX}{position:020}{shard:02}"))
    }

    /// Returns the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A record on a shard.
#[derive(Debug)]
pub struct Record {
    /// Its sequence number.
    pub sequence_number: SequenceNumber,
    /// Its partition key. It decides the shard, and which records stay in order when a shard is read in parallel.
    pub partition_key: String,
    /// The payload.
    pub data: Vec<u8>,
    /// Its `approximateArrivalTimestamp`.
    pub arrived_ms: i64,
}

/// A stream.
#[derive(Debug)]
pub struct Stream {
    name: String,
    shards: Vec<Mutex<Vec<Arc<Record>>>>,
    clock: Clock,
}

impl Stream {
    /// Creates a stream with this number of shards and evenly divided hash keys.
    #[must_use]
    pub fn new(name: &str, shards: usize) -> Self {
        assert!((1..=MAX_SHARDS).contains(&shards), "1 to {MAX_SHARDS} shards");
        Self { name: name.to_owned(), shards: (0..shards).map(|_| Mutex::default()).collect(), clock: Clock::default() }
    }

    /// Returns the clock that decides when records arrive and how old they are.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the stream's ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("{ARN_PREFIX}{}", self.name)
    }

    /// Returns the number of shards.
    #[must_use]
    pub fn shard_count(&self) -> usize {
        self.shards.len()
    }

    /// Puts a record on the shard of its partition key.
    pub fn put(&self, partition_key: &str, data: impl Into<Vec<u8>>) -> SequenceNumber {
        self.put_on(shard_of(partition_key, self.shards.len()), partition_key, data)
    }

    /// Puts a record on a given shard, as an explicit hash key does.
    pub fn put_on(&self, shard: usize, partition_key: &str, data: impl Into<Vec<u8>>) -> SequenceNumber {
        let mut records = self.shard(shard);
        let sequence_number = SequenceNumber::new(records.len(), shard);
        records.push(Arc::new(Record {
            sequence_number: sequence_number.clone(),
            partition_key: partition_key.to_owned(),
            data: data.into(),
            arrived_ms: self.clock.now_ms(),
        }));
        sequence_number
    }

    /// Returns the records of a shard, oldest first.
    #[must_use]
    pub fn records(&self, shard: usize) -> Vec<Arc<Record>> {
        self.shard(shard).clone()
    }

    fn shard(&self, shard: usize) -> MutexGuard<'_, Vec<Arc<Record>>> {
        self.shards[shard].lock().expect("no writer panics")
    }
}

/// Returns the id of a shard.
pub(super) fn shard_id(shard: usize) -> String {
    format!("shardId-{shard:012}")
}

/// Returns the shard of a partition key: the key's MD5 in evenly divided ranges.
pub(super) fn shard_of(partition_key: &str, shards: usize) -> usize {
    let hash_key = u128::from_be_bytes(Md5::digest(partition_key.as_bytes()).into());
    let shards = shards as u128;
    let range = u128::MAX / shards;
    usize::try_from((hash_key / range).min(shards - 1)).expect("less than the number of shards")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_key_decides_the_shard() {
        // The MD5 of "localhost" begins with 42, of "a" with 0c, of "b" with 92, of "d" with 82, of "g" with b2.
        for (key, shards, shard) in [
            ("localhost", 1, 0),
            ("localhost", 2, 0),
            ("localhost", 4, 1),
            ("a", 4, 0),
            ("b", 2, 1),
            ("b", 4, 2),
            ("d", 2, 1),
            ("g", 16, 11),
        ] {
            assert_eq!(shard_of(key, shards), shard, "{key} of {shards}");
        }
    }

    #[test]
    fn sequence_numbers_have_56_digits_and_grow() {
        let stream = Stream::new("s", 12);
        let numbers: Vec<_> = (0..11).map(|_| stream.put_on(11, "k", "x")).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b));
        for number in numbers {
            assert_eq!(number.as_str().len(), 56);
            assert!(number.as_str().bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}
