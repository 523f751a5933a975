//! Knows whether the proxy is in use.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// What is going on, and when something went on last.
#[derive(Clone, Copy, Debug)]
struct Usage {
    /// The number of answers that are not sent to their end.
    open: usize,
    last: Instant,
}

/// The requests of the browser over time.
pub(super) struct Activity(watch::Sender<Usage>);

impl Activity {
    /// Starts now.
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Usage { open: 0, last: Instant::now() }))
    }

    /// Notes that a request came in. It lasts until the result is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> InProgress {
        self.note(|open| open + 1);
        InProgress(Arc::clone(self))
    }

    /// Waits until nothing has gone on for this time.
    pub(super) async fn idle_for(&self, limit: Duration) {
        let mut usage = self.0.subscribe();
        loop {
            let Usage { open, last } = *usage.borrow_and_update();
            // A time that the clock cannot express does not come.
            let end = last.checked_add(limit).filter(|_| open == 0);
            let Some(end) = end else {
                // The sender is `self`.
                let _ = usage.changed().await;
                continue;
            };
            tokio::select! {
                () = tokio::time::sleep_until(end) => return,
                _ = usage.changed() => {}
            }
        }
    }

    fn note(&self, open: impl FnOnce(usize) -> usize) {
        self.0.send_modify(|usage| *usage = Usage { open: open(usage.open), last: Instant::now() });
    }
}

/// A request that is being answered.
pub(super) struct InProgress(Arc<Activity>);

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.note(|open| open.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use futures_util::FutureExt as _;

    use super::Activity;

    #[tokio::test]
    async fn an_answer_that_goes_on_is_no_idle_time() {
        let activity = Arc::new(Activity::new());
        let (first, second) = (activity.begin(), activity.begin());
        let mut idle = Box::pin(activity.idle_for(Duration::ZERO));
        drop(first);
        tokio::select! {
            biased;
            () = &mut idle => panic!("the second answer goes on"),
            () = tokio::time::sleep(Duration::from_millis(1)) => {}
        }
        drop(second);
        idle.await;
    }

    #[tokio::test]
    async fn a_request_makes_the_time_begin_again() {
        let activity = Arc::new(Activity::new());
        let before = activity.0.borrow().last;
        drop(activity.begin());
        assert!(activity.0.borrow().last > before);
    }

    #[tokio::test]
    async fn a_time_beyond_the_clock_never_comes() {
        let activity = Arc::new(Activity::new());
        assert!(activity.idle_for(Duration::MAX).now_or_never().is_none());
    }
}
