//! What the end-to-end tests stand on: a real MongoDB, the real function binaries behind a Lambda Runtime API,
//! and Kinesis with its event source mappings as AWS documents them.
//!
//! Nothing here knows how a function works inside: tests speak to it as AWS and MongoDB do.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on ends by panicking")]
#![allow(clippy::missing_panics_doc, reason = "for the same reason every helper may panic")]

pub mod app;
pub mod binaries;
pub mod fixtures;
pub mod http;
pub mod kinesis;
pub mod mongo;
pub mod proxy;
pub mod runtime_api;
pub mod wait;
pub mod watchdog;
