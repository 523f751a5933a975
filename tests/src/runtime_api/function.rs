//! A deployed function: as many execution environments as there are invocations at a time.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Bytes;
use serde_json::Value;
use tokio::sync::Notify;

use super::environment::Environment;
use super::error::FunctionError;
use super::logs::Logs;
use crate::binaries;
use crate::kinesis::{Invoke, Reply};

/// The configured timeout, unless an invocation is given its own.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A function; its processes are killed when it is dropped.
///
/// As on AWS, an invocation takes an idle environment or starts a new one, and a process that died or was killed at
/// its deadline is not used again.
#[derive(Debug)]
pub struct Function {
    name: String,
    program: &'static Path,
    variables: Vec<(String, String)>,
    idle: Mutex<Vec<Environment>>,
    logs: Logs,
    kill: Arc<Notify>,
    cold_starts: AtomicUsize,
    invocations: AtomicUsize,
}

impl Function {
    /// A function from the built binary of this name, with these environment variables beside Lambda's own.
    #[must_use]
    pub fn new(name: &str, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            name: name.to_owned(),
            program: binaries::executable(name),
            variables: variables.into_iter().collect(),
            idle: Mutex::default(),
            logs: Logs::default(),
            kill: Arc::default(),
            cold_starts: AtomicUsize::new(0),
            invocations: AtomicUsize::new(0),
        }
    }

    /// Hands over an event; at the deadline the process is killed, as AWS does.
    pub async fn invoke(&self, event: &Value, timeout: Duration) -> Result<Value, FunctionError> {
        let number = self.invocations.fetch_add(1, Ordering::Relaxed);
        let request_id = format!("00000000-0000-4000-8000-{number:012}");
        let mut environment = self.environment().await;
        let event = Bytes::from(serde_json::to_vec(event).expect("a value is JSON"));
        let reply = environment.invoke(&request_id, event, timeout).await;
        if environment.is_alive() {
            self.idle().push(environment);
        }
        reply
    }

    /// Ends all idle processes, so that the next invocation is a cold start.
    pub fn recycle(&self) {
        self.idle().clear();
    }

    /// Kills the processes that are handling an event at this moment: a crash.
    pub fn crash(&self) {
        self.kill.notify_waiters();
    }

    /// What its processes wrote.
    #[must_use]
    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// How many processes were started.
    #[must_use]
    pub fn cold_starts(&self) -> usize {
        self.cold_starts.load(Ordering::Relaxed)
    }

    async fn environment(&self) -> Environment {
        loop {
            let Some(mut idle) = self.idle().pop() else {
                break;
            };
            if idle.is_alive() {
                return idle;
            }
        }
        self.cold_starts.fetch_add(1, Ordering::Relaxed);
        Environment::start(&self.name, self.program, &self.variables, &self.logs, &self.kill).await
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Environment>> {
        self.idle.lock().expect("nobody panics with the lock")
    }
}

impl Invoke for Function {
    async fn invoke(&self, event: Value) -> Reply {
        Function::invoke(self, &event, DEFAULT_TIMEOUT).await
    }
}
