//! The journal: the ids of stored records, in the order in which they were stored.
//!
//! It is a capped collection, whose natural order is the order of writing. A live tail reads it forward. It holds only the
//! latest entries, and no records.

mod read;
mod write;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

pub use self::read::JournalEntry;
pub use self::write::FiledRecords;
pub(crate) use self::write::JOURNAL_BYTES;
use crate::shards::ShardPosition;

/// What this process knows of the journal.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// The collection exists, so no batch needs to ask.
    exists: AtomicBool,
    /// This process has written to the journal.
    is_in_use: AtomicBool,
    /// The position in a shard that this process wrote last.
    pub(crate) written_position: Mutex<Option<ShardPosition>>,
    /// MongoDB refused the last write, and the failure was reported.
    is_refused: AtomicBool,
}

impl Journal {
    /// Remembers that the collection exists.
    pub(crate) fn found(&self) {
        self.exists.store(true, Ordering::Relaxed);
    }
}
