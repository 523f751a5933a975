//! Ctrl-C and a polite kill end a command between two batches.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Status of a process that a second signal ended.
const STATUS: i32 = 130;

/// Whether the command is to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on the first signal is remembered; a second one ends the process at once, which loses nothing.
    pub(crate) fn listen() -> Self {
        let interrupt = Self::default();
        let requested = Arc::clone(&interrupt.0);
        tokio::spawn(async move {
            signal().await;
            requested.store(true, Ordering::Relaxed);
            // Nothing depends on its being read.
            let _ = writeln!(io::stderr(), "ending after this batch; once more ends at once");
            signal().await;
            std::process::exit(STATUS);
        });
        interrupt
    }

    /// Whether there was one.
    pub(crate) fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Waits for a signal; for ever where there can be none.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                Ok(()) = tokio::signal::ctrl_c() => return,
            }
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
