//! A small HTTP server for tests: it answers in turn, and keeps the requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    /// Such as `POST / HTTP/1.1`.
    pub(crate) line: String,
    head: Vec<String>,
    pub(crate) body: String,
}

impl Received {
    /// Returns a header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let is_named = |line: &&String| line.split(':').next().is_some_and(|key| key.eq_ignore_ascii_case(name));
        self.head.iter().find(is_named).map(|line| line.split_once(':').unwrap().1.trim())
    }
}

pub(crate) struct TestServer {
    pub(crate) url: String,
    thread: JoinHandle<Vec<Received>>,
}

impl TestServer {
    /// Starts a server with an answer for each request: status, further headers, body. A status of 0 closes the
    /// connection.
    pub(crate) fn start(answers: Vec<(u16, &'static str, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            let mut received = Vec::new();
            for (status, headers, body) in answers {
                let (mut stream, _) = listener.accept().unwrap();
                received.push(read(&stream));
                if status > 0 {
                    let head = format!(
                        "HTTP/1.1 {status} x\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
                        body.len()
                    );
                    stream.write_all((head + &body).as_bytes()).unwrap();
                }
            }
            received
        });
        Self { url, thread }
    }

    /// Waits for the last request. Returns all.
    pub(crate) fn requests(self) -> Vec<Received> {
        self.thread.join().unwrap()
    }
}

fn read(stream: &TcpStream) -> Received {
    let mut reader = BufReader::new(stream);
    let mut head: Vec<String> =
        reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    let line = head.remove(0);
    let mut received = Received { line, head, body: String::new() };
    let length = received.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    received.body = String::from_utf8(body).unwrap();
    received
}
