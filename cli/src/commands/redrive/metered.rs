//! A reader with a byte limit for each record, which also keeps the error of a failed read. The JSON parser reports neither.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// A reader that reports the end of the input once a record is over the limit.
pub(super) struct MeteredReader<R> {
    source: R,
    meter: Meter,
}

/// The state of a [`MeteredReader`], for whoever parses what it reads.
#[derive(Clone)]
pub(super) struct Meter(Rc<State>);

struct State {
    limit: u64,
    /// The bytes that were read for the current record.
    bytes: Cell<u64>,
    error: Cell<Option<io::Error>>,
}

impl<R: Read> MeteredReader<R> {
    /// Wraps a reader. A record can take `limit` bytes.
    pub(super) fn new(source: R, limit: u64) -> (Self, Meter) {
        let meter = Meter(Rc::new(State { limit, bytes: Cell::default(), error: Cell::default() }));
        (Self { source, meter: meter.clone() }, meter)
    }
}

impl Meter {
    /// Starts to count for the next record.
    pub(super) fn start_record(&self) {
        self.0.bytes.set(0);
    }

    /// Returns whether the current record is over the limit.
    pub(super) fn is_over_limit(&self) -> bool {
        self.0.bytes.get() > self.0.limit
    }

    /// Takes the error of a failed read.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        self.0.error.take()
    }
}

impl<R: Read> Read for MeteredReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.meter.is_over_limit() {
            return Ok(0);
        }
        match self.source.read(buffer) {
            Ok(bytes) => {
                let read = &self.meter.0.bytes;
                read.set(read.get() + bytes as u64);
                Ok(bytes)
            }
            // The parser reads again after this error.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.meter.0.error.set(Some(error));
                Ok(0)
            }
        }
    }
}
