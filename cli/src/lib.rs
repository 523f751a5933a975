//! The `logbraid` command. Each subcommand is a module of `commands`; the other modules are what they share.
//!
//! Reaches MongoDB through `store` alone, and reads payloads through `decode` alone.

mod api;
mod archive_bucket;
mod args;
mod aws;
mod commands;
mod error;
mod exit;
mod interrupt;
mod listing;
mod progress;
mod render;
mod run_end;
mod services;
mod stderr;
mod stdout;
mod store_connection;

pub use api::{ApiError, Problem, SignMode, UnsignedReason};
pub use args::*;
pub use aws::AwsError;
pub use error::Error;
pub use exit::Exit;
use runtime::{panics, telemetry};

/// Runs a command, and reports an error on standard error.
pub async fn run(cli: Cli) -> Exit {
    panics::report_places(|place| stderr::print(format_args!("internal error at {place}: please report it")));
    // The futures of all commands together are large.
    Box::pin(commands::run(cli.command)).await.unwrap_or_else(|error| {
        let exit = error.exit();
        if exit != Exit::Done {
            stderr::print(telemetry::chain(&error));
        }
        exit
    })
}
