//! Arguments of `logbraid tail`.

use clap::Args;

use super::{ApiArgs, FilterArgs, IdsArgs, OutputArgs};

/// Arguments of `logbraid tail`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct TailArgs {
    /// Words in any field, ignoring case; WORD* for its beginning; /REGEX/ or /REGEX/i in the message or the exception
    #[arg(value_name = "TEXT")]
    pub q: Option<String>,

    /// Keep showing records as they are filed, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,

    /// Number of records to begin with; 0 to show only new ones, with -f [default: 10]
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub limit: Option<u16>,

    /// Only records of this transaction
    #[arg(long, value_name = "UID", help_heading = "Which records")]
    pub uid: Option<String>,

    #[command(flatten)]
    pub filter: FilterArgs,

    #[command(flatten)]
    pub ids: IdsArgs,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}
