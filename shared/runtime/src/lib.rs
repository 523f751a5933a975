//! What a process needs around the flows: settings from the environment, MongoDB's address from a secret, telemetry.

mod connect;
mod environment;
mod redaction;
mod secret;
mod secrets_manager;
mod settings;
pub mod telemetry;

pub use connect::{ConnectError, connect};
pub use environment::{ConfigError, Environment, ProcessEnvironment};
pub use secret::SecretError;
pub use secrets_manager::AskError;
pub use settings::{MongoAddress, QueryConfig, StoreSettings, rules};
