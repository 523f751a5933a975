//! `logbraid get`.

use clap::Args;

use super::{ApiArgs, IdsArgs, OutputArgs, TimeArgs};

/// Show a whole transaction.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "the flattened ones have their own")]
pub struct GetArgs {
    /// The transaction's `log_uid`
    pub uid: String,

    #[command(flatten)]
    pub time: TimeArgs,

    #[command(flatten)]
    pub ids: IdsArgs,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}
