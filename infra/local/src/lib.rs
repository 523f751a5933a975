//! The local stack: a real MongoDB and a local AWS on this machine, without Docker.
//!
//! [`mongod`] and [`cache`] are also what the end-to-end tests stand on; the rest is behind `make run`, `make stop`,
//! `make logs` and the smoke test of `make test`.

pub mod cache;
pub mod cli;
mod commands;
mod deploy;
mod error;
mod http;
mod interrupt;
mod logs;
mod ministack;
pub mod mongod;
pub mod path;
mod port;
mod process;
mod progress;
mod running;
mod sample;
mod stack;
mod state;
mod text;
mod tool;
mod toolbox;
mod transaction;
