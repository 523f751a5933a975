//! The sender: two threads around the buffer. One compresses, one puts.
//!
//! No lock is held while anything is compressed, written to the spool's chunks, or put. The threads start with the first
//! line, and again if one has died.

mod outside;
mod run;
mod shared;
mod state;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

pub use self::outside::{Clock, Entry, SystemClock, Transport};
use self::shared::{Shared, bytes, wait};
use self::state::State;
pub use self::state::{LastError, Stats};
use crate::buffer::{BufferSettings, Push, Reason, WhenFull};
use crate::identity::Identity;
use crate::limits::MAX_FLUSH_PAUSE;
use crate::pack::{Compression, Packer};
use crate::spool::Spool;

/// The settings of a sender.
pub struct SenderSettings {
    /// The stream's name, for the spool.
    pub stream: String,
    /// The buffer's settings.
    pub buffer: BufferSettings,
    /// How lines are compressed.
    pub compression: Compression,
    /// The folder of the spool, if there is one.
    pub spool: Option<PathBuf>,
    /// What every record of this sender has, such as `,"service":"orders"`.
    pub common: String,
    /// Where failures are told, at most once a minute.
    pub complain: fn(&str),
}

/// Sends lines in the background.
pub struct Sender {
    shared: Arc<Shared>,
}

impl Sender {
    /// Returns a sender. It does nothing until the first line comes.
    #[must_use]
    pub fn new(
        settings: SenderSettings,
        transport: Box<dyn Transport>,
        clock: Box<dyn Clock>,
        identity: Arc<Identity>,
    ) -> Self {
        let spool = settings.spool.as_ref().map(|folder| Spool::new(folder, &settings.stream, identity.process()));
        let state = Mutex::new(State::new(settings.buffer, spool, settings.complain));
        let [to_pack, to_put, settled] = [(); 3].map(|()| Condvar::new());
        Self { shared: Arc::new(Shared { settings, transport, clock, identity, state, to_pack, to_put, settled }) }
    }

    /// Takes a line, which ends with a line feed. Returns whether there was room. Never blocks for long.
    #[must_use]
    pub fn push(&self, line: &[u8]) -> bool {
        let now = self.shared.clock.now();
        let mut state = self.shared.lock();
        match state.buffer.push(line, now) {
            Push::Kept { id, wake } => {
                state.is_closing = false;
                state.append_to_spool(id, line, false, now);
                if wake || !state.is_running() {
                    self.start(&mut state);
                    self.shared.to_pack.notify_one();
                }
                true
            }
            Push::Full => false,
        }
    }

    /// Starts the threads that do not run, as after the death of one.
    fn start(&self, state: &mut State) {
        if !state.is_running() {
            if state.spool.is_some() && !state.has_adopted {
                state.adopted_until = None;
            }
            run::start(&self.shared, state);
        }
    }

    /// Makes room by dropping the oldest chunk, if that is the policy. Returns its lines, or `None` if nothing was dropped.
    #[must_use]
    pub fn drop_oldest(&self) -> Option<Vec<u8>> {
        let time = self.shared.clock.timestamp();
        let mut state = self.shared.lock();
        if state.buffer.when_full() != WhenFull::DropOldest {
            return None;
        }
        let chunk = state.buffer.drop_oldest(time)?;
        drop(state);
        let packed = bytes(&chunk);
        self.shared.forget(std::slice::from_ref(&chunk));
        packed.ok().and_then(|packed| self.shared.settings.compression.unpack(&packed).ok()).or(Some(Vec::new()))
    }

    /// Waits until a line of this size has room. Returns whether it has.
    #[must_use]
    pub fn wait_for_room(&self, bytes: usize, limit: Duration) -> bool {
        let until = self.shared.clock.now() + limit;
        let mut state = self.shared.lock();
        loop {
            let now = self.shared.clock.now();
            if state.buffer.has_room(bytes) || now >= until {
                return state.buffer.has_room(bytes);
            }
            state = wait(&self.shared.settled, state, Some(until - now));
        }
    }

    /// Returns what happens when the buffer is full.
    #[must_use]
    pub fn when_full(&self) -> WhenFull {
        self.shared.settings.buffer.when_full
    }

    /// Counts records as dropped.
    pub fn count_dropped(&self, records: u64, reason: Reason) {
        let time = self.shared.clock.timestamp();
        let mut state = self.shared.lock();
        state.buffer.count_dropped(records, reason, time);
        if reason == Reason::BufferFull {
            self.shared.tell_full(&mut state);
        }
        // Without room, nobody can be told yet.
        if state.buffer.has_untold(run::REPORT_BYTES) {
            state.is_closing = false;
            self.start(&mut state);
            self.shared.to_pack.notify_one();
        }
    }

