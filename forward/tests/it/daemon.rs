//! The forwarder as a process: this test binary, started again.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use forward::config::Config;
use forward::daemon::{self, LoadError};

/// Longer than anything takes that happens at all.
const LONG: Duration = Duration::from_mins(1);
/// Names the configuration for the process that is the forwarder.
const CONFIG: &str = "FORWARD_TEST_CONFIG";

/// Runs the forwarder, if this process was started for that.
#[test]
#[ignore = "the other tests start it"]
fn forwarder() {
    let Ok(path) = std::env::var(CONFIG) else { return };
    let load = || {
        let read = |source| LoadError::Read { file: path.clone(), source };
        let yaml = fs::read_to_string(&path).map_err(read)?;
        Ok(Config::parse(&yaml, &path, &|_| None)?)
    };
    // The test waits for these lines.
    let started = |name: &str, addresses: &[String]| println!("listens {name} {}", addresses.join(" "));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(daemon::run(&load, &|_, _| Ok(None), &started)).unwrap();
}

/// A forwarder with one input of each kind that the tests use.
pub(crate) struct Forwarder {
    child: Child,
    addresses: Vec<(String, SocketAddr)>,
    /// Who listens later, and where.
    later: Receiver<(String, SocketAddr)>,
}

/// Where a forwarder's configuration and data are.
pub(crate) struct TestFolder {
    folder: tempfile::TempDir,
    /// An address that nobody has, for an input that keeps its address over changes.
    free: SocketAddr,
}

impl TestFolder {
    /// Writes a configuration with these parts of YAML beside the inputs.
    pub(crate) fn new(kinesis_url: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let place = Self { folder, free };
        place.configure(kinesis_url, more);
        place
    }

    pub(crate) fn configure(&self, kinesis_url: &str, more: &str) {
        self.write(kinesis_url, "\"127.0.0.1:0\"}", more);
    }

    /// Writes a configuration with these settings of the input for Fluentd's protocol, and another input with a number.
    pub(crate) fn configure_inputs(&self, kinesis_url: &str, fluent: &str, number: usize) {
        let extra = format!("\n  extra{number}: {{type: http, listen: \"127.0.0.1:0\"}}");
        self.write(kinesis_url, &format!("'{}'{fluent}}}{extra}", self.free), "");
    }

    fn write(&self, kinesis_url: &str, fluent: &str, more: &str) {
        let data = self.path().join("data");
        let yaml = format!(
            "data_dir: {}\nlisten: 127.0.0.1:0\n\
             inputs:\n  fluent: {{type: forward, listen: {fluent}\n  vlogs: {{type: victorialogs, listen: \"127.0.0.1:0\"}}\n\
             outputs:\n  stream: {{type: kinesis, stream: app_logging, endpoint: \"{kinesis_url}\"}}\n{more}",
            data.display()
        );
        fs::write(self.config(), yaml).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.path().join("forward.yaml")
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a forwarder, which listens when this returns.
    pub(crate) fn start(&self) -> Forwarder {
        self.start_by(Command::new(std::env::current_exe().unwrap()))
    }

    /// Starts a forwarder for which no file can have more than 128 KiB: writing to it then fails in the middle.
    pub(crate) fn start_with_small_files(&self) -> Forwarder {
        let mut shell = Command::new("sh");
        // Units of 512 bytes.
        shell.args(["-c", "trap '' XFSZ; ulimit -f 256; exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
        self.start_by(shell)
    }

    fn start_by(&self, mut command: Command) -> Forwarder {
        let mut child = command
            .args(["--ignored", "--exact", "daemon::forwarder", "--nocapture"])
            .env(CONFIG, self.config())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = |line: &str| {
            let mut words = line.split("listens ").nth(1)?.split(' ');
            Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
        };
        let mut addresses = Vec::new();
        // The metrics come last.
        while !addresses.iter().any(|(name, _): &(String, SocketAddr)| name == "metrics") {
            addresses.extend(address(&lines.next().expect("the forwarder did not start").unwrap()));
        }
        // What is printed later must not stop it.
        let (sender, later) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // The test may have ended.
                let _ = address(&line).map(|address| sender.send(address));
            }
        });
        Forwarder { child, addresses, later }
    }
}

impl Forwarder {
    pub(crate) fn address(&self, input: &str) -> SocketAddr {
        self.addresses.iter().find(|(name, _)| name == input).unwrap().1
    }

    /// Waits until an input listens that was added.
    pub(crate) fn wait_for(&mut self, input: &str) {
        while !self.addresses.iter().any(|(name, _)| name == input) {
            self.addresses.push(self.later.recv_timeout(LONG).unwrap());
        }
    }

    /// Returns a number of its metrics.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let text = self.get("metrics", "/metrics").1;
        let value = text.lines().find_map(|line| line.strip_prefix("logbraid_forward_")?.strip_prefix(name));
        value.unwrap_or_else(|| panic!("no {name}: {text}")).trim().parse().unwrap()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Kills it as a crash does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it, and waits for that.
    pub(crate) fn end(mut self) {
        self.signal(rustix::process::Signal::TERM);
        let deadline = Instant::now() + LONG;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::park_timeout(Duration::from_millis(10));
        };
        assert!(status.success());
    }

    /// Asks over HTTP. Returns the status and the body.
    pub(crate) fn get(&self, input: &str, path: &str) -> (u16, String) {
        self.http(input, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
    }

    pub(crate) fn post(&self, input: &str, path: &str, body: &str) -> (u16, String) {
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
        self.http(input, &(head + body))
    }

    fn http(&self, input: &str, request: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address(input)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
