//! The forwarder: `FORWARD  sender ─▶ input ─▶ spool ─▶ rules ─▶ output`.
//!
//! An input answers its sender when what it was sent is on disk. Everything after the spool may wait, fail and begin again.
//! Protocols, rules and the reading of the configuration are pure.

pub mod complaints;
pub mod config;
pub mod daemon;
pub mod entry;
mod event;
mod fields;
pub mod formats;
pub mod identity;
pub mod inputs;
pub mod outputs;
pub mod pipeline;
pub mod processors;
pub mod protocol;
pub mod rules;
pub mod spool;
pub mod tail;
mod yaml;
