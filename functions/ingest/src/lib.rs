//! INGEST: a Kinesis event -> decode -> store -> reply.
//!
//! What is Lambda's alone: the context of a cold start, the handler with its reply, and the metrics. `decode` reads the
//! event and its payloads, `store` files what comes of them.

mod context;
mod handler;
mod metrics;

pub use context::Context;
pub use handler::handle;
