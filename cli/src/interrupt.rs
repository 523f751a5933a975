//! Signals: Ctrl-C and `kill` end a command between two batches.

use tokio::sync::watch;

use crate::stderr;

/// The exit status of a process that a second signal ends.
const STATUS: i32 = 130;

/// Tells whether the command is to end.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Starts to listen. The first signal is a request; the second ends the process at once, which loses nothing.
    pub(crate) fn listen() -> Self {
        let (sender, requested) = watch::channel(false);
        tokio::spawn(async move {
            signal().await;
            sender.send_replace(true);
            stderr::print_line("ending after this batch; press Ctrl-C again to end at once");
            signal().await;
            std::process::exit(STATUS);
        });
        Self(requested)
    }

    /// Returns whether a signal came.
    pub(crate) fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for a signal.
    pub(crate) async fn requested(&self) {
        // An error means that the sender is gone: no signal can come any more.
        if self.0.clone().wait_for(|requested| *requested).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Catches Ctrl-C and `kill` from now on, and returns a future that ends with the first of them. It never ends where the
/// process cannot receive any.
pub(crate) fn signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let terminated = {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
        async move {
            let (Ok(mut terminate), Ok(mut interrupt)) = signals else { return std::future::pending().await };
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
    };
    #[cfg(not(unix))]
    let terminated = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    terminated
}
