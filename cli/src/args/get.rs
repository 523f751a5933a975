//! `logbraid get`.

use clap::Args;

use super::{ApiArgs, FilterArgs, IdsArgs, OutputArgs, TimeArgs};

/// Arguments of `logbraid get`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct GetArgs {
    /// The transaction's `log_uid`
    pub uid: String,

    /// Only records with these words in any field, ignoring case; WORD* for its beginning; /REGEX/ or /REGEX/i in the message or the exception
    #[arg(value_name = "TEXT")]
    pub q: Option<String>,

    /// Show the tree of tasks instead of the records: what was to be done, how long it took, whether it succeeded
    #[arg(long, conflicts_with_all = ["json", "ids"])]
    pub tree: bool,

    /// Also take the records of the other ids that these records carry, and of those that they lead to
    #[arg(long)]
    pub follow: bool,

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
