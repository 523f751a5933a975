//! The command line: one module for each group of arguments.

mod ask;
mod filter;
mod get;
mod overview;
mod put;
mod redrive;
mod search;
mod shell;
mod tail;
mod transactions;

use clap::{Parser, Subcommand};

pub use ask::{ApiArgs, IdsArgs, OutputArgs, Sign};
pub use filter::{Field, FilterArgs, TimeArgs};
pub use get::GetArgs;
pub use overview::{AroundArgs, DaysArgs, HistogramArgs, ServicesArgs};
pub use put::PutArgs;
pub use redrive::RedriveArgs;
pub use search::{Order, SearchArgs};
pub use shell::{CompletionsArgs, ManArgs};
pub use tail::TailArgs;
pub use transactions::{Sort, TransactionsArgs};

use crate::exit;

/// Works with the log records that logbraid files.
#[derive(Debug, Parser)]
#[command(name = "logbraid", version, after_help = exit::HELP)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show a whole transaction: every record with one `log_uid`, in time order
    #[command(after_help = exit::HELP)]
    Get(GetArgs),

    /// Search the records of all transactions, the newest first
    #[command(after_help = exit::HELP)]
    Search(SearchArgs),

    /// Show what was filed last, whatever its own time; with -f also what is filed from now on
    #[command(after_help = exit::HELP)]
    Tail(TailArgs),

    /// List transactions, of the last 24 hours if nothing is said: the newest, the slowest, those with errors
    #[command(after_help = exit::HELP)]
    Transactions(TransactionsArgs),

    /// Show one record between what its process and its service logged before and after it
    #[command(after_help = exit::HELP)]
    Around(AroundArgs),

    /// Count records by time and level
    #[command(after_help = exit::HELP)]
    Histogram(HistogramArgs),

    /// List the days that have records
    #[command(after_help = exit::HELP)]
    Days(DaysArgs),

    /// List the services that sent records
    #[command(after_help = exit::HELP)]
    Services(ServicesArgs),

    /// Put records on the stream: lines of JSON from files or standard input
    #[command(long_about = put::ABOUT, after_help = exit::HELP)]
    Put(PutArgs),

    /// Bring back what was set aside: payloads in the quarantine, or batches that AWS wrote to S3
    #[command(long_about = redrive::ABOUT, after_help = exit::HELP)]
    Redrive(RedriveArgs),

    /// Print what a shell needs to complete arguments
    #[command(after_help = exit::HELP)]
    Completions(CompletionsArgs),

    /// Print a manual page, for `man -l -`
    #[command(after_help = exit::HELP)]
    Man(ManArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
