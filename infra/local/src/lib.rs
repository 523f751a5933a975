//! The local stack: a real MongoDB and a local AWS on this machine, without Docker.
//!
//! The end-to-end tests use [`mongod`], [`cache`] and [`cargo`]. The rest is behind `make run`, `make build` and the
//! smoke tests.

mod architecture;
mod aws;
mod build;
pub mod cache;
pub mod cargo;
pub mod cli;
mod commands;
mod deploy;
mod elf;
mod error;
mod http;
mod interrupt;
mod lifecycle;
mod lint;
mod local_template;
mod logbraid;
mod logs;
mod ministack;
pub mod mongod;
mod order;
pub mod page;
pub mod path;
mod port;
mod process;
#[cfg(test)]
mod processed;
mod progress;
mod python;
mod release;
mod running;
mod sample;
mod secrets;
mod stack;
mod state;
mod text;
mod tool;
mod toolbox;
mod transaction;
mod wheels;
