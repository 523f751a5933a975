//! What `make bench` measures, and with what: docs/performance.md. Nothing of it reaches a function.

pub mod certificate;
pub mod cold_start;
pub mod contest;
pub mod decode;
pub mod error;
pub mod load;
pub mod payloads;
pub mod python;
pub mod query;
pub mod records;
pub mod report;
pub mod server;
pub mod stats;
pub mod suite;
pub mod team;
pub mod usage;
pub mod wire;
pub mod worker;
