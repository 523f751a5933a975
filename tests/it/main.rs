//! End-to-end tests: the real binaries, a real MongoDB, and AWS's side as documented. A module per flow.

#![allow(clippy::expect_used, clippy::panic, reason = "this is how tests fail")]

mod awkward;
mod bad_record;
mod first_failed;
mod midnight;
mod order;
mod outage;
mod process;
mod query;
mod race;
mod redelivery;
mod schema;
