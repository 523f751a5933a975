//! The pause before another try: full jitter.
//!
//! <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.

use std::time::Duration;

use crate::limits::{FIRST_PAUSE, MAX_PAUSE};

/// Returns the pause after so many failures in a row. `random` is from 0 to 1: with full jitter, many senders that fail
/// together do not come back together.
#[must_use]
pub fn pause(failures: u32, random: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(MAX_PAUSE).mul_f64(random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::pause;

    #[test]
    fn pauses_grow_up_to_a_limit_and_are_random_from_zero() {
        fn check(failures: u32, random: f64, expect_ms: u128) {
            assert_eq!(pause(failures, random).as_millis(), expect_ms, "{failures} {random}");
        }
        check(0, 1.0, 100);
        check(1, 1.0, 100);
        check(2, 1.0, 200);
        check(4, 0.5, 400);
        check(4, 0.0, 0);
        check(7, 1.0, 5_000);
        check(u32::MAX, 1.0, 5_000);
    }
}
