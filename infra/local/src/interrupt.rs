//! Ctrl-C and a polite kill end a command through its ordinary error path, so that it can tidy up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::Error;

/// How often a condition is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Status of a process that was ended by a second signal.
const INTERRUPTED_STATUS: i32 = 130;

/// A signal reaches the whole process, so its flag belongs to the process too.
static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on the first signal sets the flag; a second one ends the process at once.
pub(crate) fn listen() -> Result<(), Error> {
    let requested = REQUESTED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, INTERRUPTED_STATUS, Arc::clone(requested))
            .and_then(|_| flag::register(signal, Arc::clone(requested)))
            .map_err(Error::Signals)?;
    }
    Ok(())
}

/// Fails if the command is to end.
pub(crate) fn check() -> Result<(), Error> {
    match REQUESTED.get() {
        Some(requested) if requested.load(Ordering::Relaxed) => Err(Error::Interrupted),
        _ => Ok(()),
    }
}

/// Looks until there is something to see; nothing when the time is up. Ends early if the command is to end.
pub(crate) fn poll<T>(limit: Duration, mut look: impl FnMut() -> Result<Option<T>, Error>) -> Result<Option<T>, Error> {
    poll_to_the_end(limit, || match look()? {
        None => check().map(|()| None),
        seen => Ok(seen),
    })
}

/// Like [`poll`], and goes on where the command is to end: for tidying up.
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
