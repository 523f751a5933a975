//! Pages: answers that hold a part of a list of records or transactions.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::render::{count, visible};

/// One page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// The items as they stand in the answer.
    #[serde(alias = "records", alias = "transactions", alias = "pins")]
    pub(crate) items: Vec<Box<RawValue>>,
    /// Path and query of the next page.
    pub(crate) next: Option<String>,
    /// Present if the time limit ended the search early.
    pub(crate) cut: Option<Cut>,
    /// How the days were looked at. Absent where an index finds the items, and where a tenant asks.
    pub(crate) searched: Option<Searched>,
}

/// Of how many days the sketches said where to read, and how many days were scanned.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Searched {
    sketches: u64,
    scanned: u64,
}

/// What was looked at, after a message that nothing matches.
impl fmt::Display for Searched {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sketches, scanned } = *self;
        match sketches + scanned {
            0 => return out.write_str("there is no day to look at"),
            days => write!(out, "looked at {}", count(days, "day"))?,
        }
        match (sketches, scanned) {
            (0, _) => out.write_str(", by scanning"),
            (1, 0) => out.write_str(", by its sketches"),
            (_, 0) => out.write_str(", by their sketches"),
            _ => write!(out, ", {sketches} by their sketches and {scanned} by scanning"),
        }
    }
}

/// The point at which the API's time limit ended a search.
#[derive(Debug, Deserialize)]
pub(crate) struct Cut {
    /// The time up to which everything was searched.
    pub(crate) reached: Option<String>,
}

/// The message for a search that continues with the next page.
impl fmt::Display for Cut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reached {
            Some(reached) => write!(out, "searched up to {} so far; going on", visible(reached)),
            None => out.write_str("nothing more so far; going on"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Searched;

    #[test]
    fn it_is_said_what_was_looked_at() {
        fn check(sketches: u64, scanned: u64, expect: &str) {
            assert_eq!(Searched { sketches, scanned }.to_string(), expect);
        }
        check(0, 0, "there is no day to look at");
        check(1, 0, "looked at 1 day, by its sketches");
        check(90, 0, "looked at 90 days, by their sketches");
        check(0, 3, "looked at 3 days, by scanning");
        check(89, 1, "looked at 90 days, 89 by their sketches and 1 by scanning");
    }
}
