//! Requests: a path and a query string become a typed search, or are refused with what is wrong.

mod filter;
mod format;
mod logs;
mod moment;
mod paging;
mod parameters;
mod search;
mod spelling;
mod tail;

pub(crate) use format::Format;
pub(crate) use logs::{LOGS, LogSearch};
pub(crate) use parameters::{BadParameter, MAX_QUERY_BYTES, Parameters, shortened};
pub(crate) use search::{Search, TRANSACTIONS};
pub(crate) use tail::{Place, TAIL, TailSearch};
