//! A service of AWS that gives every request the same answer.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::error::Error;

const CALLER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:root</Arn>\
                      </GetCallerIdentityResult></GetCallerIdentityResponse>";
const DENIED: &str = r#"{"__type": "AccessDeniedException", "message": "no identity-based policy allows it"}"#;
/// An answer of long ago.
const OLD_DATE: &str = "Fri, 20 Nov 2026 08:00:00 GMT";
/// The longest body of a request that is read.
const MAX_BODY_BYTES: u64 = 1024 * 1024;

/// The service. It ends when dropped.
pub(super) struct Stub {
    port: u16,
    is_over: Arc<AtomicBool>,
}

impl Stub {
    /// Answers like STS, from a time of long ago.
    pub(super) fn with_another_time() -> Result<Self, Error> {
        Self::start(format!("HTTP/1.1 200 OK\r\ndate: {OLD_DATE}\r\n"), CALLER)
    }

    /// Refuses everything for lack of permissions.
    pub(super) fn that_denies() -> Result<Self, Error> {
        Self::start("HTTP/1.1 403 Forbidden\r\n".to_owned(), DENIED)
    }

    fn start(head: String, body: &'static str) -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::Port)?;
        let port = listener.local_addr().map_err(Error::Port)?.port();
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        thread::spawn(move || {
            let streams = listener.incoming().take_while(|_| !over.load(Ordering::Relaxed));
            for stream in streams.flatten() {
                answer(&stream, &head, body);
            }
        });
        Ok(Self { port, is_over })
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the thread.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Reads a request and answers it. A client that is gone gets no answer.
fn answer(mut stream: &TcpStream, head: &str, body: &str) {
    let mut reader = BufReader::new(stream);
    let lines = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let length = lines.filter_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok()).last();
    let mut sent = Vec::new();
    let _ = reader.take(length.unwrap_or(0).min(MAX_BODY_BYTES)).read_to_end(&mut sent);
    let _ = write!(stream, "{head}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
}
