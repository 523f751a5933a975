//! What the threads share.

use std::time::Instant;

use jiff::Timestamp;

use crate::buffer::{Buffer, BufferSettings, Counts};
use crate::chain::chain;
use crate::limits::{COMPLAINT_INTERVAL, SPOOL_PAUSE};
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
    /// Records that wait and survive the end of the process.
    pub spooled: u64,
    /// Records that were dropped, of which neither the stream nor a file tells yet.
    pub untold: u64,
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
    /// The last failure of the spool, and when it was told.
    pub(super) spool_error: Option<String>,
    spool_complained: Option<Instant>,
    /// No line goes to the spool before this time: it has just failed.
    spool_pause: Option<Instant>,
    /// Where failures are told.
    complain: fn(&str),
}

impl State {
    pub(super) fn new(settings: BufferSettings, spool: Option<Spool>, complain: fn(&str)) -> Self {
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
            spool_error: None,
            spool_complained: None,
            spool_pause: None,
            complain,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.packs && self.puts
    }

    /// Returns whether everything up to an id is settled, and all that dead processes have left.
    pub(super) fn is_settled(&self, target: u64) -> bool {
        self.adopted_until.is_some_and(|adopted| self.buffer.is_settled(target.max(adopted)))
    }

    /// Appends a line to its file. `tells` says that it tells what was dropped.
    pub(super) fn append_to_spool(&mut self, id: u64, line: &[u8], tells: bool, now: Instant) {
        let Some(spool) = &mut self.spool else { return };
        if self.spool_pause.is_some_and(|until| until > now) && !tells {
            return;
        }
        // There is always room to tell what was dropped.
        if !self.buffer.has_spool_room(line.len()) && !tells {
            self.spool_pause = Some(now + SPOOL_PAUSE);
            let message = format!("the spool {} is full", spool.folder().display());
            return self.note_spool(message, now);
        }
        match spool.append(id, line) {
            Ok(()) => self.buffer.filed(id, line.len(), tells),
            Err(error) => {
                self.spool_pause = Some(now + SPOOL_PAUSE);
                self.note(&error);
            }
        }
    }

    pub(super) fn note(&mut self, error: &SpoolError) {
        self.note_spool(chain(error), Instant::now());
    }

    /// Notes a failure of the spool, and tells it: what is not in the spool does not survive.
    fn note_spool(&mut self, message: String, now: Instant) {
        if self.spool_complained.is_none_or(|last| now.duration_since(last) >= COMPLAINT_INTERVAL) {
            self.spool_complained = Some(now);
            (self.complain)(&format!("{message}; log records wait only in memory"));
        }
        self.spool_error = Some(message.clone());
        self.last_error = Some(LastError { message, time: Timestamp::now() });
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
            spooled: self.buffer.spooled(),
            untold: self.buffer.untold().records,
            bytes: self.buffer.bytes() as u64,
            spool_bytes: self.buffer.spool_bytes(),
            requests: self.requests,
            failed_requests: self.failed_requests,
            crashes: self.crashes,
        }
    }
}
