//! QUERY: request -> parse -> search -> render.
//!
//! Architecture invariant: `request`, `render` and the scan plan are pure. They know no MongoDB, no clock and no
//! environment. The endpoints join them to the store. Each folder uses only those below it in this list, except that
//! any of them may use `caller`, `context`, `failed_batches` and `paths`:
//!
//! - `serve`, `routes`: the server and its table of paths
//! - `endpoints`: one file for each path
//! - `search`: reads records from the store, window by window
//! - `http`: replies, errors, compression, Lambda and plain HTTP
//! - `render`: records in, bytes out
//! - `request`: a path and a query string become a typed request

mod caller;
mod command;
mod context;
mod current_address;
mod endpoints;
mod failed_batches;
mod http;
mod paths;
mod render;
mod request;
mod routes;
mod search;
mod serve;
#[cfg(test)]
mod test_records;

pub use command::{Command, RequestSource, UsageError};
pub use context::{Context, ContextError, SseMode};
pub use failed_batches::FailedBatchList;
pub use routes::router;
pub use serve::{ServeError, serve};
