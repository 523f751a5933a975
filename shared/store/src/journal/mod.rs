//! The journal of filing: which records were stored, in the order in which they were, whatever their events' times.
//!
//! It is a capped collection, `filed`, whose natural order is the order of filing: a live tail reads it forward from
//! where it was. It holds ids and no records, and only the latest. Beside it `shards` says of every shard until when it
//! is filed, however long ago that was.

mod read;
mod write;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

pub use self::read::JournalEntry;
pub use self::write::FiledRecords;
use crate::shards::ShardPosition;

/// What a process knows of the journal.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// It exists, so that a batch does not ask.
    pub(crate) exists: AtomicBool,
    /// This process has written to it.
    written: AtomicBool,
    /// The position in a shard that this process wrote last.
    pub(crate) written_position: Mutex<Option<ShardPosition>>,
    /// MongoDB refused it when it was last tried, which has been said.
    refused: AtomicBool,
}

impl Journal {
    /// Remembers that it exists.
    pub(crate) fn found(&self) {
        self.exists.store(true, Ordering::Relaxed);
    }
}
