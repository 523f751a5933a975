//! A chunk: one Kinesis record.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::dropped::Dropped;
use crate::limits::CHUNK_OVERHEAD_BYTES;

/// The bytes of a chunk.
#[derive(Clone, Debug)]
pub enum Data {
    /// In memory.
    Memory(Arc<Vec<u8>>),
    /// In a file of the spool.
    Disk {
        /// The file.
        file: PathBuf,
        /// Its size.
        bytes: u64,
    },
}

impl Data {
    /// Returns the size.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Memory(data) => data.len(),
            Self::Disk { bytes, .. } => usize::try_from(*bytes).unwrap_or(usize::MAX),
        }
    }

    /// Returns whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One Kinesis record.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Numbered in the order of sending.
    pub id: u64,
    /// The number of log records in it.
    pub records: u32,
    /// Compressed lines.
    pub data: Data,
    /// The partition key.
    pub key: String,
    pub(super) told: Option<Dropped>,
    pub(super) in_flight: bool,
    pub(super) not_before: Option<Instant>,
    /// How often a shard had too much for it.
    pub(super) throttled: u32,
    /// How often Kinesis called it invalid.
    pub(super) invalid: u32,
}

impl Chunk {
    pub(super) fn new(id: u64, records: u32, data: Vec<u8>, key: String, told: Option<Dropped>) -> Self {
        Self {
            id,
            records,
            data: Data::Memory(Arc::new(data)),
            key,
            told,
            in_flight: false,
            not_before: None,
            throttled: 0,
            invalid: 0,
        }
    }

    pub(super) fn on_disk(id: u64, records: u32, file: PathBuf, bytes: u64, key: String) -> Self {
        Self { data: Data::Disk { file, bytes }, ..Self::new(id, records, Vec::new(), key, None) }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let data = if let Data::Memory(data) = &self.data { data.len() } else { 0 };
        data + CHUNK_OVERHEAD_BYTES
    }
}
