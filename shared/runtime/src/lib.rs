//! The runtime of a process: settings from the environment, AWS's services, the connection to the store, telemetry.

mod api_access;
mod archive_bucket;
mod aws;
mod connect;
mod connection;
mod environment;
mod failed_bucket;
mod memory;
pub mod panics;
mod redact_key;
mod redaction;
mod retention;
mod role_token;
mod s3;
mod secret;
mod secrets_manager;
mod settings;
pub mod telemetry;
mod tenants;
mod xml;

pub use api_access::{ApiAccess, SignIn};
pub use archive_bucket::{ArchiveBucket, ArchivePlace, ListedKeys};
pub use aws::{AskError, endpoint as aws_endpoint};
pub use connect::{ConnectError, connect};
pub use connection::Connection;
pub use environment::{ConfigError, Environment, ProcessEnvironment};
pub use failed_bucket::{FailedBatches, FailedBucket, given_up_at};
pub use redact_key::{REDACT_KEY_SECRET_ARN, RedactKeyError, WithRedactKey};
pub use retention::RetentionConfig;
pub use secret::SecretError;
pub use settings::{IngestConfig, MongoAddress, QueryConfig, StoreSettings, rules};
pub use tenants::{MAX_TENANT_BYTES, NameProblem, TenantRule, name_problem};
