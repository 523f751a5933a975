//! Answers that are lists: of records, transactions, days.

use serde::Deserialize;
use serde_json::value::RawValue;

/// One answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// Each as it stands in the answer.
    #[serde(alias = "records", alias = "transactions", alias = "days")]
    pub(crate) items: Vec<Box<RawValue>>,
    /// Path and query of the rest.
    pub(crate) next: Option<String>,
    /// Why there are fewer records than there could be.
    pub(crate) cut: Option<Cut>,
}

/// An answer that the time limit ended.
#[derive(Debug, Deserialize)]
pub(crate) struct Cut {
    /// Up to where everything was looked at.
    pub(crate) reached: Option<String>,
}
