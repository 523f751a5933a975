//! What a sender needs from outside: a transport and a clock.

use std::time::Instant;

use jiff::Timestamp;

use crate::judge::Answer;

/// One entry of a request.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The bytes of a Kinesis record.
    pub data: &'a [u8],
    /// The partition key.
    pub key: &'a str,
}

/// What puts entries on a stream.
pub trait Transport: Send + Sync {
    /// Puts entries. Blocks for a bounded time.
    fn put(&self, entries: &[Entry<'_>]) -> Answer;

    /// Gives up what is not needed as long as nothing is put, such as connections.
    fn rest(&self) {}
}

/// What tells the time.
pub trait Clock: Send + Sync {
    /// Returns a time that only moves on.
    fn now(&self) -> Instant;
    /// Returns the time of day.
    fn timestamp(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::now()
    }
}
