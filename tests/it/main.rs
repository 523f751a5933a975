//! End-to-end tests with the real binaries, a real MongoDB, and AWS as documented. One module for each flow.

#![allow(clippy::expect_used, clippy::panic, reason = "this is how tests fail")]

mod any_fault;
mod around;
mod awkward;
mod bad_record;
mod collision;
mod completeness;
mod connections;
mod documentation;
mod fields;
mod filters;
mod first_failed;
mod journal;
mod kept;
mod large;
mod linked_ids;
mod logs;
mod many_days;
mod midnight;
mod network;
mod openapi;
mod order;
mod outage;
mod outline;
mod page;
mod pins;
mod prefixes;
mod process;
mod quarantine;
mod query;
mod race;
mod record_ids;
mod redelivery;
mod refused;
mod replica_set;
mod retention;
mod schema;
mod senders;
mod server_errors;
mod shards;
mod sign_in;
mod sketches;
mod tail;
mod transactions;
mod values;
