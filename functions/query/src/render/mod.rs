//! How answers look. No I/O: records in, bytes out.

mod problem;
mod record;
mod summary;
mod transaction;
mod value;

pub(crate) use problem::{Kind, Problem};
pub(crate) use transaction::{Limits, Page, Pushed};
