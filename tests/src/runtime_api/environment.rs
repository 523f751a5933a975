//! An execution environment: one process, one Runtime API, one invocation at a time.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::error::FunctionError;
use super::function::Program;
use super::logs::Logs;
use super::server::{Server, Told, Work};

/// The longest time until a process asks for work. AWS allows 10 s; a busy test machine may need more.
const INIT_TIMEOUT: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub(super) struct Environment {
    process: Child,
    server: Server,
    /// The process has asked for work and has not got it yet.
    waiting: bool,
    /// Signals that the process is to be killed.
    kill: Arc<Notify>,
}

impl Environment {
    /// Starts a process with exactly this environment.
    pub(super) async fn start(
        name: &str,
        program: &Program,
        variables: &[(String, String)],
        logs: &Logs,
        kill: &Arc<Notify>,
    ) -> Self {
        let server = Server::start(name).await;
        let mut process = Command::new(&program.path)
            .args(&program.arguments)
            .env_clear()
            .envs([
                ("AWS_LAMBDA_FUNCTION_NAME", name),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/test"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "test"),
                ("AWS_LAMBDA_RUNTIME_API", &server.address),
                ("AWS_REGION", "eu-west-1"),
                ("TZ", ":UTC"),
            ])
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("a built function can be run");
        logs.follow(process.stdout.take().expect("piped"));
        logs.follow(process.stderr.take().expect("piped"));
        Self { process, server, waiting: false, kill: Arc::clone(kill) }
    }

    /// Whether the process can take another event.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Sends one event. After an error that the function did not report itself, the environment is unusable.
    pub(super) async fn invoke(
        &mut self,
        request_id: &str,
        event: Bytes,
        timeout: Duration,
    ) -> Result<Value, FunctionError> {
        self.initialise(request_id).await?;
        self.waiting = false;
        let work = Work { request_id: request_id.to_owned(), timeout, event };
        self.server.work.send(work).await.expect("the server holds the other end");
        let deadline = Instant::now() + timeout;
        loop {
            match self.listen(deadline).await {
                Heard::Told(Told::Response { request_id: id, body }) if id == request_id => {
                    return serde_json::from_slice(&body).map_err(|error| FunctionError::malformed(&error));
                }
                Heard::Told(Told::Error { request_id: id, body }) if id == request_id => {
                    return Err(FunctionError::reported(&body));
                }
                Heard::Told(Told::Next) => self.waiting = true,
                Heard::Told(_) => {}
                Heard::Exit(status) => return Err(FunctionError::exited(request_id, status)),
                Heard::Nothing => {
                    self.kill().await;
                    return Err(FunctionError::timed_out(request_id, timeout));
                }
            }
        }
    }

    /// Returns the process id; none if the process has ended.
    pub(super) fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits until the process asks for work.
    pub(super) async fn initialise(&mut self, request_id: &str) -> Result<(), FunctionError> {
        let deadline = Instant::now() + INIT_TIMEOUT;
        while !self.waiting {
            match self.listen(deadline).await {
                Heard::Told(Told::Next) => self.waiting = true,
                Heard::Told(Told::InitError { body }) => {
                    self.kill().await;
                    return Err(FunctionError::reported(&body));
                }
                Heard::Told(_) => {}
                Heard::Exit(status) => return Err(FunctionError::exited(request_id, status)),
                Heard::Nothing => {
                    self.kill().await;
                    return Err(FunctionError::timed_out(request_id, INIT_TIMEOUT));
                }
            }
        }
        Ok(())
    }

    /// Waits for the next message or the end of the process. Messages sent before the end come first.
    async fn listen(&mut self, deadline: Instant) -> Heard {
        let either = async {
            tokio::select! {
                biased;
                Some(told) = self.server.told.recv() => Heard::Told(told),
                () = self.kill.notified() => {
                    self.process.start_kill().expect("a child can be killed");
                    Heard::Exit(self.process.wait().await.expect("a child can be waited for"))
                }
                status = self.process.wait() => Heard::Exit(status.expect("a child can be waited for")),
            }
        };
        timeout_at(deadline, either).await.unwrap_or(Heard::Nothing)
    }

    async fn kill(&mut self) {
        self.process.kill().await.expect("a child can be killed");
    }
}

enum Heard {
    Told(Told),
    Exit(ExitStatus),
    Nothing,
}
