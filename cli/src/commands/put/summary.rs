//! The summary of `logbraid put`: what was put.

use std::fmt;

use serde_json::json;

use super::lines::LinePosition;
use super::record::Refusal;
use crate::render::count;
use crate::run_end::RunEnd;

/// The counts so far.
#[derive(Debug, Default)]
pub(super) struct PutSummary {
    /// Records that Kinesis has.
    pub(super) put: u64,
    /// The size of these records, without their keys.
    pub(super) bytes: u64,
    /// Lines that cannot be put.
    pub(super) left_out: u64,
    /// Records that were put again, counted each time.
    pub(super) put_again: u64,
    /// The first line that was to be put and is not.
    pub(super) first_missing: Option<LinePosition>,
}

impl PutSummary {
    /// Counts a line that cannot be put. Returns the message for it.
    pub(super) fn leave_out(&mut self, position: &LinePosition, refusal: &Refusal) -> String {
        self.left_out += 1;
        format!("logbraid: {position} is not put: {refusal}")
    }

    /// Returns the summary for programs. The names are stable.
    pub(super) fn json<E>(&self, result: &Result<RunEnd, E>) -> serde_json::Value {
        json!({
            "put": self.put, "bytes": self.bytes, "put_again": self.put_again, "left_out": self.left_out,
            "ended": RunEnd::name(result), "first_missing": self.first_missing.as_ref().map(ToString::to_string),
        })
    }
}

/// The summary for people.
impl fmt::Display for PutSummary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{} put", count(self.put, "record"))?;
        if self.left_out > 0 {
            writeln!(out, "{} not put", count(self.left_out, "line"))?;
        }
        match &self.first_missing {
            Some(position) => writeln!(out, "the first that is missing is {position}"),
            None => Ok(()),
        }
    }
}
