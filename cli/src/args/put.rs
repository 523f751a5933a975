//! `logbraid put`.

use std::path::PathBuf;

use clap::Args;

/// What `--help` says of putting.
pub(super) const ABOUT: &str = "\
Put records on the stream: lines of JSON from files or standard input

Each line is one JSON object and becomes one Kinesis record, as it is. Records with the same log_uid go to the same shard;
those without one go anywhere. What Kinesis does not take at once (a shard takes 1,000 records or 1 MB a second) is put
again, and only that.

A line that is no JSON object, or is larger than Kinesis takes, is named and left out.";

/// Put records on the stream.
#[derive(Args, Debug, Default)]
pub struct PutArgs {
    /// Files with one JSON object a line; - for standard input, as without any
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Name of the Kinesis stream: `make run` prints it, and a stack on AWS has it as its output `StreamName`
    #[arg(long, value_name = "NAME", env = "LOGBRAID_STREAM", hide_env_values = true)]
    pub stream: Option<String>,

    /// Print the summary as one JSON object
    #[arg(long)]
    pub json: bool,
}
