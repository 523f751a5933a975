//! How an answer was searched for.

use serde::Serialize;

/// `{sketches, scanned}`: of how many days only what the sketches left was read, and how many days were scanned. An answer
/// whose records an index finds does not have it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Searched {
    pub(crate) sketches: usize,
    pub(crate) scanned: usize,
}
