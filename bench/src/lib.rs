//! The benchmark behind `make bench`; see docs/performance.md. The functions contain none of it.

pub mod certificate;
pub mod cold_start;
pub mod contest;
pub mod decode;
pub mod error;
pub mod forward;
pub mod load;
pub mod payloads;
pub mod programs;
pub mod python;
pub mod query;
pub mod quick;
pub mod records;
pub mod report;
pub mod server;
pub mod simulation;
pub mod stats;
pub mod suite;
pub mod team;
pub mod usage;
pub mod wire;
pub mod worker;
