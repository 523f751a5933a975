//! `logbraid transactions`.

use std::num::{NonZeroU32, NonZeroU64};

use clap::{Args, ValueEnum};

use super::{ApiArgs, FilterArgs, OutputArgs, TimeArgs};

/// List transactions.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "the flattened ones have their own")]
pub struct TransactionsArgs {
    /// With a record that has this text in the message or the exception, in any case; /REGEX/ or /REGEX/i
    #[arg(value_name = "TEXT")]
    pub q: Option<String>,

    /// At most so many transactions
    #[arg(long, short = 'n', value_name = "COUNT", default_value = "20")]
    pub limit: NonZeroU64,

    /// Which come first
    #[arg(long, value_enum, default_value_t)]
    pub sort: Sort,

    /// That took so long or longer
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

/// Which transactions come first.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Sort {
    /// The newest.
    #[default]
    Newest,
    /// The slowest.
    Slowest,
}

impl Sort {
    /// As the query API calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Slowest => "slowest",
        }
    }
}
