//! Where records go. One file for each kind of output.

pub(crate) mod dated_path;
pub mod file;
pub mod kinesis;
pub mod stdout;

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// The least time between two lines of the log about the same failure. The log must not feed itself.
pub const COMPLAINT_INTERVAL: Duration = Duration::from_mins(1);

/// Records on their way to one output.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// One JSON object a line, each with a `record_id`. Each ends with a line feed.
    pub text: Vec<u8>,
    /// The number of lines.
    pub records: u64,
    /// When the first of them arrived.
    pub arrived: Timestamp,
}

impl Batch {
    /// Returns the lines, each with its line feed.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.text.as_slice();
        std::iter::from_fn(move || {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let (line, after) = rest.split_at_checked(end)?;
            rest = after;
            (!line.is_empty()).then_some(line)
        })
    }
}

/// How an output wants its batches.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// A batch goes when it has this many bytes.
    pub bytes: usize,
    /// A batch goes when its first record has waited this long.
    pub linger: Duration,
}

impl Default for Shape {
    fn default() -> Self {
        Self { bytes: 1024 * 1024, linger: Duration::from_millis(100) }
    }
}

/// An output. It runs on a thread of its own, so it may block.
pub trait Output: Send {
    /// Returns how it wants its batches.
    fn shape(&self) -> Shape {
        Shape::default()
    }

    /// Writes a batch. When it returns `Ok`, the records are safe: the forwarder forgets them.
    ///
    /// An output that can wait for better times does so in here, for as long as [`Stop`] lets it. After an error, the same
    /// batch comes again after a pause.
    fn write(&mut self, batch: &Batch, stop: &Stop) -> Result<(), OutputError>;
}

/// Why a batch is not written.
#[derive(Debug)]
pub struct OutputError {
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl OutputError {
    /// Returns an error that says what failed.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), source: None }
    }

    /// Returns an error that says what failed, and why.
    #[must_use]
    pub fn because(what: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { what: what.into(), source: Some(source.into()) }
    }
}

impl fmt::Display for OutputError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.what)
    }
}

impl Error for OutputError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Tells threads that they shall end.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    shared: Arc<(Mutex<()>, Condvar, AtomicBool)>,
}

impl Stop {
    /// Says that they shall end.
    pub fn stop(&self) {
        let (lock, condition, is_stopped) = &*self.shared;
        let _held = lock.lock().unwrap_or_else(PoisonError::into_inner);
        is_stopped.store(true, Ordering::Release);
        condition.notify_all();
    }

    /// Returns whether they shall end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.shared.2.load(Ordering::Acquire)
    }

    /// Waits. Returns early, and `true`, if they shall end.
    pub fn wait(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let (lock, condition, _) = &*self.shared;
        let mut held = lock.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            if self.is_stopped() || now >= until {
                return self.is_stopped();
            }
            held =
                condition.wait_timeout(held, until - now).map_or_else(|error| error.into_inner().0, |(held, _)| held);
        }
    }
}
