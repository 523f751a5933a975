//! Requests: a path and a query string become a typed search, or are refused with what is wrong.

#[allow(dead_code, reason = "the endpoints that take filters follow")]
mod filter;
mod moment;
mod parameters;
mod search;
mod spelling;

#[allow(unused_imports, reason = "the endpoints that take filters follow")]
pub(crate) use filter::{FILTERS, Filter};
pub(crate) use parameters::{BadParameter, MAX_QUERY_BYTES, Parameters, shortened};
pub(crate) use search::{Search, TRANSACTIONS};
