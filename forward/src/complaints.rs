//! What the log says of senders and programs. They can make the forwarder complain as often as they like, so it does not say
//! the same again and again: the log must not feed itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::outputs::COMPLAINT_INTERVAL;

/// The complaints about one input or program, by what they say.
#[derive(Debug, Default)]
pub struct Complaints(Mutex<HashMap<&'static str, Last>>);

/// The last time that something was said.
#[derive(Debug)]
struct Last {
    at: Instant,
    /// How often it was not said since.
    unsaid: u64,
}

impl Complaints {
    /// Returns how often this was not said before, if it is to be said now.
    pub(crate) fn due(&self, what: &'static str) -> Option<u64> {
        let now = Instant::now();
        let mut complaints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = complaints.get_mut(what);
        match last {
            Some(last) if now.duration_since(last.at) < COMPLAINT_INTERVAL => {
                last.unsaid += 1;
                None
            }
            Some(last) => {
                last.at = now;
                Some(std::mem::take(&mut last.unsaid))
            }
            None => {
                complaints.insert(what, Last { at: now, unsaid: 0 });
                Some(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Complaints;

    #[test]
    fn the_same_is_not_said_again_and_again() {
        let complaints = Complaints::default();
        assert_eq!(complaints.due("a"), Some(0));
        assert_eq!((complaints.due("a"), complaints.due("a"), complaints.due("b")), (None, None, Some(0)));
        assert_eq!(complaints.0.lock().unwrap()["a"].unsaid, 2);
    }
}
