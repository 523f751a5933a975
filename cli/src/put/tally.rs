//! What was put, counted and said.

use std::fmt;

use serde_json::json;

use super::Ended;
use super::line::{Place, Refusal};
use crate::error::Error;
use crate::render::count;

/// What became of the lines so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Records that Kinesis has.
    pub(super) put: u64,
    /// What they take, without their keys.
    pub(super) bytes: u64,
    /// Lines that cannot be put.
    pub(super) left_out: u64,
    /// How often a record was put again.
    pub(super) again: u64,
    /// The first record that was to be put and is not.
    pub(super) first_missing: Option<Place>,
}

impl Tally {
    /// Counts a line that is not put; what is said of it.
    pub(super) fn leave_out(&mut self, place: &Place, refusal: &Refusal) -> String {
        self.left_out += 1;
        format!("logbraid: {place} is not put: {refusal}")
    }

    /// For programs.
    pub(super) fn json(&self, ended: &Result<Ended, Error>) -> serde_json::Value {
        let ended = match ended {
            Ok(Ended::AllDone) => "done",
            Ok(Ended::Interrupted) => "interrupted",
            Err(_) => "failed",
        };
        json!({
            "put": self.put, "bytes": self.bytes, "put_again": self.again, "left_out": self.left_out, "ended": ended,
            "first_missing": self.first_missing.as_ref().map(ToString::to_string),
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{} put", count(self.put, "record"))?;
        if self.left_out > 0 {
            writeln!(out, "{} not put", count(self.left_out, "line"))?;
        }
        match &self.first_missing {
            Some(place) => writeln!(out, "the first that is missing is {place}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.file.as_os_str() == "-" {
            write!(out, "line {}", self.line)
        } else {
            write!(out, "{}:{}", self.file.display(), self.line)
        }
    }
}
