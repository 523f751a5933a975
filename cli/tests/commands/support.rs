//! Runs the built command in tests.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;
use tests::app::TestApp;
use tests::fixtures::{self, Payload};
use tests::http::PlainHttp;
use tests::kinesis::Stream;
use tests::wait;

/// Environment variables of a developer that would change what the command does.
const SETTINGS: [&str; 14] = [
    "LOGBRAID_TOKEN",
    "LOGBRAID_URL",
    "LOGBRAID_SIGN",
    "LOGBRAID_STREAM",
    "NO_COLOR",
    "CLICOLOR_FORCE",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_KINESIS",
];

/// Returns the command with the address of a query API.
pub(crate) fn logbraid(url: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logbraid"));
    for name in SETTINGS {
        command.env_remove(name);
    }
    command.args(args).env("LOGBRAID_URL", url).stdin(Stdio::null());
    command
}

/// The result of a command: exit status and output.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Runs a command to its end.
    pub(crate) async fn of(mut command: Command) -> Self {
        let output = tokio::task::spawn_blocking(move || command.output().expect("it runs"));
        Self::from(output.await.expect("it ends"))
    }

    /// Takes the output of a command that has ended.
    pub(crate) fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Parses standard output as JSON lines.
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    }
}

/// A command that is running. Dropping it kills the process.
pub(crate) struct Running {
    child: Child,
    stdout: Arc<Mutex<Vec<String>>>,
    stderr: Arc<Mutex<Vec<String>>>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        let stdout = lines(child.stdout.take().expect("piped"));
        let stderr = lines(child.stderr.take().expect("piped"));
        Self { child, stdout, stderr }
    }

    /// Returns the lines on standard output so far.
    pub(crate) fn stdout(&self) -> Vec<String> {
        self.stdout.lock().expect("not poisoned").clone()
    }

    /// Returns the lines on standard error so far.
    pub(crate) fn stderr(&self) -> Vec<String> {
        self.stderr.lock().expect("not poisoned").clone()
    }

    /// Waits for the end of the process.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        wait::until_some("it ends", async || self.child.try_wait().expect("a child")).await
    }

    /// Sends a signal, and waits for the end of the process.
    pub(crate) async fn end_with(&mut self, signal: &str) -> ExitStatus {
        let sent = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
        self.ended().await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(output: impl io::Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let read = Arc::clone(&lines);
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            read.lock().expect("not poisoned").push(line.expect("text"));
        }
    });
    lines
}

/// An answer: status, content type, body.
type Answer = (&'static str, &'static str, String);

/// A server with the answers of a test: for what the real query function does not do on demand.
pub(crate) struct Stub {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Starts a server. `answer` gets the number of the request, from 0, and its head and body.
    pub(crate) fn new(answer: impl Fn(usize, &str) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let received = Arc::clone(&requests);
        // The thread ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                // A client may close the connection early.
                let _ = stream.and_then(|stream| serve(stream, &received, &answer));
            }
        });
        Self { address, requests }
    }

    /// Starts a server that always gives the same answer.
    pub(crate) fn answering(status: &'static str, content_type: &'static str, body: &'static str) -> Self {
        Self::new(move |_, _| (status, content_type, body.to_owned()))
    }

    /// Returns host and port.
    pub(crate) fn server(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the requests so far, each with head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }

    pub(crate) fn last_request(&self) -> String {
        self.requests().pop().expect("a request")
    }
}

/// Serves one request. Each request has its own connection.
fn serve(stream: TcpStream, received: &Mutex<Vec<String>>, answer: impl Fn(usize, &str) -> Answer) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if reader.read_line(&mut request)? == 0 {
            return Ok(());
        }
    }
    request = request.replace("\r\n", "\n");
    let length = request.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    request.push_str(&String::from_utf8_lossy(&body));
    let number = {
        let mut received = received.lock().expect("not poisoned");
        received.push(request.clone());
        received.len() - 1
    };
    let (status, content_type, body) = answer(number, &request);
    let length = body.len();
    write!(
        reader.into_inner(),
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// Files payloads, and starts the query function over plain HTTP.
pub(crate) async fn delivered(payloads: &[Payload]) -> (TestApp, PlainHttp) {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, payloads);
    app.deliver(&stream).await;
    let plain = PlainHttp::start(app.db.env()).await;
    (app, plain)
}
