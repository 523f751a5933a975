//! `logbraid get`.

use clap::Args;

use super::{ApiArgs, OutputArgs};

/// Show a whole transaction.
#[derive(Args, Debug)]
pub struct GetArgs {
    /// The transaction's `log_uid`
    pub uid: String,

    /// Show each record's id, as `logbraid around` takes it
    #[arg(long)]
    pub ids: bool,

    /// Only records from this time on: RFC 3339, a day, or a time before now such as -15m, -2h, -7d
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<String>,

    /// Only records before this time
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<String>,

    #[command(flatten)]
    #[allow(missing_docs, reason = "it has its own")]
    pub output: OutputArgs,

    #[command(flatten)]
    #[allow(missing_docs, reason = "it has its own")]
    pub api: ApiArgs,
}
