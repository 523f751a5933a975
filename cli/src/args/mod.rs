//! The command line: one module for each group of arguments.

mod ask;
mod filter;
mod get;
mod put;
mod redrive;
mod search;

use clap::{Parser, Subcommand};

pub use ask::{ApiArgs, IdsArgs, OutputArgs, Sign};
pub use filter::{Field, FilterArgs, TimeArgs};
pub use get::GetArgs;
pub use put::PutArgs;
pub use redrive::RedriveArgs;
pub use search::{Order, SearchArgs};

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

    /// Put records on the stream: lines of JSON from files or standard input
    #[command(long_about = put::ABOUT, after_help = exit::HELP)]
    Put(PutArgs),

    /// Bring back what was set aside: payloads in the quarantine, or batches that AWS wrote to S3
    #[command(long_about = redrive::ABOUT, after_help = exit::HELP)]
    Redrive(RedriveArgs),
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
