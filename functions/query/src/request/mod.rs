//! Requests: a path and a query string become a typed search, or are refused with what is wrong.

mod around;
mod filter;
mod format;
mod histogram;
mod logs;
mod moment;
mod paging;
mod parameters;
mod search;
mod services;
mod spelling;
mod tail;
mod transactions;

pub(crate) use around::AroundSearch;
pub(crate) use format::Format;
pub(crate) use histogram::{HISTOGRAM, HistogramSearch};
pub(crate) use logs::{LOGS, LogSearch};
pub(crate) use parameters::{BadParameter, MAX_QUERY_BYTES, Parameters, shortened};
pub(crate) use search::{Search, TRANSACTIONS};
pub(crate) use services::{SERVICES, ServicesSearch};
pub(crate) use tail::{Place, TAIL, TailSearch};
pub(crate) use transactions::{Sort, TRANSACTION_LIST, TransactionsSearch};
