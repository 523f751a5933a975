//! Pages: answers that hold a part of a list of records, transactions or days.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::render::visible;

/// One page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// The items as they stand in the answer.
    #[serde(alias = "records", alias = "transactions", alias = "days", alias = "pins")]
    pub(crate) items: Vec<Box<RawValue>>,
    /// Path and query of the next page.
    pub(crate) next: Option<String>,
    /// Present if the time limit ended the search early.
    pub(crate) cut: Option<Cut>,
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
