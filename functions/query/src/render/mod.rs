//! How answers look. No I/O: records in, bytes out.

mod completeness;
mod listing;
mod problem;
mod record;
mod summary;
mod text;
mod transaction;
mod value;

use std::fmt::Display;

use serde::Serializer;

pub(crate) use completeness::Completeness;
pub(crate) use listing::{Cut, Listing};
pub(crate) use problem::{Kind, Problem};
pub(crate) use transaction::{Limits, Page, Pushed};

/// Serialises what displays as it should read.
fn as_text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
