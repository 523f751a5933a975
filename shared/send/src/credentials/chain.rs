//! The sources in their order, and what they gave.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

use super::{CredentialError, CredentialSource, Credentials, container, machine, profile, web_identity};

/// Credentials that end sooner are fetched anew.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// With credentials that are still valid, a failed source is asked again after this time.
const RETRY_INTERVAL: SignedDuration = SignedDuration::from_secs(30);

/// The environment of the process.
pub trait Environment: Send + Sync {
    /// Returns a variable that is set and not empty.
    fn get(&self, name: &str) -> Option<String>;

    /// Reads a file.
    fn read(&self, path: &str) -> Result<String, CredentialError> {
        std::fs::read_to_string(path).map_err(|source| CredentialError::File { path: path.to_owned(), source })
    }
}

/// The sources of credentials in the order of AWS's own clients. Keeps what they gave until it ends.
pub struct Chain {
    env: Box<dyn Environment>,
    region: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<Credentials>,
    /// No source is asked before, if there are credentials.
    next_try: Option<Timestamp>,
}

impl Chain {
    /// Returns the chain. It asks nobody yet.
    #[must_use]
    pub fn new(env: Box<dyn Environment>, region: String) -> Self {
        Self { env, region, state: Mutex::default() }
    }

    fn find(&self) -> Result<Credentials, CredentialError> {
        let env = self.env.as_ref();
        if let (Some(access_key_id), Some(secret_access_key)) =
            (env.get("AWS_ACCESS_KEY_ID"), env.get("AWS_SECRET_ACCESS_KEY"))
        {
            let session_token = env.get("AWS_SESSION_TOKEN");
            return Ok(Credentials { access_key_id, secret_access_key, session_token, expires: None });
        }
        if let Some(found) = web_identity::credentials(env, &self.region)? {
            return Ok(found);
        }
        if let Some(found) = profile::credentials(env) {
            return Ok(found);
        }
        if let Some(found) = container::credentials(env)? {
            return Ok(found);
        }
        match machine::credentials(env) {
            Ok(Some(found)) => Ok(found),
            // Elsewhere than on EC2, nobody answers.
            Ok(None) | Err(CredentialError::NoAnswer { .. }) => Err(CredentialError::NoSource),
            Err(error) => Err(error),
        }
    }
}

impl CredentialSource for Chain {
    fn get(&self, now: Timestamp) -> Result<Credentials, CredentialError> {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let left = |kept: &Credentials| kept.expires.map(|expires| expires.duration_since(now));
        if let Some(kept) = &state.kept {
            let waits = state.next_try.is_some_and(|time| now < time);
            match left(kept) {
                Some(left) if left <= MARGIN && !(waits && left.is_positive()) => {}
                _ => return Ok(kept.clone()),
            }
        }
        match self.find() {
            Ok(found) => {
                state.kept = Some(found.clone());
                state.next_try = None;
                Ok(found)
            }
            Err(error) => {
                state.next_try = now.checked_add(RETRY_INTERVAL).ok();
                let valid = state.kept.as_ref().filter(|kept| left(kept).is_none_or(|left| left.is_positive()));
                valid.cloned().ok_or(error)
            }
        }
    }

    fn refuse(&self, credentials: &Credentials) {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if state.kept.as_ref() == Some(credentials) {
            state.kept = None;
        }
    }
}
