//! Time as the simulator sees it: it stands still unless a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// 2026-11-20T12:00:00Z: where a clock starts.
const START_MS: i64 = 1_795_176_000_000;

/// Milliseconds since 1970, moved by hand.
#[derive(Debug)]
pub struct Clock(AtomicI64);

impl Default for Clock {
    fn default() -> Self {
        Self(AtomicI64::new(START_MS))
    }
}

impl Clock {
    /// The present moment.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Sets the moment; backwards too.
    pub fn set(&self, now_ms: i64) {
        self.0.store(now_ms, Ordering::Relaxed);
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(millis(by), Ordering::Relaxed);
    }
}

/// A duration in the clock's unit.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).expect("less than 292 million years")
}
