//! Waits for a condition instead of a fixed time.

use std::time::{Duration, Instant};

/// The longest time until a condition holds, on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(30);
/// How often it is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Polls until there is a value. Panics at the deadline.
pub async fn until_some<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {DEADLINE:?}: {what}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Polls until a condition holds. Panics at the deadline.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    until_some(what, async || holds().await.then_some(())).await;
}
