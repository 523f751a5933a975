//! Arguments of `logbraid transactions`.

use std::num::{NonZeroU32, NonZeroU64};

use clap::{Args, ValueEnum};

use super::{ApiArgs, FilterArgs, OutputArgs, TimeArgs};

/// Arguments of `logbraid transactions`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct TransactionsArgs {
    /// Words in any field of one of its records, ignoring case; WORD* for its beginning; /REGEX/ or /REGEX/i in the message or the exception
    #[arg(value_name = "TEXT")]
    pub q: Option<String>,

    /// Maximum number of transactions
    #[arg(long, short = 'n', value_name = "COUNT", default_value = "20")]
    pub limit: NonZeroU64,

    /// Which transactions come first
    #[arg(long, value_enum, default_value_t)]
    pub sort: Sort,

    /// Only transactions that took at least this long
    #[arg(long, value_name = "MILLISECONDS")]
    pub min_duration_ms: Option<NonZeroU32>,

    #[command(flatten)]
    pub filter: FilterArgs,

    #[command(flatten)]
    pub time: TimeArgs,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}

/// The order of transactions.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Sort {
    /// The newest first.
    #[default]
    Newest,
    /// The slowest first.
    Slowest,
}

impl Sort {
    /// Returns the name in the query API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Slowest => "slowest",
        }
    }
}
