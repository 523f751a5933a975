//! What all functions share: the `LogRecord` document and its ids, days, the store, configuration, telemetry.
//!
//! Knows no Lambda type: a record does not care how it arrived, nor the store who asks.

pub mod config;
mod day;
mod python;
pub mod record;
mod secret;
mod secrets_manager;
pub mod store;
pub mod telemetry;

pub use day::{Day, NotADay};
pub use secret::SecretError;
pub use secrets_manager::AskError;
