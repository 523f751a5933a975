//! Arguments of `logbraid around`, `days`, `services` and `histogram`.

use clap::Args;

use super::{ApiArgs, FilterArgs, IdsArgs, OutputArgs, TimeArgs};

/// Arguments of `logbraid around`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct AroundArgs {
    /// The record's id: `id` in JSON lines, or shown with --ids
    pub id: String,

    /// Number of records before it, and of records after it [default: 20]
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub limit: Option<u16>,

    #[command(flatten)]
    pub ids: IdsArgs,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}

/// Arguments of `logbraid days`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct DaysArgs {
    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}

/// Arguments of `logbraid services`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct ServicesArgs {
    #[command(flatten)]
    pub time: TimeArgs,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}

/// Arguments of `logbraid histogram`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct HistogramArgs {
    /// Words in any field, ignoring case; WORD* for its beginning; /REGEX/ or /REGEX/i in the message or the exception
    #[arg(value_name = "TEXT")]
    pub q: Option<String>,

    /// Length of a bar: 1m, 5m, 1h, 1d; without it, the time range decides
    #[arg(long, value_name = "TIME")]
    pub bucket: Option<String>,

    /// Only records of this transaction
    #[arg(long, value_name = "UID", help_heading = "Which records")]
    pub uid: Option<String>,

    #[command(flatten)]
    pub filter: FilterArgs,

    #[command(flatten)]
    pub time: TimeArgs,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}
