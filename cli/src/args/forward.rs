//! Arguments of `logbraid forward`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The introduction of `logbraid forward --help`.
pub(super) const ABOUT: &str = "\
Run the forwarder: take records of other senders, keep them on disk, and put them on the stream

Without a file it listens on this machine only, at the usual port of each protocol, and writes to the stream that \
LOGBRAID_STREAM names. A sender is answered when what it sent is on disk.

SIGTERM ends it without loss. SIGHUP makes it read rules and processors again.";

/// Arguments of `logbraid forward`.
#[derive(Args, Debug, Default)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ForwardArgs {
    /// Another task than to forward.
    #[command(subcommand)]
    pub task: Option<ForwardTask>,

    /// The configuration; without it, everything that needs none
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Only check the configuration
    #[arg(long)]
    pub check: bool,
}

/// Other tasks than to forward.
#[derive(Debug, Subcommand)]
pub enum ForwardTask {
    /// Show what comes in at the forwarder of this machine, as JSON lines; slow readers miss records
    Tail(ForwardTailArgs),
}

/// Arguments of `logbraid forward tail`.
#[derive(Args, Debug, Default)]
pub struct ForwardTailArgs {
    /// The configuration of the forwarder, which says where its data is
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Only records that meet this condition, as it stands under `if` in a rule: '{level: ">=ERROR", service: checkout}'
    #[arg(long = "if", value_name = "CONDITION", default_value = "")]
    pub condition: String,
}
