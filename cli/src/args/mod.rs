//! The command line: one module per group of arguments.

mod archive;
mod doctor;
mod erase;
mod explain;
mod filter;
mod forward;
mod get;
mod hold;
mod open;
mod overview;
mod pin;
mod put;
mod quarantine;
mod query_api;
mod redrive;
mod reindex;
mod search;
mod serve;
mod shell;
mod tail;
mod transactions;

use clap::{Parser, Subcommand};

pub use archive::{ArchiveArgs, ArchivePlaceArgs, Keep, RestoreArgs};
pub use doctor::DoctorArgs;
pub use erase::EraseArgs;
pub use explain::ExplainArgs;
pub use filter::{Field, FilterArgs, TimeArgs};
pub use forward::{ForwardArgs, ForwardTailArgs, ForwardTask};
pub use get::GetArgs;
pub use hold::{HoldArgs, HoldsArgs, ReleaseArgs};
pub use open::OpenArgs;
pub use overview::{AroundArgs, DaysArgs, HistogramArgs, ServicesArgs};
pub use pin::{PinArgs, PinsArgs, UnpinArgs};
pub use put::PutArgs;
pub use quarantine::QuarantineArgs;
pub use query_api::{ApiArgs, IdsArgs, OutputArgs};
pub use redrive::RedriveArgs;
pub use reindex::ReindexArgs;
pub use search::{Order, SearchArgs};
pub use serve::ServeArgs;
pub use shell::{CompletionsArgs, ManArgs};
pub use tail::TailArgs;
pub use transactions::{Sort, TransactionsArgs};

use crate::exit;

/// Works with the log records that logbraid files.
#[derive(Debug, Parser)]
#[command(name = "logbraid", version, after_help = exit::HELP)]
pub struct Cli {
    /// The subcommand.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show a whole transaction: all records with one `log_uid`, in time order
    #[command(after_help = exit::HELP)]
    Get(GetArgs),

    /// Open the page on a transaction in the browser, with this command's AWS credentials
    #[command(long_about = open::ABOUT, after_help = exit::HELP)]
    Open(OpenArgs),

    /// Search the records of all transactions, newest first
    #[command(after_help = exit::HELP)]
    Search(SearchArgs),

    /// Show the records that were filed last, whatever their own time; with -f, keep showing new ones
    #[command(after_help = exit::HELP)]
    Tail(TailArgs),

    /// List transactions, by default of the last 24 hours: the newest, the slowest, or those with errors
    #[command(after_help = exit::HELP)]
    Transactions(TransactionsArgs),

    /// Show one record among the records of its process and of its service before and after it
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

    /// Keep a transaction: its records stay when their days are dropped
    #[command(long_about = pin::ABOUT, after_help = exit::HELP)]
    Pin(PinArgs),

    /// No longer keep a transaction
    #[command(after_help = exit::HELP)]
    Unpin(UnpinArgs),

    /// List the transactions that are kept, the newest pin first
    #[command(after_help = exit::HELP)]
    Pins(PinsArgs),

    /// Show the payloads in the quarantine: counts by day and reason, and the newest payloads
    #[command(long_about = quarantine::ABOUT, after_help = exit::HELP)]
    Quarantine(QuarantineArgs),

    /// Put records on the stream: lines of JSON from files or standard input
    #[command(long_about = put::ABOUT, after_help = exit::HELP)]
    Put(PutArgs),

    /// Run the forwarder: take records of other senders, keep them on disk, and put them on the stream
    #[command(long_about = forward::ABOUT, after_help = exit::HELP)]
    Forward(ForwardArgs),

    /// Run all of logbraid on this machine, without AWS: take records, file them in MongoDB, and serve the page and the API
    #[command(long_about = serve::ABOUT, after_help = exit::HELP)]
    Serve(ServeArgs),

    /// Show what becomes of a payload, field by field, without storing it
    #[command(long_about = explain::ABOUT, after_help = exit::HELP)]
    Explain(ExplainArgs),

    /// File again what was set aside: payloads in the quarantine, or batches that AWS wrote to S3
    #[command(long_about = redrive::ABOUT, after_help = exit::HELP)]
    Redrive(RedriveArgs),

    /// Export days, or one transaction, to the archive in S3; with --list, show what is there
    #[command(long_about = archive::ABOUT, after_help = exit::HELP)]
    Archive(ArchiveArgs),

    /// Bring days, or one transaction, back from the archive in S3
    #[command(long_about = archive::ABOUT_RESTORE, after_help = exit::HELP)]
    Restore(RestoreArgs),

    /// Hold days: retention does not drop them before a time
    #[command(long_about = hold::ABOUT, after_help = exit::HELP)]
    Hold(HoldArgs),

    /// No longer hold days
    #[command(after_help = exit::HELP)]
    Release(ReleaseArgs),

    /// List the days that are held
    #[command(after_help = exit::HELP)]
    Holds(HoldsArgs),

    /// Erase records from MongoDB: those of a transaction, or those with a value of a field
    #[command(long_about = erase::ABOUT, after_help = exit::HELP)]
    Erase(EraseArgs),

    /// Make the sketches of days that were filed without them, so that searches for a value need not scan them
    #[command(long_about = reindex::ABOUT, after_help = exit::HELP)]
    Reindex(ReindexArgs),

    /// Check a deployed stack from the stream to the answer, and say what is wrong and what to do
    #[command(long_about = doctor::ABOUT, after_help = exit::HELP)]
    Doctor(DoctorArgs),

    /// Print a completion script for a shell
    #[command(after_help = exit::HELP)]
    Completions(CompletionsArgs),

    /// Print a manual page; show it with `man -l -`
    #[command(after_help = exit::HELP)]
    Man(ManArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_definition_is_valid() {
        Cli::command().debug_assert();
    }
}
