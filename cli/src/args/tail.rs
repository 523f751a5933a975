//! `logbraid tail`.

use std::num::NonZeroU16;

use clap::Args;

use super::{ApiArgs, FilterArgs, IdsArgs, OutputArgs};

/// Show what was filed last.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "the flattened ones have their own")]
pub struct TailArgs {
    /// Text in the message or the exception, in any case; /REGEX/ or /REGEX/i for a regular expression
    #[arg(value_name = "TEXT")]
    pub q: Option<String>,

    /// Go on with what is filed from now on, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,

    /// Begin with the last so many records; 10 if nothing is said
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub limit: Option<NonZeroU16>,

    /// Of this transaction
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
