//! Arguments of `logbraid search`.

use std::num::NonZeroU64;

use clap::{Args, ValueEnum};

use super::{ApiArgs, FilterArgs, IdsArgs, OutputArgs, TimeArgs};

/// Arguments of `logbraid search`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct SearchArgs {
    /// Words in any field, ignoring case; WORD* for its beginning; /REGEX/ or /REGEX/i in the message or the exception
    #[arg(value_name = "TEXT")]
    pub q: Option<String>,

    /// Maximum number of records
    #[arg(long, short = 'n', value_name = "COUNT", default_value = "100")]
    pub limit: NonZeroU64,

    /// Which records come first
    #[arg(long, value_enum, default_value_t)]
    pub order: Order,

    /// Only records of this transaction
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

/// The order of records.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Order {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
}

impl Order {
    /// Returns the name in the query API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }
}
