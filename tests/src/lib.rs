//! The support code of the end-to-end tests: a real MongoDB, the real function binaries behind a Lambda Runtime API,
//! and Kinesis with its event source mappings as AWS documents them.
//!
//! Nothing here depends on a function's inside: tests call it as AWS does, and read what it stores in MongoDB.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on ends by panicking")]
#![allow(clippy::missing_panics_doc, reason = "for the same reason every helper may panic")]

pub mod app;
pub mod binaries;
pub mod bucket;
pub mod fixtures;
pub mod forwarder;
pub mod gateway;
pub mod http;
pub mod kinesis;
pub mod mongo;
pub mod page;
pub mod proxy;
pub mod runtime_api;
pub mod wait;
pub mod watchdog;
