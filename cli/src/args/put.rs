//! Arguments of `logbraid put`.

use std::path::PathBuf;

use clap::Args;

/// The introduction of `logbraid put --help`.
pub(super) const ABOUT: &str = "\
Put records on the stream: lines of JSON from files or standard input

Each line is one JSON object and becomes one Kinesis record, unchanged. Records with the same log_uid go to the same shard; \
records without one go to any shard. A shard takes 1,000 records or 1 MB a second. Records that Kinesis refuses are put \
again.

A line that is not a JSON object, or is larger than Kinesis allows, is reported and left out.";

/// Arguments of `logbraid put`.
#[derive(Args, Debug, Default)]
pub struct PutArgs {
    /// Files with one JSON object per line; - or no FILE for standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Name of the Kinesis stream: `make run` prints it, and a stack on AWS has it as its output `StreamName`
    #[arg(long, value_name = "NAME", env = "LOGBRAID_STREAM", hide_env_values = true)]
    pub stream: Option<String>,

    /// Print the summary as one JSON object
    #[arg(long)]
    pub json: bool,
}
