//! A deployed function: one execution environment for each concurrent invocation.

use std::ffi::OsString;
use std::path::PathBuf;
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

/// The request id of a process that has no event yet.
const START_REQUEST_ID: &str = "start";
/// The default timeout of an invocation.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The program of a function.
#[derive(Debug, Clone)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// Its arguments: none for a compiled function; for an interpreter, the function.
    pub arguments: Vec<OsString>,
}

/// A function. Its processes are killed when it is dropped.
///
/// As on AWS, an invocation uses an idle environment or starts a new one. A process that died, or was killed at its
/// deadline, is not used again.
#[derive(Debug)]
pub struct Function {
    name: String,
    program: Program,
    variables: Vec<(String, String)>,
    idle: Mutex<Vec<Environment>>,
    logs: Logs,
    kill: Arc<Notify>,
    cold_starts: AtomicUsize,
    invocations: AtomicUsize,
}

impl Function {
    /// Returns a function with the built binary of this name, and these environment variables in addition to Lambda's.
    #[must_use]
    pub fn new(name: &str, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let path = binaries::executable(name).to_owned();
        Self::running(Program { path, arguments: Vec::new() }, name, variables)
    }

    /// Returns a function with this program.
    #[must_use]
    pub fn running(program: Program, name: &str, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            name: name.to_owned(),
            program,
            variables: variables.into_iter().collect(),
            idle: Mutex::default(),
            logs: Logs::default(),
            kill: Arc::default(),
            cold_starts: AtomicUsize::new(0),
            invocations: AtomicUsize::new(0),
        }
    }

    /// Sends an event. At the deadline the process is killed, as on AWS.
    pub async fn invoke(&self, event: &Value, timeout: Duration) -> Result<Value, FunctionError> {
        let event = Bytes::from(serde_json::to_vec(event).expect("a value is JSON"));
        self.invoke_json(event, timeout).await
    }

    /// Sends an event like [`Function::invoke`], from its JSON.
    pub async fn invoke_json(&self, event: Bytes, timeout: Duration) -> Result<Value, FunctionError> {
        let number = self.invocations.fetch_add(1, Ordering::Relaxed);
        let request_id = format!("00000000-0000-4000-8000-{number:012}");
        let mut environment = self.environment().await;
        let reply = environment.invoke(&request_id, event, timeout).await;
        if environment.is_alive() {
            self.idle().push(environment);
        }
        reply
    }

    /// Starts a process before its first event, and waits until it asks for one.
    pub async fn start_one(&self) -> Result<(), FunctionError> {
        let mut environment = self.start().await;
        environment.initialise(START_REQUEST_ID).await?;
        self.idle().push(environment);
        Ok(())
    }

    /// Returns the ids of the processes that wait for an event.
    #[must_use]
    pub fn pids(&self) -> Vec<u32> {
        self.idle().iter().filter_map(Environment::pid).collect()
    }

    /// Ends all idle processes, so that the next invocation is a cold start.
    pub fn recycle(&self) {
        self.idle().clear();
    }

    /// Kills the processes that are handling an event, as in a crash.
    pub fn crash(&self) {
        self.kill.notify_waiters();
    }

    /// Returns the processes' output.
    #[must_use]
    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// Returns the number of started processes.
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
        self.start().await
    }

    async fn start(&self) -> Environment {
        self.cold_starts.fetch_add(1, Ordering::Relaxed);
        Environment::start(&self.name, &self.program, &self.variables, &self.logs, &self.kill).await
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
