//! Tests of all commands but `redrive`, with the built `logbraid`, the built query function and a real MongoDB.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "this is how tests fail")]

mod archive;
mod erase;
mod explain;
mod get;
mod open;
mod overview;
mod page;
mod put;
mod quarantine;
mod reindex;
mod search;
mod serve;
mod support;
mod tail;
