//! Credentials that a source gave, until they end.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::{CredentialError, Credentials};

/// Credentials that end sooner are fetched anew.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// With credentials that are still valid, a source is asked again after this time.
const RETRY_INTERVAL: SignedDuration = SignedDuration::from_secs(30);

/// What a source gave. It is asked again before that ends, or when AWS refuses it.
#[derive(Debug, Default)]
pub struct Kept {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    kept: Option<Credentials>,
    /// The source is not asked before, if there are credentials.
    next_try: Option<Timestamp>,
}

impl Kept {
    /// Returns what is kept, or what the source gives now.
    pub fn get(
        &self,
        now: Timestamp,
        find: impl FnOnce() -> Result<Credentials, CredentialError>,
    ) -> Result<Credentials, CredentialError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let left = |kept: &Credentials| kept.expires.map(|expires| expires.duration_since(now));
        if let Some(kept) = &state.kept {
            let waits = state.next_try.is_some_and(|time| now < time);
            match left(kept) {
                Some(left) if left <= MARGIN && !(waits && left.is_positive()) => {}
                _ => return Ok(kept.clone()),
            }
        }
        // What is new may end soon, too.
        state.next_try = now.checked_add(RETRY_INTERVAL).ok();
        match find() {
            Ok(found) => {
                state.kept = Some(found.clone());
                Ok(found)
            }
            Err(error) => {
                let valid = state.kept.as_ref().filter(|kept| left(kept).is_none_or(|left| left.is_positive()));
                valid.cloned().ok_or(error)
            }
        }
    }

    /// Forgets credentials that AWS refused.
    pub fn refuse(&self, credentials: &Credentials) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.kept.as_ref() == Some(credentials) {
            state.kept = None;
        }
    }
}
