//! The whole forwarder: a process of its own between a sender and a Kinesis of the tests' own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends where it fails")]

mod daemon;
mod delivery;
mod kinesis;
mod sender;
