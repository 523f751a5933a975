//! What the sender and its threads share.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::state::{LastError, State};
use super::{Clock, SenderSettings, Transport};
use crate::buffer::{Chunk, Data, Reason};
use crate::identity::Identity;
use crate::pack::Packer;
use crate::spool;

pub(super) struct Shared {
    pub(super) settings: SenderSettings,
    pub(super) transport: Box<dyn Transport>,
    pub(super) clock: Box<dyn Clock>,
    pub(super) identity: Arc<Identity>,
    pub(super) state: Mutex<State>,
    /// There is something to compress.
    pub(super) to_pack: Condvar,
    /// There is something to put.
    pub(super) to_put: Condvar,
    /// Something has left the buffer.
    pub(super) settled: Condvar,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compresses the next sealed lines. Returns whether there were any.
    pub(super) fn pack_next(&self, packer: &mut Packer) -> bool {
        let Some(lines) = self.lock().buffer.take_lines() else { return false };
        let result = packer.pack(&lines.text);
        let mut state = self.lock();
        match result {
            Ok(data) => state.buffer.packed(lines, data, new_key()),
            Err(error) => {
                state.buffer.lost(Reason::Failed, self.clock.timestamp());
                self.fail(&mut state, format!("log records cannot be compressed: {error}"));
            }
        }
        self.to_put.notify_one();
        self.settled.notify_all();
        true
    }

    /// Removes the files of chunks that have left.
    pub(super) fn forget(&self, chunks: &[Chunk]) {
        let mut state = self.lock();
        if state.spool.is_none() {
            return;
        }
        for chunk in chunks {
            let removed = match (&chunk.data, &mut state.spool) {
                (Data::Disk { file, .. }, _) => spool::remove(file),
                (Data::Memory(_), Some(spool)) => spool.remove_lines(chunk.id),
                (Data::Memory(_), None) => Ok(()),
            };
            if let Err(error) = removed {
                state.note(&error);
            }
        }
    }

    /// Tells that the buffer is full, if the last failure was told long ago.
    pub(super) fn tell_full(&self, state: &mut State) {
        const MESSAGE: &str = "the buffer is full";
        if state.may_complain(self.clock.now()) {
            let dropped = state.buffer.counts().dropped;
            (self.settings.complain)(&format!("{MESSAGE}; {dropped} log records were dropped"));
        }
        let time = self.clock.timestamp();
        state.last_error.get_or_insert_with(|| LastError { message: MESSAGE.to_owned(), time });
    }

    /// Notes a failure. Tells it, if the last was told long ago.
    pub(super) fn fail(&self, state: &mut State, message: String) {
        let now = self.clock.now();
        let waiting = state.buffer.waiting();
        if state.may_complain(now) {
            (self.settings.complain)(&format!("{message}; {waiting} log records wait"));
        }
        state.last_error = Some(LastError { message, time: self.clock.timestamp() });
    }
}

/// Returns a partition key: any shard.
pub(super) fn new_key() -> String {
    format!("{:016x}", fastrand::u64(..))
}

/// Returns a chunk's bytes.
pub(super) fn bytes(chunk: &Chunk) -> Result<Arc<Vec<u8>>, spool::SpoolError> {
    match &chunk.data {
        Data::Memory(data) => Ok(Arc::clone(data)),
        Data::Disk { file, .. } => spool::read(file).map(Arc::new),
    }
}

/// Waits for a condition, at most so long.
pub(super) fn wait<'a>(
    condition: &Condvar,
    state: MutexGuard<'a, State>,
    limit: Option<Duration>,
) -> MutexGuard<'a, State> {
    match limit {
        Some(limit) => {
            condition.wait_timeout(state, limit).map_or_else(|error| error.into_inner().0, |(state, _)| state)
        }
        None => condition.wait(state).unwrap_or_else(PoisonError::into_inner),
    }
}
