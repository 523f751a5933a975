//! Arguments of `logbraid pin`, `unpin` and `pins`.

use clap::Args;

use super::{ApiArgs, OutputArgs};

/// The introduction of `logbraid pin --help`.
pub(super) const ABOUT: &str = "\
Keep a transaction: its records stay when their days are dropped

All of its records are copied before the command ends. Those that are filed later are copied before their day is dropped. Pin a \
transaction again to give it another reason or end.";

/// Arguments of `logbraid pin`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct PinArgs {
    /// The transaction's `log_uid`
    pub uid: String,

    /// Why it is kept, such as the number of an incident
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// When the pin ends: a day, a time, or 90d or 12w from now; never by default
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}

/// Arguments of `logbraid unpin`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct UnpinArgs {
    /// The transaction's `log_uid`
    pub uid: String,

    #[command(flatten)]
    pub api: ApiArgs,
}

/// Arguments of `logbraid pins`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct PinsArgs {
    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}
