//! INGEST: a Kinesis batch -> decode -> normalise -> store -> which records to send again.
//!
//! `event`, `decode` and `filing` are pure; what normalises is `shared::record`, whose `Draft` a decoder fills and completes.
//! `settle` stores, `handler` decides and replies.

mod context;
mod decode;
mod event;
mod filing;
mod handler;
mod rejection;
mod settle;
mod summary;

pub use context::Context;
pub use event::{Batch, NotAnEvent};
pub use filing::{Filing, Pile, UNKNOWN_FORMAT};
pub use handler::handle;
pub use rejection::REASON_CODES;
pub use settle::{Failure, Settled};
