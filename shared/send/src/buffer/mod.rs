//! What waits to be sent. Pure: it is told the time, and starts nothing.
//!
//! A line goes into the open lines. Full or old lines are sealed, then compressed into a chunk. A chunk is one Kinesis
//! record. It leaves when Kinesis has it.

mod batch;
mod chunk;
mod dropped;
mod files;
mod lines;
mod settings;
mod settle;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::mem;
use std::time::Instant;

pub use self::batch::Next;
pub use self::chunk::{Chunk, Data};
pub use self::dropped::{Dropped, Reason};
use self::files::Files;
use self::lines::Packing;
pub use self::lines::{Lines, Push};
pub use self::settings::{BufferSettings, WhenFull};
pub use self::settle::Fate;

/// Counts since the beginning.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Records that were taken into the buffer.
    pub taken: u64,
    /// Records that Kinesis has.
    pub sent: u64,
    /// Records that were dropped.
    pub dropped: u64,
    /// Bytes that Kinesis has: compressed, without keys.
    pub sent_bytes: u64,
    /// Kinesis records that Kinesis has.
    pub sent_chunks: u64,
    /// Chunks that Kinesis refused because a shard had too much, counted each time.
    pub throttled: u64,
}

/// What waits to be sent.
#[derive(Debug)]
pub struct Buffer {
    settings: BufferSettings,
    open: Option<Lines>,
    sealed: VecDeque<Lines>,
    /// The lines that are being compressed.
    packing: Option<Packing>,
    /// In the order of their ids.
    chunks: VecDeque<Chunk>,
    /// The memory of lines that were compressed.
    spare: Option<Vec<u8>>,
    bytes: usize,
    spool_bytes: u64,
    /// What the files of lines hold, by the ids of the lines.
    files: Files,
    next_id: u64,
    dropped: Dropped,
    counts: Counts,
    /// Failures of whole requests, in a row.
    failures: u32,
    /// No request before this time.
    not_before: Option<Instant>,
}

impl Buffer {
    /// Returns an empty buffer.
    #[must_use]
    pub fn new(settings: BufferSettings) -> Self {
        Self {
            settings,
            open: None,
            sealed: VecDeque::new(),
            packing: None,
            chunks: VecDeque::new(),
            spare: None,
            bytes: 0,
            spool_bytes: 0,
            files: Files::default(),
            next_id: 0,
            dropped: Dropped::default(),
            counts: Counts::default(),
            failures: 0,
            not_before: None,
        }
    }

    fn take_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Adds a chunk that was left by another process.
    pub fn adopt(&mut self, file: std::path::PathBuf, bytes: u64, records: u32, key: String) {
        let id = self.take_id();
        self.spool_bytes += bytes;
        self.counts.taken += u64::from(records);
        let chunk = Chunk::on_disk(id, records, file, bytes, key);
        self.bytes += chunk.memory_bytes();
        self.insert(chunk);
    }

    fn insert(&mut self, chunk: Chunk) {
        let place = self.chunks.partition_point(|other| other.id < chunk.id);
        self.chunks.insert(place, chunk);
    }

    /// Returns the oldest chunk to move to disk, if memory is over its limit and the disk is not.
    #[must_use]
    pub fn to_spool(&self) -> Option<Chunk> {
        if self.bytes <= self.settings.max_bytes {
            return None;
        }
        // The newest are sent last.
        let mut newest = self.chunks.iter().rev();
        let chunk = newest.find(|chunk| !chunk.in_flight && matches!(chunk.data, Data::Memory(_)))?;
        // The file of its lines goes when the chunk is there.
        let others = self.spool_bytes().saturating_sub(self.files.bytes_of(chunk.id));
        (others + chunk.data.len() as u64 <= self.settings.max_spool_bytes).then(|| chunk.clone())
    }

    /// Notes that a chunk is on disk.
    pub fn moved(&mut self, id: u64, file: std::path::PathBuf) {
        let Some(chunk) = self.chunks.iter_mut().find(|chunk| chunk.id == id && !chunk.in_flight) else { return };
        self.bytes -= chunk.memory_bytes();
        let bytes = chunk.data.len() as u64;
        chunk.data = Data::Disk { file, bytes };
        self.bytes += chunk.memory_bytes();
        self.spool_bytes += bytes;
        self.files.remove(id);
    }

