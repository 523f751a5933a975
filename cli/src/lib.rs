//! The `logbraid` command. Each subcommand is a module; what it says to a terminal and how it ends is shared.
//!
//! Knows MongoDB only through the store, and what a payload means only through the ingest function's own code.

mod args;
mod aws;
mod connect;
mod error;
mod exit;
mod interrupt;
mod progress;
mod redrive;

use std::io::{self, Write as _};
use std::panic;

pub use args::{Cli, Command, RedriveArgs};
pub use error::Error;
pub use exit::Exit;
use shared::telemetry;

/// Runs a command; says on standard error what went wrong.
pub async fn run(cli: Cli) -> Exit {
    // A panic's message may quote a payload; where it happened is enough.
    panic::set_hook(Box::new(|defect| {
        let _ = writeln!(
            io::stderr(),
            "logbraid: a defect at {}",
            defect.location().map(ToString::to_string).unwrap_or_default()
        );
    }));
    let ended = match cli.command {
        Command::Redrive(args) => redrive::run(&args).await,
    };
    ended.unwrap_or_else(|error| {
        // There is nobody left to tell if this fails.
        let _ = writeln!(io::stderr(), "logbraid: {}", telemetry::chain(&error));
        error.exit()
    })
}
