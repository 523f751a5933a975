//! Payloads captured from real senders.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::kinesis::Stream;

/// The uid of the order that failed once: 9 records, one of them an ERROR.
pub const ORDER_UID: &str = "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f";
/// The uid of [`tasks`].
pub const TASKS_UID: &str = "01a217479b2370a9aca7d400d3338d4b";
/// The time from the creation of a record to its arrival on the stream.
const DELAY_MS: i64 = 120;

/// The sender's Python: 3.12 added `taskName` to its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Python {
    /// Python 3.11.
    V311,
    /// Python 3.12.
    V312,
}

impl Python {
    /// Both versions.
    pub const ALL: [Self; 2] = [Self::V311, Self::V312];

    fn lines(self) -> &'static str {
        match self {
            Self::V311 => include_str!("../fixtures/order_python311.jsonl"),
            Self::V312 => include_str!("../fixtures/order_python312.jsonl"),
        }
    }
}

/// A payload as its sender puts it on the stream.
#[derive(Debug, Clone)]
pub struct Payload {
    /// The time of its creation.
    pub created_ms: i64,
    /// Its partition key. The handler uses the host name.
    pub partition_key: String,
    /// The bytes.
    pub data: Vec<u8>,
}

impl Payload {
    /// Returns a JSON record with typed values, as a modern sender writes it.
    #[must_use]
    pub fn record(time: &str, uid: &str, service: &str, message: &str) -> Self {
        let time: Timestamp = time.parse().expect("RFC 3339");
        let record = json!({
            "created": seconds(time),
            "levelname": "INFO",
            "levelno": 20,
            "log_uid": uid,
            "message": message,
            "name": format!("{service}.tests"),
            "service": service,
        });
        Self::bytes(time, record.to_string())
    }

    /// Returns a payload of any bytes.
    #[must_use]
    pub fn bytes(time: Timestamp, data: impl Into<Vec<u8>>) -> Self {
        Self { created_ms: time.as_millisecond(), partition_key: "host".to_owned(), data: data.into() }
    }
}

#[derive(Deserialize)]
struct Sent {
    pk: String,
    created: String,
}

/// Returns the 27 payloads of three services: four transactions, and some records without one.
#[must_use]
pub fn order(python: Python) -> Vec<Payload> {
    python.lines().lines().map(payload).collect()
}

fn payload(line: &'static str) -> Payload {
    let sent: Sent = serde_json::from_str(line).expect("the fixture is JSON");
    let created: f64 = sent.created.parse().expect("created is a number");
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of this century")]
    let created_ms = (created * 1000.0) as i64;
    Payload { created_ms, partition_key: sent.pk, data: line.into() }
}

/// Returns the payloads of one order of `examples/order`, with its tasks, as the Python kit writes them.
#[must_use]
pub fn tasks() -> Vec<Payload> {
    let record = |line: &str| {
        let fields: Value = serde_json::from_str(line).expect("the fixture is JSON");
        let created = SignedDuration::from_secs_f64(fields["created"].as_f64().expect("created is a number"));
        Payload::bytes(Timestamp::UNIX_EPOCH + created, line)
    };
    include_str!("../fixtures/tasks/order.jsonl").lines().map(record).collect()
}

/// Puts payloads on a stream, each shortly after its creation.
pub fn put(stream: &Stream, payloads: &[Payload]) {
    for payload in payloads {
        stream.clock().set(payload.created_ms + DELAY_MS);
        stream.put(&payload.partition_key, payload.data.as_slice());
    }
}

/// Returns the event of the same run as AWS sends it to a function (Python 3.11).
#[must_use]
pub fn order_event() -> Value {
    serde_json::from_str(include_str!("../fixtures/order_python311_event.json")).expect("the fixture is JSON")
}

/// Converts Python's `time.time()`. An f64 is exact to microseconds in this century.
#[expect(clippy::cast_precision_loss, reason = "as Python does")]
fn seconds(time: Timestamp) -> f64 {
    time.as_microsecond() as f64 / 1_000_000.0
}
