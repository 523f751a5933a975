//! What the threads share.

use std::time::Instant;

use jiff::Timestamp;

use crate::buffer::{Buffer, BufferSettings, Counts};
use crate::limits::COMPLAINT_INTERVAL;
use crate::spool::{Spool, SpoolError};

/// A failure.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LastError {
    /// What failed.
    pub message: String,
    /// When.
    pub time: Timestamp,
}

/// What was done so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stats {
    /// Counts of records and Kinesis records.
    pub counts: Counts,
    /// Records that wait.
    pub waiting: u64,
    /// Bytes in memory.
    pub bytes: u64,
    /// Bytes on disk.
    pub spool_bytes: u64,
    /// Requests.
    pub requests: u64,
    /// Requests that failed as a whole or in part.
    pub failed_requests: u64,
    /// Threads that died. They start again.
    pub crashes: u64,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct State {
    pub(super) buffer: Buffer,
    pub(super) spool: Option<Spool>,
    /// Whether files of dead processes were looked for.
    pub(super) has_adopted: bool,
    /// The last chunk that was taken over. `None` while they are taken over.
    pub(super) adopted_until: Option<u64>,
    pub(super) packs: bool,
    pub(super) puts: bool,
    pub(super) is_closing: bool,
    /// How many wait for a flush.
    pub(super) flushing: u32,
    /// How many take out what waits: nothing is put meanwhile.
    pub(super) draining: u32,
    pub(super) kill: bool,
    pub(super) last_error: Option<LastError>,
    pub(super) requests: u64,
    pub(super) failed_requests: u64,
    /// Threads that died.
    pub(super) crashes: u64,
    complained: Option<Instant>,
}

impl State {
    pub(super) fn new(settings: BufferSettings, spool: Option<Spool>) -> Self {
        Self {
            buffer: Buffer::new(settings),
            spool,
            has_adopted: false,
            adopted_until: Some(0),
            packs: false,
            puts: false,
            is_closing: false,
            flushing: 0,
            draining: 0,
            kill: false,
            last_error: None,
            requests: 0,
            failed_requests: 0,
            crashes: 0,
            complained: None,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.packs && self.puts
    }

    /// Returns whether everything up to an id is settled, and all that dead processes have left.
    pub(super) fn is_settled(&self, target: u64) -> bool {
        self.adopted_until.is_some_and(|adopted| self.buffer.is_settled(target.max(adopted)))
    }

    pub(super) fn append_to_spool(&mut self, id: u64, line: &[u8]) {
        let Some(spool) = &mut self.spool else { return };
        if let Err(error) = spool.append(id, line) {
            self.note(&error);
        }
    }

    pub(super) fn note(&mut self, error: &SpoolError) {
        let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
        self.last_error = Some(LastError { message: format!("{error}{cause}"), time: Timestamp::now() });
    }

    pub(super) fn may_complain(&mut self, now: Instant) -> bool {
        let may = self.complained.is_none_or(|last| now.duration_since(last) >= COMPLAINT_INTERVAL);
        if may {
            self.complained = Some(now);
        }
        may
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            counts: self.buffer.counts(),
            waiting: self.buffer.waiting(),
            bytes: self.buffer.bytes() as u64,
            spool_bytes: self.buffer.spool_bytes(),
            requests: self.requests,
            failed_requests: self.failed_requests,
            crashes: self.crashes,
        }
    }
}
