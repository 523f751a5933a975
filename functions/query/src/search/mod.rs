//! Reads the records that a request asks for from the store.

pub(crate) mod completeness;
pub(crate) mod follow;
pub(crate) mod linked_ids;
pub(crate) mod scan;
pub(crate) mod scan_plan;
pub(crate) mod transaction_lookup;
mod uid_time;
