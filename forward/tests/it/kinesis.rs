//! A Kinesis that keeps what it takes, and goes away when it is told.

use std::collections::BTreeMap;
use std::io::{BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Longer than anything takes that happens at all.
const LONG: Duration = Duration::from_mins(2);

/// How reachable it is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Reach {
    #[default]
    Here,
    /// Connections break, and new ones too.
    Away,
    /// Requests come, and the answers get lost. It has what came in every second request.
    Silent,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    reach: Reach,
    requests: usize,
    connections: Vec<TcpStream>,
}

#[derive(Clone)]
pub(crate) struct Kinesis {
    pub(crate) url: String,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Kinesis {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kinesis = Self { url, shared: Arc::default() };
        let server = kinesis.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let server = server.clone();
                std::thread::spawn(move || server.serve(&stream));
            }
        });
        kinesis
    }

    fn serve(&self, stream: &TcpStream) {
        let mut state = self.shared.0.lock().unwrap();
        if state.reach == Reach::Away {
            return;
        }
        state.connections.push(stream.try_clone().unwrap());
        drop(state);
        let mut reader = BufReader::new(stream);
        while let Some(body) = read(&mut reader) {
            let body: Value = serde_json::from_slice(&body).unwrap();
            let entries = body["Records"].as_array().unwrap();
            let mut state = self.shared.0.lock().unwrap();
            state.requests += 1;
            let number = state.requests;
            let is_lost = state.reach == Reach::Away || state.reach == Reach::Silent && number.is_multiple_of(2);
            let mut results = Vec::new();
            for (index, entry) in entries.iter().enumerate().filter(|_| !is_lost) {
                // Every seventh entry is refused, and a request of one entry never twice.
                if (number + index).is_multiple_of(7) {
                    results.push(json!({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "x"}));
                    continue;
                }
                let data = STANDARD.decode(entry["Data"].as_str().unwrap()).unwrap();
                let text = String::from_utf8(zstd::stream::decode_all(&data[..]).unwrap()).unwrap();
                state.lines.extend(text.lines().map(str::to_owned));
                results.push(json!({"SequenceNumber": "1", "ShardId": "s"}));
            }
            self.shared.1.notify_all();
            if is_lost || state.reach == Reach::Silent {
                while state.reach == Reach::Silent {
                    state = self.shared.1.wait(state).unwrap();
                }
                return;
            }
            drop(state);
            let answer = json!({"FailedRecordCount": 0, "Records": results}).to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", answer.len());
            let mut stream = stream;
            if stream.write_all((head + &answer).as_bytes()).is_err() {
                return;
            }
        }
    }

    /// Goes away, in the middle of what it does, falls silent, or comes back.
    pub(crate) fn set(&self, reach: Reach) {
        let mut state = self.shared.0.lock().unwrap();
        state.reach = reach;
        self.shared.1.notify_all();
        if reach == Reach::Away {
            for connection in state.connections.drain(..) {
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
    }

    /// Waits until there are records with so many ids. Returns the record of each id, which always is the same.
    pub(crate) fn wait(&self, ids: usize) -> BTreeMap<String, Value> {
        let until = Instant::now() + LONG;
        let mut state = self.shared.0.lock().unwrap();
        loop {
            let mut found = BTreeMap::new();
            for line in &state.lines {
                let record: Value = serde_json::from_str(line).unwrap();
                let id = record["record_id"].as_str().unwrap().to_owned();
                if let Some(other) = found.insert(id, record.clone()) {
                    assert_eq!(other, record, "ingest would file both");
                }
            }
            if found.len() >= ids {
                return found;
            }
            let left = until.checked_duration_since(Instant::now());
            let left = left.unwrap_or_else(|| panic!("{} of {ids} records came", found.len()));
            state = self.shared.1.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Returns how many lines came, with those that came again.
    pub(crate) fn lines(&self) -> usize {
        self.shared.0.lock().unwrap().lines.len()
    }
}

fn read(reader: &mut impl std::io::BufRead) -> Option<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}
