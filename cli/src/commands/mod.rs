//! The subcommands: one module for each.

mod archive;
mod around;
mod days;
mod doctor;
mod erase;
mod explain;
mod forward;
mod get;
mod histogram;
mod hold;
mod open;
mod pin;
mod put;
mod quarantine;
mod redrive;
mod reindex;
mod restore;
mod search;
mod serve;
mod services;
mod shell;
mod tail;
mod transactions;

use crate::args::Command;
use crate::error::Error;
use crate::exit::Exit;

/// Runs a subcommand.
pub(crate) async fn run(command: Command) -> Result<Exit, Error> {
    match command {
        Command::Get(args) => get::run(&args).await,
        Command::Open(args) => open::run(&args).await,
        Command::Search(args) => search::run(&args).await,
        Command::Tail(args) => tail::run(&args).await,
        Command::Transactions(args) => transactions::run(&args).await,
        Command::Around(args) => around::run(&args).await,
        Command::Histogram(args) => histogram::run(&args).await,
        Command::Days(args) => days::run(&args).await,
        Command::Services(args) => services::run(&args).await,
        Command::Pin(args) => pin::pin(&args).await,
        Command::Unpin(args) => pin::unpin(&args).await,
        Command::Pins(args) => pin::list(&args).await,
        Command::Quarantine(args) => quarantine::run(&args).await,
        Command::Put(args) => put::run(&args).await,
        Command::Forward(args) => forward::run(&args).await,
        Command::Serve(args) => serve::run(&args).await,
        Command::Explain(args) => explain::run(&args),
        Command::Redrive(args) => redrive::run(&args).await,
        Command::Archive(args) => archive::run(&args).await,
        Command::Restore(args) => restore::run(&args).await,
        Command::Hold(args) => hold::hold(&args).await,
        Command::Release(args) => hold::release(&args).await,
        Command::Holds(args) => hold::list(&args).await,
        Command::Erase(args) => erase::run(&args).await,
        Command::Reindex(args) => reindex::run(&args).await,
        Command::Doctor(args) => Box::pin(doctor::run(&args)).await,
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
    }
}
