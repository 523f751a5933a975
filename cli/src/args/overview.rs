//! `logbraid around`, `days`, `services` and `histogram`.

use clap::Args;

use super::{ApiArgs, FilterArgs, IdsArgs, OutputArgs, TimeArgs};

/// Show a record's neighbours.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "the flattened ones have their own")]
pub struct AroundArgs {
    /// The record's id, as it stands in JSON lines and as --ids shows it
    pub id: String,

    /// So many records before it, and so many after it; 20 if nothing is said
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub limit: Option<u16>,

    #[command(flatten)]
    pub ids: IdsArgs,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}

/// List days.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "the flattened ones have their own")]
pub struct DaysArgs {
    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}

/// List services.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "the flattened ones have their own")]
pub struct ServicesArgs {
    #[command(flatten)]
    pub time: TimeArgs,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}

/// Count records over time.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "the flattened ones have their own")]
pub struct HistogramArgs {
    /// Text in the message or the exception, in any case; /REGEX/ or /REGEX/i for a regular expression
    #[arg(value_name = "TEXT")]
    pub q: Option<String>,

    /// How much time is counted together: 1m, 5m, 1h, 1d; by the length of the time if nothing is said
    #[arg(long, value_name = "TIME")]
    pub bucket: Option<String>,

    /// Of this transaction
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
