//! The spool: what inputs were sent, on disk, until all outputs have it.
//!
//! One thread writes. It writes what came meanwhile as one group, waits until the disk has it, and answers all of it. Each
//! output reads with a [`Reader`] of its own, and keeps a [`Checkpoint`]. A file that all have read is removed.

mod checkpoint;
mod frame;
mod reader;
mod segment;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

pub use self::checkpoint::Checkpoint;
pub use self::frame::MAX_BODY_BYTES;
pub use self::reader::{Read, Reader};
use self::segment::Segment;
use self::writer::Writing;
pub use self::writer::{Spooler, StoreError};

/// The largest file, unless one entry alone is larger.
const MAX_SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// The smallest size at which a file is closed.
const MIN_SEGMENT_BYTES: u64 = 64 * 1024;
/// A spool has about as many files when it is full.
const SEGMENTS: u64 = 8;
/// How long a forwarder waits for the one before to let go of the folder, and how often it looks.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// The folder for what cannot be read, in the spool's.
const ASIDE: &str = "aside";

/// The spool's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of its files.
    pub folder: PathBuf,
    /// The most bytes on disk.
    pub max_bytes: u64,
}

/// Why the spool does not work.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// A file or folder of it fails.
    #[error("the spool cannot {action} {path}", path = path.display())]
    Io {
        /// What was done.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// Another forwarder has the folder.
    #[error("another forwarder uses the spool in {path}: each needs a data_dir of its own", path = path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// There is no randomness for the names of files.
    #[error("the operating system gives no random numbers")]
    Random,
    /// The thread that writes cannot start.
    #[error("the spool's thread cannot start")]
    Thread {
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl SpoolError {
    fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }
}

/// A position between two entries.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Position {
    /// The number of the segment.
    pub segment: u64,
    /// The offset in it.
    pub offset: u64,
}

/// What was done so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Entries on disk.
    pub stored_entries: AtomicU64,
    /// Bytes on disk.
    pub stored_bytes: AtomicU64,
    /// Groups: waits for the disk.
    pub groups: AtomicU64,
    /// Entries that found the spool full.
    pub refused_entries: AtomicU64,
    /// Writes that failed.
    pub failed_writes: AtomicU64,
    /// Places that could not be read, and were set aside.
    pub damaged: AtomicU64,
    /// Unfinished ends of files that were left out.
    pub torn: AtomicU64,
}

/// The spool.
#[derive(Debug)]
pub struct Spool {
    shared: Arc<Shared>,
    /// There as long as entries can be stored.
    writing: Mutex<Option<Writing>>,
    /// Held for as long as the spool is used.
    _lock: File,
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    state: Mutex<State>,
    /// There is something to read, or the spool is closed.
    changed: Condvar,
    /// There may be room again.
    room: Notify,
    /// There is no room any more.
    full: Notify,
    counts: Counts,
}

#[derive(Debug)]
struct State {
    segments: BTreeMap<u64, Segment>,
    is_full: bool,
    /// Whether it is full because the disk refuses. Others may make room there.
    is_refused: bool,
    is_closed: bool,
}

impl Spool {
    /// Opens a spool, and starts its thread.
    pub fn open(settings: Settings) -> Result<Self, SpoolError> {
        let folder = settings.folder.clone();
        fs::create_dir_all(&folder).map_err(|source| SpoolError::new("create", &folder, source))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(|source| SpoolError::new("create", &path, source))?;
        take(&lock).map_err(|_| SpoolError::InUse { path: folder.clone() })?;
        let segments = segment::list(&folder)?;
        let mut boot = [0; 8];
        getrandom::fill(&mut boot).map_err(|_| SpoolError::Random)?;
        // Milliseconds: the numbers grow even if somebody removed the files.
        let now = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default();
        let next = segments.last_key_value().map_or(0, |(last, _)| last + 1).max(now);
        let shared = Arc::new(Shared {
            settings,
            state: Mutex::new(State { segments, is_full: false, is_refused: false, is_closed: false }),
            changed: Condvar::new(),
            room: Notify::new(),
            full: Notify::new(),
            counts: Counts::default(),
        });
        let writing = writer::start(Arc::clone(&shared), u64::from_le_bytes(boot), next)?;
        Ok(Self { shared, writing: Mutex::new(Some(writing)), _lock: lock })
    }

    /// Returns what inputs store with. `None` after [`Spool::close`].
    #[must_use]
    pub fn spooler(&self) -> Option<Spooler> {
        self.writing().as_ref().map(|writing| writing.spooler.clone())
    }

    fn writing(&self) -> MutexGuard<'_, Option<Writing>> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what reads on from a position, or from the oldest entry.
    #[must_use]
    pub fn reader(&self, from: Option<Position>) -> Reader {
        Reader::new(Arc::clone(&self.shared), from)
    }

    /// Returns the position after the last entry.
    #[must_use]
    pub fn end(&self) -> Position {
        let state = self.shared.lock();
        let last = state.segments.last_key_value();
        last.map_or_else(Position::default, |(number, segment)| Position { segment: *number, offset: segment.bytes })
    }

    /// Removes the files before a position, which everybody has read.
    pub fn release(&self, before: Position) {
        let mut state = self.shared.lock();
        let is_read = |number: &u64, segment: &Segment| {
            // Also a last file that is written no more: on a full disk, nothing else makes room.
            let is_whole = segment.is_closed && before.offset >= segment.bytes;
            *number < before.segment || (*number == before.segment && is_whole)
        };
        let (read, kept) =
            std::mem::take(&mut state.segments).into_iter().partition(|(number, segment)| is_read(number, segment));
        state.segments = kept;
        let read: BTreeMap<u64, Segment> = read;
        if !read.is_empty() {
            state.is_full = false;
        }
        drop(state);
        for (number, segment) in &read {
            let path = segment::path(&self.shared.settings.folder, *number, segment.boot);
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "a file of the spool cannot be removed");
            }
        }
        if !read.is_empty() {
            self.shared.room.notify_waiters();
        }
    }

    /// Returns the bytes on disk that are not read yet from a position on.
    #[must_use]
    pub fn bytes_after(&self, position: Position) -> u64 {
        let state = self.shared.lock();
        let rest = state.segments.range(position.segment..);
        let bytes: u64 = rest.map(|(_, segment)| segment.bytes).sum();
        bytes.saturating_sub(if state.segments.contains_key(&position.segment) { position.offset } else { 0 })
    }

    /// Returns whether the last entry found no room, and none was made since.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.shared.lock().is_full
    }

    /// Returns the bytes on disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shared.lock().bytes()
    }

    /// Returns the counts.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// Takes no more entries, and blocks until those that it has are on disk. Readers then end after the last entry.
    pub fn close(&self) {
        let writing = self.writing().take();
        if writing.is_some_and(|writing| writing.end().is_err()) {
            tracing::error!("the spool's thread has panicked");
        }
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_all();
    }
}

/// Locks a file. A program that was just started has all files of its parent for a moment, so one look is not enough.
fn take(lock: &File) -> Result<(), TryLockError> {
    let until = Instant::now() + LOCK_PATIENCE;
    loop {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(LOCK_PAUSE),
            result => return result,
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn segment_bytes(&self) -> u64 {
        (self.settings.max_bytes / SEGMENTS).clamp(MIN_SEGMENT_BYTES, MAX_SEGMENT_BYTES)
    }
}

impl State {
    fn bytes(&self) -> u64 {
        self.segments.values().map(|segment| segment.bytes).sum()
    }
}

fn count(counter: &AtomicU64, number: usize) {
    counter.fetch_add(number as u64, Ordering::Relaxed);
}
