//! Ctrl-C and SIGTERM end a command through its error path, so that it can clean up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::Error;

/// How often a condition is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// The exit status after a second signal.
const INTERRUPTED_STATUS: i32 = 130;

/// A signal is for the whole process, so the flag is global.
static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Starts to handle signals: the first one sets the flag, a second one ends the process.
pub(crate) fn listen() -> Result<(), Error> {
    let requested = REQUESTED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, INTERRUPTED_STATUS, Arc::clone(requested))
            .and_then(|_| flag::register(signal, Arc::clone(requested)))
            .map_err(Error::Signals)?;
    }
    Ok(())
}

/// Fails if a signal has come.
pub(crate) fn check() -> Result<(), Error> {
    match REQUESTED.get() {
        Some(requested) if requested.load(Ordering::Relaxed) => Err(Error::Interrupted),
        _ => Ok(()),
    }
}

/// Calls `look` until it returns something. Returns none after the limit, and fails if a signal comes.
pub(crate) fn poll<T>(limit: Duration, mut look: impl FnMut() -> Result<Option<T>, Error>) -> Result<Option<T>, Error> {
    poll_to_the_end(limit, || match look()? {
        None => check().map(|()| None),
        seen => Ok(seen),
    })
}

/// Polls like [`poll`], but ignores signals: for cleaning up.
pub(crate) fn poll_to_the_end<T>(
    limit: Duration,
    mut look: impl FnMut() -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    let deadline = Instant::now() + limit;
    loop {
        let seen = look()?;
        if seen.is_some() || Instant::now() > deadline {
            return Ok(seen);
        }
        thread::sleep(POLL_INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poll_looks_until_there_is_something() {
        let mut looks = 0;
        let seen = poll(Duration::from_secs(10), || {
            looks += 1;
            Ok((looks == 3).then_some("seen"))
        });
        assert_eq!(seen.unwrap(), Some("seen"));
    }

    #[test]
    fn poll_gives_up() {
        assert_eq!(poll(Duration::ZERO, || Ok(None::<()>)).unwrap(), None);
    }
}