    /// Puts the record of what was dropped among the lines, also if there is no room for it: nobody may have the time later.
    pub fn tell_dropped(&self) {
        run::tell_dropped(&self.shared, true);
    }

    /// Returns how many records were dropped of which neither the stream nor a file tells yet, and why.
    #[must_use]
    pub fn untold(&self) -> (u64, String) {
        let untold = self.shared.lock().buffer.untold();
        (untold.records, untold.why())
    }

    /// Returns the last failure of the spool.
    #[must_use]
    pub fn spool_error(&self) -> Option<String> {
        self.shared.lock().spool_error.clone()
    }

    /// Sends what waits without delay. Returns what [`Sender::wait`] waits for.
    #[must_use]
    pub fn begin_flush(&self) -> u64 {
        let now = self.shared.clock.now();
        let mut state = self.shared.lock();
        state.flushing += 1;
        let target = state.buffer.seal();
        state.buffer.hurry(now + MAX_FLUSH_PAUSE);
        if !state.buffer.is_empty() {
            self.start(&mut state);
        }
        self.shared.to_pack.notify_one();
        self.shared.to_put.notify_one();
        target
    }

    /// Waits until everything up to the target has left. Returns whether it has.
    #[must_use]
    pub fn wait(&self, target: u64, limit: Duration) -> bool {
        let until = self.shared.clock.now() + limit;
        let mut state = self.shared.lock();
        loop {
            let now = self.shared.clock.now();
            if state.is_settled(target) || now >= until {
                return state.is_settled(target);
            }
            state = wait(&self.shared.settled, state, Some(until - now));
        }
    }

    /// Ends what [`Sender::begin_flush`] began.
    pub fn end_flush(&self) {
        let mut state = self.shared.lock();
        state.flushing = state.flushing.saturating_sub(1);
    }

    /// Sends what waits, for at most this time. Returns whether everything left.
    #[must_use]
    pub fn flush(&self, limit: Duration) -> bool {
        let target = self.begin_flush();
        let is_done = self.wait(target, limit);
        self.end_flush();
        is_done
    }

    /// Lets the threads end when nothing waits any more. The next line starts them again.
    pub fn close(&self) {
        let mut state = self.shared.lock();
        state.is_closing = true;
        state.buffer.seal();
        self.shared.to_pack.notify_one();
        self.shared.to_put.notify_one();
    }

    /// Takes out everything that waits: Kinesis records, compressed. What is being put stays, if that takes longer than
    /// the limit.
    #[must_use]
    pub fn drain(&self, limit: Duration) -> Vec<Vec<u8>> {
        let until = self.shared.clock.now() + limit;
        let mut packer = Packer::new(self.shared.settings.compression);
        let mut chunks = Vec::new();
        let mut state = self.shared.lock();
        state.buffer.seal();
        state.draining += 1;
        drop(state);
        loop {
            while self.shared.pack_next(&mut packer) {}
            let now = self.shared.clock.now();
            let mut state = self.shared.lock();
            chunks.extend(state.buffer.drain());
            if state.buffer.is_empty() || now >= until {
                state.draining -= 1;
                break;
            }
            drop(wait(&self.shared.settled, state, Some(until - now)));
        }
        let drained = chunks.iter().filter_map(|chunk| bytes(chunk).ok().map(Arc::unwrap_or_clone)).collect();
        self.shared.forget(&chunks);
        self.shared.settled.notify_all();
        self.shared.to_put.notify_one();
        drained
    }

    /// Returns what was done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.lock().stats()
    }

    /// Returns the last failure.
    #[must_use]
    pub fn last_error(&self) -> Option<LastError> {
        self.shared.lock().last_error.clone()
    }

    /// Gives up the lock of the spool's files in a forked child: they are the parent's. Never blocks.
    pub fn leave_to_parent(&self) {
        if let Ok(mut state) = self.shared.state.try_lock() {
            state.spool = None;
        }
    }

    /// Ends the packing thread as a panic would, for tests.
    pub fn kill_threads(&self) {
        let mut state = self.shared.lock();
        state.kill = true;
        self.shared.to_pack.notify_all();
        self.shared.to_put.notify_all();
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // In a forked child, a thread that no longer exists may hold the lock.
        if let Ok(mut state) = self.shared.state.try_lock() {
            state.is_closing = true;
            state.buffer.seal();
        }
        self.shared.to_pack.notify_all();
        self.shared.to_put.notify_all();
    }
}
