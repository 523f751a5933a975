//! INGEST: a Kinesis event -> decode -> store -> reply.
//!
//! This crate has what only Lambda needs: the context of a cold start, the handler with its reply, and the metrics. `decode`
//! reads the event and its payloads, `store` stores the records.

mod context;
mod handler;
mod metrics;

pub use context::Context;
pub use handler::handle;
