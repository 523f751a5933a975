//! Ctrl-C and a polite kill end a command between two batches.

use std::io::{self, Write as _};

use tokio::sync::watch;

/// Status of a process that a second signal ended.
const STATUS: i32 = 130;

/// Whether the command is to end.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// From now on the first signal is remembered; a second one ends the process at once, which loses nothing.
    pub(crate) fn listen() -> Self {
        let (sender, requested) = watch::channel(false);
        tokio::spawn(async move {
            signal().await;
            sender.send_replace(true);
            // Nothing depends on its being read.
            let _ = writeln!(io::stderr(), "ending after this batch; once more ends at once");
            signal().await;
            std::process::exit(STATUS);
        });
        Self(requested)
    }

    /// Whether there was one.
    pub(crate) fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until there is one.
    pub(crate) async fn requested(&self) {
        // Fails when there will be none any more.
        if self.0.clone().wait_for(|requested| *requested).await.is_err() {
            std::future::pending::<()>().await;
        }
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
