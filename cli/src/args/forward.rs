//! Arguments of `logbraid forward`.

use std::path::PathBuf;

use clap::Args;

/// The introduction of `logbraid forward --help`.
pub(super) const ABOUT: &str = "\
Run the forwarder: take records of other senders, keep them on disk, and put them on the stream

Without a file it listens on this machine only, at the usual port of each protocol, and writes to the stream that \
LOGBRAID_STREAM names. A sender is answered when what it sent is on disk.

SIGTERM ends it without loss. SIGHUP makes it read rules and processors again.";

/// Arguments of `logbraid forward`.
#[derive(Args, Debug, Default)]
pub struct ForwardArgs {
    /// The configuration; without it, everything that needs none
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Only check the configuration
    #[arg(long)]
    pub check: bool,
}
