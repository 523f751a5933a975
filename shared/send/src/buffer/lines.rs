//! Lines, until they are compressed.

use std::time::Instant;

use super::Buffer;
use super::chunk::Chunk;
use super::dropped::{Dropped, Reason};
use crate::limits::CHUNK_BYTES;

/// Lines that are not compressed yet.
#[derive(Debug)]
pub struct Lines {
    /// Numbered in the order of sending. The chunk keeps it.
    pub id: u64,
    /// Each ends with a line feed.
    pub text: Vec<u8>,
    pub(crate) records: u32,
    pub(crate) since: Instant,
    /// What was dropped and is told in these lines.
    pub(crate) told: Option<Dropped>,
}

/// Lines that are being compressed.
#[derive(Debug)]
pub(super) struct Packing {
    pub(super) id: u64,
    pub(super) bytes: usize,
    pub(super) records: u32,
    pub(super) told: Option<Dropped>,
}

/// The outcome of a line.
#[derive(Debug, Eq, PartialEq)]
pub enum Push {
    /// It is kept. `wake` says that the packer has something new to do.
    Kept {
        /// The lines that it is in.
        id: u64,
        /// Whether the packer must be woken.
        wake: bool,
    },
    /// There is no room.
    Full,
}

impl Buffer {
    /// Adds a line, which ends with a line feed.
    pub fn push(&mut self, line: &[u8], now: Instant) -> Push {
        if !self.has_room(line.len()) {
            return Push::Full;
        }
        self.counts.taken += 1;
        self.append(line, now)
    }

    /// Returns whether a line of this size has room.
    #[must_use]
    pub fn has_room(&self, bytes: usize) -> bool {
        // With a spool, the packer moves to disk what is over the limit. It needs some time.
        let factor = if self.spool_bytes() < self.settings.max_spool_bytes { 2 } else { 1 };
        self.bytes + bytes <= self.settings.max_bytes * factor
    }

    pub(super) fn append(&mut self, line: &[u8], now: Instant) -> Push {
        let is_over = self.open.as_ref().is_some_and(|open| open.text.len() + line.len() > CHUNK_BYTES);
        if is_over {
            self.seal();
        }
        let is_new = self.open.is_none();
        if is_new {
            let text = self.spare.take().unwrap_or_default();
            self.open = Some(Lines { id: self.take_id(), text, records: 0, since: now, told: None });
        }
        let Some(open) = &mut self.open else { return Push::Full };
        open.text.extend_from_slice(line);
        open.records += 1;
        self.bytes += line.len();
        Push::Kept { id: open.id, wake: is_new || is_over }
    }

    /// Ends the open lines. Returns the last id that was given.
    pub fn seal(&mut self) -> u64 {
        self.sealed.extend(self.open.take());
        self.next_id
    }

    /// Seals lines that have waited long enough. Returns when the open lines are due, if there are any.
    pub fn seal_due(&mut self, now: Instant) -> Option<Instant> {
        let due = self.open.as_ref()?.since + self.settings.linger;
        if due <= now {
            self.seal();
            return None;
        }
        Some(due)
    }

    /// Returns the last id that was given.
    #[must_use]
    pub fn last_id(&self) -> u64 {
        self.next_id
    }

    /// Returns whether there are lines to compress.
    #[must_use]
    pub fn has_sealed(&self) -> bool {
        !self.sealed.is_empty()
    }

    /// Returns whether there are open lines.
    #[must_use]
    pub fn has_open(&self) -> bool {
        self.open.is_some()
    }

    /// Returns lines to compress. [`Buffer::packed`] or [`Buffer::lost`] must follow.
    pub fn take_lines(&mut self) -> Option<Lines> {
        let lines = self.sealed.pop_front()?;
        let told = lines.told.clone();
        self.packing = Some(Packing { id: lines.id, bytes: lines.text.len(), records: lines.records, told });
        Some(lines)
    }

    /// Takes back what was compressed.
    pub fn packed(&mut self, lines: Lines, data: Vec<u8>, key: String) {
        self.end_packing();
        let chunk = Chunk::new(lines.id, lines.records, data, key, lines.told);
        self.bytes += chunk.memory_bytes();
        let mut text = lines.text;
        // A single large line leaves no large memory behind.
        if self.spare.is_none() && text.capacity() <= 2 * CHUNK_BYTES {
            text.clear();
            self.spare = Some(text);
        }
        self.insert(chunk);
    }

    /// Counts lines as dropped whose compression failed.
    pub fn lost(&mut self, reason: Reason, now: jiff::Timestamp) {
        if let Some(packing) = self.end_packing() {
            self.files.remove(packing.id);
            self.count_lost(packing.records, packing.told.as_ref(), reason, now);
        }
    }

    fn end_packing(&mut self) -> Option<Packing> {
        let packing = self.packing.take()?;
        self.bytes -= packing.bytes;
        Some(packing)
    }
}
