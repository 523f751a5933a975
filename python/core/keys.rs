//! Credentials that a thread of Python's supplies: those of profiles that only botocore can use.
//!
//! The thread that puts never needs the interpreter: it asks here, and waits.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use send::Timestamp;
use send::credentials::{CredentialError, CredentialSource, Credentials, Kept, needs_clients};

use crate::environment::Copied;

/// The longest time to wait for the thread. Botocore may ask over the network.
const LIMIT: Duration = Duration::from_secs(20);

/// Where a thread of Python's puts credentials, when they are wanted.
#[pyclass(frozen, weakref, module = "logbraid._core")]
#[derive(Default)]
pub(crate) struct Keys(Arc<Slot>);

#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    supplied: Condvar,
    kept: Kept,
}

#[derive(Default)]
struct State {
    is_wanted: bool,
    given: Option<Result<Credentials, String>>,
}

#[pymethods]
impl Keys {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Returns whether somebody waits.
    fn wanted(&self) -> bool {
        self.0.lock().is_wanted
    }

    /// Gives credentials, and the time in seconds when they end.
    fn give(&self, access_key: String, secret_key: String, token: Option<String>, expires: Option<i64>) {
        self.0.supply(Ok(Credentials {
            access_key_id: access_key,
            secret_access_key: secret_key,
            session_token: token,
            expires: expires.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        }));
    }

    /// Says why there are none.
    fn fail(&self, why: String) {
        self.0.supply(Err(why));
    }
}

impl Keys {
    /// Returns the source of what is supplied.
    pub(crate) fn source(&self) -> impl CredentialSource + use<> {
        Supplied(Arc::clone(&self.0))
    }
}

/// Returns whether the current profile needs botocore.
#[pyfunction]
pub(crate) fn needs_botocore() -> bool {
    needs_clients(&Copied::now())
}

struct Supplied(Arc<Slot>);

impl CredentialSource for Supplied {
    fn get(&self, now: Timestamp) -> Result<Credentials, CredentialError> {
        self.0.kept.get(now, || self.0.ask().map_err(|why| CredentialError::Source(why.into())))
    }

    fn refuse(&self, credentials: &Credentials) {
        self.0.kept.refuse(credentials);
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn supply(&self, given: Result<Credentials, String>) {
        let mut state = self.lock();
        state.is_wanted = false;
        state.given = Some(given);
        self.supplied.notify_all();
    }

    /// Waits for the thread to supply.
    fn ask(&self) -> Result<Credentials, String> {
        let until = Instant::now() + LIMIT;
        let mut state = self.lock();
        state.given = None;
        state.is_wanted = true;
        loop {
            if let Some(given) = state.given.take() {
                return given;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(format!("botocore has given none within {} s", LIMIT.as_secs()));
            }
            state =
                self.supplied.wait_timeout(state, left).map_or_else(|error| error.into_inner().0, |(state, _)| state);
        }
    }
}
