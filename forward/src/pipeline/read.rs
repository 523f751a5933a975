//! The thread that reads the spool for an output.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use super::gather::Gathered;
use super::{Decisions, Seen};
use crate::outputs::{Batch, Shape, Stop};
use crate::spool::{Position, Read, Reader};

/// How long is waited for an entry before is looked whether the thread shall end.
const PATIENCE: Duration = Duration::from_millis(250);
/// The pause after the spool could not be read.
const PAUSE: Duration = Duration::from_secs(1);

/// A batch, and the position after it.
pub(super) struct Filled {
    pub(super) batch: Batch,
    pub(super) position: Position,
}

/// What the thread has.
pub(super) struct Reading {
    pub(super) index: usize,
    pub(super) reader: Reader,
    pub(super) shape: Shape,
    pub(super) decisions: Decisions,
    pub(super) seen: Arc<Seen>,
    pub(super) stop: Stop,
    pub(super) batches: SyncSender<Filled>,
}

impl Reading {
    pub(super) fn run(mut self) {
        let mut gathered = Gathered::default();
        // When what is gathered goes, and how far the thread that writes knows.
        let mut due = None;
        let mut told = self.reader.position();
        while !self.stop.is_stopped() {
            let until = due.unwrap_or_else(|| Instant::now() + PATIENCE);
            let read = self.reader.next(until, &mut |entry| gathered.add(entry));
            let read = read.unwrap_or_else(|error| {
                tracing::error!(output = %self.seen.name, error = send::chain(&error), "the spool cannot be read");
                self.stop.wait(PAUSE);
                Read::Nothing
            });
            if read == Read::Entry && due.is_none() {
                due = Some(Instant::now() + self.shape.linger);
            }
            let is_due = due.is_some_and(|due| due <= Instant::now()) || read == Read::End;
            if gathered.text.len() >= self.shape.bytes || is_due {
                due = None;
                let position = self.reader.position();
                if position != told {
                    told = position;
                    if !self.pass_on(&mut gathered, position) {
                        return;
                    }
                }
            }
            if read == Read::End {
                return;
            }
        }
    }

    /// Returns whether there is still somebody who writes.
    fn pass_on(&mut self, gathered: &mut Gathered, position: Position) -> bool {
        if let Some(new) = self.seen.take_new() {
            self.decisions = new;
        }
        let counts = &self.seen.counts;
        counts.unreadable.fetch_add(gathered.unreadable, Ordering::Relaxed);
        let records = gathered.records;
        let Ok(batch) = gathered.decide(self.index, &mut self.decisions, &self.stop) else { return false };
        counts.left_out.fetch_add(records.saturating_sub(batch.records), Ordering::Relaxed);
        self.batches.send(Filled { batch, position }).is_ok()
    }
}
