//! From the spool to the outputs. Each output has a reader of the spool, two threads and a checkpoint of its own, so that one
//! that is stuck holds up no other.

mod gather;
mod read;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wreck_tests;
mod write;

pub(crate) use self::gather::event;

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::outputs::{Output, Stop};
use crate::processors::Processors;
use crate::rules::Rules;
use crate::spool::{Checkpoint, Position, Spool};

/// Batches that wait for the writing thread.
const WAITING_BATCHES: usize = 1;
/// How often is looked whether threads have ended.
const LOOK: Duration = Duration::from_millis(10);

/// What decides over records: the same for all outputs, but each has its own programs.
#[derive(Debug)]
pub struct Decisions {
    /// Which records go where.
    pub rules: Arc<Rules>,
    /// What changes them then.
    pub processors: Processors,
}

/// An output in the making.
pub struct Way {
    /// The output's name in the configuration.
    pub name: String,
    /// The output.
    pub output: Box<dyn Output>,
    /// What decides.
    pub decisions: Decisions,
}

/// What an output has done so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Records that it has.
    pub records: AtomicU64,
    /// Bytes of JSON that it has.
    pub bytes: AtomicU64,
    /// Records that say that something could not be read.
    pub unreadable: AtomicU64,
    /// Records that the rules or the processors left out, or sent elsewhere.
    pub left_out: AtomicU64,
    /// Attempts that failed.
    pub failures: AtomicU64,
}

/// One output, as seen from outside.
#[derive(Debug)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// What it has done.
    pub counts: Counts,
    /// New decisions, which it takes before its next batch.
    new: Mutex<Option<Decisions>>,
}

/// The outputs at work.
#[derive(Debug)]
pub struct Pipeline {
    spool: Arc<Spool>,
    progress: Arc<Progress>,
    outputs: Vec<Arc<Seen>>,
    threads: Vec<JoinHandle<()>>,
    stop: Stop,
}

/// How far each output has come.
#[derive(Debug)]
pub(crate) struct Progress {
    positions: Mutex<Vec<Position>>,
}

/// A thread cannot start.
#[derive(Debug, thiserror::Error)]
#[error("a thread of the output `{output}` cannot start")]
pub struct ThreadError {
    /// The output's name.
    pub output: String,
    /// Why.
    #[source]
    pub source: std::io::Error,
}

impl Pipeline {
    /// Starts the threads of all outputs.
    pub fn start(spool: &Arc<Spool>, checkpoints: &Path, ways: Vec<Way>) -> Result<Self, ThreadError> {
        let stop = Stop::default();
        let kept: Vec<Checkpoint> = ways.iter().map(|way| Checkpoint::new(checkpoints, &way.name)).collect();
        // A position after all that is there is of another life of the spool: files were removed, or the clock went back, by
        // which files are numbered. Nothing would ever come after it.
        let end = spool.end();
        let found: Vec<Option<Position>> =
            kept.iter().map(|checkpoint| checkpoint.read().filter(|position| *position <= end)).collect();
        let positions = found.iter().map(|position| position.unwrap_or_default()).collect();
        let progress = Arc::new(Progress { positions: Mutex::new(positions) });
        let (mut outputs, mut threads) = (Vec::new(), Vec::new());
        for (index, (way, (checkpoint, found))) in ways.into_iter().zip(kept.into_iter().zip(found)).enumerate() {
            let seen = Arc::new(Seen { name: way.name.clone(), counts: Counts::default(), new: Mutex::new(None) });
            let (sender, receiver) = sync_channel(WAITING_BATCHES);
            let reading = read::Reading {
                index,
                reader: spool.reader(found),
                shape: way.output.shape(),
                decisions: way.decisions,
                seen: Arc::clone(&seen),
                stop: stop.clone(),
                batches: sender,
            };
            let writing = write::Writing {
                index,
                output: way.output,
                checkpoint,
                spool: Arc::clone(spool),
                progress: Arc::clone(&progress),
                seen: Arc::clone(&seen),
                stop: stop.clone(),
                batches: receiver,
                complained: None,
            };
            let failed = |source| ThreadError { output: seen.name.clone(), source };
            let name = |what: &str| format!("{what}-{index}");
            threads.push(thread::Builder::new().name(name("read")).spawn(|| reading.run()).map_err(failed)?);
            threads.push(thread::Builder::new().name(name("write")).spawn(|| writing.run()).map_err(failed)?);
            outputs.push(seen);
        }
        Ok(Self { spool: Arc::clone(spool), progress, outputs, threads, stop })
    }

    /// Gives each output new decisions.
    pub fn decide(&self, decisions: Vec<Decisions>) {
        for (seen, decisions) in self.outputs.iter().zip(decisions) {
            *seen.new.lock().unwrap_or_else(PoisonError::into_inner) = Some(decisions);
        }
    }

    /// Returns what each output has done, and how many bytes of the spool it has not read.
    pub fn outputs(&self) -> impl Iterator<Item = (&Seen, u64)> {
        let positions = self.progress.lock().clone();
        self.outputs.iter().zip(positions).map(|(seen, position)| (&**seen, self.spool.bytes_after(position)))
    }

    /// Lets the outputs write what is in the spool, which is closed, for at most this time. What is left stays in the spool.
    pub fn finish(mut self, limit: Duration) {
        let until = Instant::now() + limit;
        while Instant::now() < until && !self.threads.iter().all(JoinHandle::is_finished) {
            thread::sleep(LOOK);
        }
        self.stop.stop();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of an output has panicked");
            }
        }
    }
}

impl Seen {
    fn take_new(&self) -> Option<Decisions> {
        self.new.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Progress {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Position>> {
        self.positions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how far an output has come for sure. Returns how far all have come.
    fn reach(&self, index: usize, position: Position) -> Position {
        let mut positions = self.lock();
        if let Some(slot) = positions.get_mut(index) {
            *slot = position;
        }
        positions.iter().min().copied().unwrap_or_default()
    }
}
