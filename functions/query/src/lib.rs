//! QUERY: request -> parse -> find -> render.
//!
//! Architecture invariant: `request` and `render` are pure. What is asked for and how it looks is decided without
//! MongoDB, the clock or the environment. A module for each path reads from the store in between.

mod accept;
mod answer;
mod around;
mod collect;
mod command;
mod compress;
mod context;
mod days;
mod error;
mod events;
mod find;
mod follow;
mod health;
mod histogram;
mod lambda;
mod logs;
mod openapi;
mod plain_http;
mod render;
mod request;
mod routes;
mod serve;
mod services;
mod tail;
#[cfg(test)]
mod test_records;
mod transaction;
mod transactions;
mod uid_time;
mod walk;

pub use command::{Command, Place, UsageError};
pub use context::{Context, ContextError};
pub use events::Live;
pub use routes::router;
pub use serve::{ServeError, serve};
