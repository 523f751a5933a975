//! Arguments of `logbraid doctor`.

use std::time::Duration;

use clap::Args;

use super::open::duration;
use super::{ApiArgs, OutputArgs};

/// The name of the stack, if `--stack` says nothing else: that of `samconfig.toml`.
const DEFAULT_STACK: &str = "logbraid";
/// How long the canary is waited for, if `--wait` says nothing else. A cold start of both functions takes a second, a batching
/// window of the usual length five.
const DEFAULT_WAIT: &str = "60s";

/// The introduction of `logbraid doctor --help`.
pub(super) const ABOUT: &str = "\
Check a deployed stack from the stream to the answer, and say what is wrong and what to do

It asks AWS for the stack, its stream, its event source mapping and its functions; the query API whether it answers; and \
MongoDB, at the address in the functions' settings, for its indexes, the quarantine and how far the shards are filed. Then it \
puts one record on the stream, waits until the query API finds it, and says how long that took. That record stays.

A check that your permissions or your network do not allow is not done, says so, and is no problem. Nothing is changed but \
for the one record; --no-canary leaves it out.";

/// Arguments of `logbraid doctor`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct DoctorArgs {
    /// Name of the stack in AWS
    #[arg(long, value_name = "NAME", env = "LOGBRAID_STACK", hide_env_values = true, default_value = DEFAULT_STACK)]
    pub stack: String,

    /// Put no record on the stream
    #[arg(long)]
    pub no_canary: bool,

    /// How long to wait for the record, such as 90s or 5m
    #[arg(long, value_name = "TIME", default_value = DEFAULT_WAIT, value_parser = duration, conflicts_with = "no_canary")]
    pub wait: Duration,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}
