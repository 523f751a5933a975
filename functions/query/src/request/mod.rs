//! Parses a path and a query string into a typed request, or says what is wrong.

pub(crate) mod accept;
mod alternatives;
mod around;
mod fields;
mod filter;
mod follow;
mod format;
mod histogram;
mod logs;
mod moment;
mod outline;
mod paging;
mod parameters;
mod pin;
mod quarantine;
mod services;
mod spelling;
mod tail;
mod transaction;
mod transactions;
mod values;

pub(crate) use around::AroundSearch;
pub(crate) use fields::Fields;
pub(crate) use format::Format;
pub(crate) use histogram::HistogramSearch;
pub(crate) use logs::LogSearch;
pub(crate) use outline::{LaneKind, MAX_BINS, OutlineSearch, is_outline};
pub(crate) use parameters::{BadParameter, MAX_QUERY_BYTES, Parameters, shortened};
pub(crate) use pin::{PinWish, is_pin, pin_uid};
pub(crate) use quarantine::QuarantineSearch;
pub(crate) use services::ServicesSearch;
pub(crate) use tail::{JournalCursor, TailSearch};
pub(crate) use transaction::TransactionSearch;
pub(crate) use transactions::{Sort, TransactionListSearch};
pub(crate) use values::ValuesSearch;
