//! The buffer's settings.

use std::time::Duration;

use crate::limits::MAX_REQUEST_BYTES;

/// What happens to a line that finds the buffer full.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum WhenFull {
    /// The line is dropped.
    #[default]
    DropNewest,
    /// The oldest chunk is dropped.
    DropOldest,
    /// The caller waits a bounded time. Then the line is dropped.
    Block,
}

/// The buffer's settings.
#[derive(Clone, Copy, Debug)]
pub struct BufferSettings {
    /// The most bytes in memory.
    pub max_bytes: usize,
    /// The most bytes on disk, if there is a spool.
    pub max_spool_bytes: u64,
    /// The longest time that a line waits for others.
    pub linger: Duration,
    /// What happens to a line that finds the buffer full.
    pub when_full: WhenFull,
    /// The most bytes of one request.
    pub request_bytes: usize,
}

impl Default for BufferSettings {
    fn default() -> Self {
        Self {
            max_bytes: 16 * 1024 * 1024,
            max_spool_bytes: 0,
            linger: Duration::from_secs(1),
            when_full: WhenFull::DropNewest,
            request_bytes: MAX_REQUEST_BYTES,
        }
    }
}