    /// Returns whether everything up to an id is settled.
    #[must_use]
    pub fn is_settled(&self, id: u64) -> bool {
        let oldest = [
            self.chunks.front().map(|chunk| chunk.id),
            self.packing.as_ref().map(|packing| packing.id),
            self.sealed.front().map(|lines| lines.id),
            self.open.as_ref().map(|lines| lines.id),
        ];
        oldest.into_iter().flatten().all(|oldest| oldest > id)
    }

    /// Returns whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_settled(u64::MAX)
    }

    /// Returns the bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the bytes on disk.
    #[must_use]
    pub fn spool_bytes(&self) -> u64 {
        self.spool_bytes + self.files.bytes()
    }

    /// Returns the counts.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Returns what to do when the buffer is full.
    #[must_use]
    pub fn when_full(&self) -> WhenFull {
        self.settings.when_full
    }

    /// Counts records as dropped. The next lines tell of them.
    pub fn count_dropped(&mut self, records: u64, reason: Reason, now: jiff::Timestamp) {
        self.counts.dropped += records;
        self.dropped.add(&Dropped::of(records, reason, now));
    }

    /// Returns whether something was dropped and is not told yet, and there is room to tell it.
    #[must_use]
    pub fn has_untold(&self, report_bytes: usize) -> bool {
        self.dropped.records > 0 && self.has_room(report_bytes)
    }

    /// Returns what was dropped and is not told yet, if there is room to tell it, or it is told without room.
    pub fn take_dropped(&mut self, report_bytes: usize, without_room: bool) -> Option<Dropped> {
        let may = self.has_untold(report_bytes) || (without_room && self.dropped.records > 0);
        may.then(|| mem::take(&mut self.dropped))
    }

    /// Adds the line that tells what was dropped. Returns the lines that it is in.
    pub fn tell(&mut self, line: &[u8], mut dropped: Dropped, now: Instant) -> Option<u64> {
        self.append(line, now);
        dropped.lines = 1;
        if let Some(open) = &mut self.open {
            match &mut open.told {
                Some(told) => told.add(&dropped),
                none => *none = Some(dropped),
            }
        }
        self.open.as_ref().map(|open| open.id)
    }

    /// Drops the oldest chunk that is not in flight. Returns it.
    pub fn drop_oldest(&mut self, now: jiff::Timestamp) -> Option<Chunk> {
        let place = self.chunks.iter().position(|chunk| !chunk.in_flight)?;
        let chunk = self.remove(place)?;
        self.drop_chunk(&chunk, Reason::BufferFull, now);
        Some(chunk)
    }

    /// Removes all chunks that are not in flight, and returns them.
    pub fn drain(&mut self) -> Vec<Chunk> {
        let mut drained = Vec::new();
        while let Some(place) = self.chunks.iter().position(|chunk| !chunk.in_flight) {
            drained.extend(self.remove(place));
        }
        drained
    }

    fn remove(&mut self, place: usize) -> Option<Chunk> {
        let chunk = self.chunks.remove(place)?;
        self.bytes -= chunk.memory_bytes();
        if let Data::Disk { bytes, .. } = chunk.data {
            self.spool_bytes -= bytes;
        }
        self.files.remove(chunk.id);
        Some(chunk)
    }

    fn drop_chunk(&mut self, chunk: &Chunk, reason: Reason, now: jiff::Timestamp) {
        self.count_lost(chunk.records, chunk.told.as_ref(), reason, now);
    }

    fn count_lost(&mut self, records: u32, told: Option<&Dropped>, reason: Reason, now: jiff::Timestamp) {
        // The line that told of other drops is one of the records. It was never taken.
        let lines = told.map_or(0, |told| told.lines);
        self.count_dropped(u64::from(records).saturating_sub(lines), reason, now);
        if let Some(told) = told {
            self.dropped.add(told);
        }
    }
}
