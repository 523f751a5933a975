//! The `logbraid` command. Each subcommand is a module; what it says to a terminal and how it ends is shared.
//!
//! Knows MongoDB only through the store, and what a payload means only through the ingest function's own code.

mod api;
mod args;
mod around;
mod aws;
mod connect;
mod days;
mod error;
mod exit;
mod get;
mod histogram;
mod interrupt;
mod listing;
mod note;
mod out;
mod progress;
mod put;
mod redrive;
mod render;
mod search;
mod services;
mod shell;
mod tail;
mod transactions;

use std::io::{self, Write as _};
use std::panic;

pub use api::{ApiError, Problem, Why};
pub use args::*;
pub use error::Error;
pub use exit::Exit;
use runtime::telemetry;

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
        Command::Get(args) => get::run(&args).await,
        Command::Search(args) => search::run(&args).await,
        Command::Tail(args) => tail::run(&args).await,
        Command::Transactions(args) => transactions::run(&args).await,
        Command::Around(args) => around::run(&args).await,
        Command::Histogram(args) => histogram::run(&args).await,
        Command::Days(args) => days::run(&args).await,
        Command::Services(args) => services::run(&args).await,
        Command::Put(args) => put::run(&args).await,
        Command::Redrive(args) => redrive::run(&args).await,
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
    };
    ended.unwrap_or_else(|error| {
        let exit = error.exit();
        if exit != Exit::Done {
            note::note(&telemetry::chain(&error));
        }
        exit
    })
}
