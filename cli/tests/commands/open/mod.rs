//! Tests of `logbraid open`: the browser is a plain socket, the API is the real query function or a stub.

mod access;
mod life;
mod passing;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use serde_json::Value;
use tests::wait;

use crate::support::{Running, logbraid};

/// What a browser sends for an address that was typed or opened by a program.
const OPENED: (&str, &str) = ("sec-fetch-site", "none");

/// The running command, and what is needed to talk to it.
struct Open {
    running: Running,
    address: SocketAddr,
    /// Path and query of the address that it printed: with the token.
    target: String,
}

/// An answer as it came: status, lines of headers in lower case, body.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    /// Reads the head of an answer.
    fn head(reader: &mut impl std::io::BufRead) -> Self {
        let mut lines = reader.lines().map(|line| line.expect("a line")).take_while(|line| !line.is_empty());
        let status = lines.next().expect("a status line")[9..12].parse().expect("a status");
        let header = |line: String| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let headers = lines.filter_map(header).collect();
        Self { status, headers, body: String::new() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem: Value = serde_json::from_str(&self.body).expect("JSON");
        assert_eq!(problem["status"], self.status);
        (self.status, problem["type"].as_str().expect("a type").to_owned())
    }

    fn detail(&self) -> String {
        serde_json::from_str::<Value>(&self.body).expect("JSON")["detail"].as_str().expect("a detail").to_owned()
    }
}

impl Open {
    /// Starts the command, and waits for the address that it prints.
    async fn start(mut command: Command) -> Self {
        command.arg("--print");
        let running = Running::start(command);
        let url = wait::until_some("the address is printed", async || {
            let printed = running.stdout().first().cloned();
            assert!(printed.is_some() || running.stderr().is_empty(), "{:?}", running.stderr());
            printed
        })
        .await;
        let (host, target) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address");
        Self { address: host.parse().expect("host and port"), target: format!("/{target}"), running }
    }

    /// Starts the command in front of an API.
    async fn before(url: &str, args: &[&str]) -> Self {
        Self::start(logbraid(url, &[&["open"], args].concat())).await
    }

    fn host(&self) -> String {
        self.address.to_string()
    }

    /// Sends a request with exactly these headers, and returns the connection.
    fn send(&self, request: &str, headers: &[(&str, &str)]) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        write!(stream, "{request} HTTP/1.1\r\n{}connection: close\r\n\r\n", headers.concat()).expect("it reads");
        BufReader::new(stream)
    }

    /// Sends a request with exactly these headers, and reads the whole answer.
    async fn raw(&self, request: &str, headers: &[(&str, &str)]) -> Answer {
        let mut reader = self.send(request, headers);
        let read = move || {
            let mut answer = Answer::head(&mut reader);
            reader.read_to_string(&mut answer.body).expect("text");
            answer
        };
        tokio::task::spawn_blocking(read).await.expect("an answer")
    }

    /// Sends a request to the right host.
    async fn ask(&self, request: &str, headers: &[(&str, &str)]) -> Answer {
        self.raw(request, &[&[("host", self.host().as_str())], headers].concat()).await
    }

    /// Goes to the printed address, and returns the cookie as the browser sends it back.
    async fn cookie(&self) -> String {
        let answer = self.ask(&format!("GET {}", self.target), &[OPENED]).await;
        let cookie = answer.header("set-cookie").expect("a cookie");
        cookie.split(';').next().expect("a pair").to_owned()
    }

    /// Asks as the opened browser.
    async fn get(&self, target: &str, cookie: &str) -> Answer {
        self.ask(&format!("GET {target}"), &[("cookie", cookie), ("sec-fetch-site", "same-origin")]).await
    }
}

fn healthy(_: usize, _: &str) -> (&'static str, &'static str, String) {
    ("200 OK", "application/json", "{}".to_owned())
}

/// Starts an API that answers each request with these bytes. Returns its address.
fn api(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    // The thread ends with the test's process.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).expect("text") > 0 {}
            if head.starts_with("GET /healthz ") {
                let head =
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 2";
                write!(stream, "{head}\r\n\r\n{{}}").unwrap();
            } else {
                answer(&head, &mut stream);
            }
        }
    });
    url
}
