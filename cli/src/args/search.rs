//! `logbraid search`.

use std::num::NonZeroU64;

use clap::{Args, ValueEnum};

use super::{ApiArgs, FilterArgs, IdsArgs, OutputArgs, TimeArgs};

/// Search records.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "the flattened ones have their own")]
pub struct SearchArgs {
    /// Text in the message or the exception, in any case; /REGEX/ or /REGEX/i for a regular expression
    #[arg(value_name = "TEXT")]
    pub q: Option<String>,

    /// At most so many records
    #[arg(long, short = 'n', value_name = "COUNT", default_value = "100")]
    pub limit: NonZeroU64,

    /// Which come first
    #[arg(long, value_enum, default_value_t)]
    pub order: Order,

    /// Of this transaction
    #[arg(long, value_name = "UID", help_heading = "Which records")]
    pub uid: Option<String>,

    #[command(flatten)]
    pub filter: FilterArgs,

    #[command(flatten)]
    pub time: TimeArgs,

    #[command(flatten)]
    pub ids: IdsArgs,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}

/// Which records come first.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Order {
    /// The newest.
    #[default]
    Newest,
    /// The oldest.
    Oldest,
}

impl Order {
    /// As the query API calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }
}
