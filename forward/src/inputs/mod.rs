//! Where records come from. One file or folder for each kind of input.
//!
//! An input stores what it was sent with a [`Spooler`], and answers its sender after that.

pub mod distlog;
pub mod file;
pub mod grpc;
pub mod messages;
mod net;
pub mod stdin;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use tokio::sync::watch;

pub use self::net::listen;
use crate::spool::Spooler;

/// What every input has.
#[derive(Clone, Debug)]
pub struct Context {
    /// The input's name in the configuration.
    pub name: Arc<str>,
    /// Stores entries.
    pub spooler: Spooler,
    /// Becomes true when the forwarder ends. Then an input takes no new connections, shuts the writing side of those it has,
    /// reads them to their end, and returns. It has [`DRAIN`] for that.
    pub ending: watch::Receiver<bool>,
}

/// How long an input may read on when the forwarder ends.
pub const DRAIN: std::time::Duration = std::time::Duration::from_secs(2);

impl Context {
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
