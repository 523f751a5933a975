//! The thread that writes to an output, and notes how far it has come.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::read::Filled;
use super::{Progress, Seen};
use crate::outputs::{Batch, COMPLAINT_INTERVAL, Output, Stop};
use crate::spool::{Checkpoint, Position, Spool};

/// How often the position is written. What was written after it comes again after a crash, with the same ids.
const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(200);
/// The first pause after a failure. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// What the thread has.
pub(super) struct Writing {
    pub(super) index: usize,
    pub(super) output: Box<dyn Output>,
    pub(super) checkpoint: Checkpoint,
    pub(super) spool: Arc<Spool>,
    pub(super) progress: Arc<Progress>,
    pub(super) seen: Arc<Seen>,
    pub(super) stop: Stop,
    pub(super) batches: Receiver<Filled>,
    /// When the log said last that the position is not noted.
    pub(super) complained: Option<Instant>,
}

impl Writing {
    pub(super) fn run(mut self) {
        let (mut reached, mut noted) = (None, Instant::now());
        loop {
            match self.batches.recv_timeout(CHECKPOINT_INTERVAL) {
                Ok(Filled { batch, position }) => {
                    if !self.write(&batch) {
                        break;
                    }
                    reached = Some(position);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if noted.elapsed() >= CHECKPOINT_INTERVAL
                && let Some(position) = reached.take()
            {
                self.note(position);
                noted = Instant::now();
            }
        }
        if let Some(position) = reached {
            self.note(position);
        }
    }

    /// Writes a batch, however long it takes. Returns `false` if the forwarder ends before.
    fn write(&mut self, batch: &Batch) -> bool {
        if batch.text.is_empty() {
            return true;
        }
        let (mut pause, mut complained) = (FIRST_PAUSE, None::<Instant>);
        let counts = &self.seen.counts;
        while let Err(error) = self.output.write(batch, &self.stop) {
            if self.stop.is_stopped() {
                return false;
            }
            counts.failures.fetch_add(1, Ordering::Relaxed);
            if complained.is_none_or(|last| last.elapsed() >= COMPLAINT_INTERVAL) {
                complained = Some(Instant::now());
                tracing::warn!(output = %self.seen.name, error = send::chain(&error), "an output takes nothing; it is tried again");
            }
            if self.stop.wait(pause) {
                return false;
            }
            pause = (pause * 2).min(MAX_PAUSE);
        }
        counts.records.fetch_add(batch.records, Ordering::Relaxed);
        counts.bytes.fetch_add(batch.text.len() as u64, Ordering::Relaxed);
        true
    }

    fn note(&mut self, position: Position) {
        if let Err(error) = self.checkpoint.write(position) {
            // On a full disk, only what is read makes room. An old position is harmless: where its file is missing, reading
            // begins at the next one, and what is read twice has the same ids.
            if self.complained.is_none_or(|last| last.elapsed() >= COMPLAINT_INTERVAL) {
                self.complained = Some(Instant::now());
                tracing::warn!(output = %self.seen.name, error = send::chain(&error), "the position is not noted");
            }
        }
        self.spool.release(self.progress.reach(self.index, position));
    }
}
