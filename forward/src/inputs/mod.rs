//! Where records come from. One file or folder for each kind of input.
//!
//! An input stores what it was sent with a [`Spooler`], and answers its sender after that.

pub mod distlog;
pub mod file;
pub mod forward;
pub mod grpc;
pub mod http;
pub mod messages;
mod net;
mod sockets;
mod start;
pub mod stdin;
#[cfg(test)]
mod testing;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

pub use self::net::{listen, listen_unix};
pub use self::sockets::{Slot, Sockets};
pub use self::start::{StartError, start};
use crate::complaints::Complaints;
use crate::entry::Entry;
use crate::spool::{Spooler, StoreError};

/// What an input has done so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Entries on disk.
    pub entries: AtomicU64,
    /// Their bytes, as they came.
    pub bytes: AtomicU64,
    /// Entries that were not stored. Their senders were told so.
    pub refused: AtomicU64,
    /// What the log says of its senders.
    pub complaints: Complaints,
}

/// The names and counts of the inputs that run.
pub(crate) type Seen = Vec<(Arc<str>, Arc<Counts>)>;

/// What every input has.
#[derive(Clone, Debug)]
pub struct Context {
    /// The input's name in the configuration.
    pub name: Arc<str>,
    /// Stores entries; [`Context::store`] also counts them.
    pub spooler: Spooler,
    /// What was done so far.
    pub counts: Arc<Counts>,
    /// Becomes true when the forwarder ends. Then an input takes no new connections, shuts the writing side of those it has,
    /// reads them to their end, and returns. It has [`DRAIN`] for that.
    pub ending: watch::Receiver<bool>,
}

/// How long an input may read on when the forwarder ends.
pub const DRAIN: std::time::Duration = std::time::Duration::from_secs(2);

impl Context {
    /// Stores an entry. It is on disk when this returns `Ok`.
    pub async fn store(&self, entry: Entry) -> Result<(), StoreError> {
        let bytes = entry.payload.len() as u64;
        let stored = self.spooler.store(entry).await;
        let counts = &self.counts;
        match stored {
            Ok(()) => {
                counts.entries.fetch_add(1, Ordering::Relaxed);
                counts.bytes.fetch_add(bytes, Ordering::Relaxed);
            }
            Err(_) => {
                counts.refused.fetch_add(1, Ordering::Relaxed);
            }
        }
        stored
    }

    /// Waits until the forwarder ends.
    pub async fn ended(&self) {
        let mut ending = self.ending.clone();
        // If nobody can say it any more, it has ended.
        let _ = ending.wait_for(|ending| *ending).await;
    }

    /// Returns whether the forwarder ends.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        *self.ending.borrow()
    }
}
