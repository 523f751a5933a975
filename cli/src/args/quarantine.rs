//! Arguments of `logbraid quarantine`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use record::Day;

use super::{ApiArgs, OutputArgs};

/// The introduction of `logbraid quarantine --help`.
pub(super) const ABOUT: &str = "\
Show the payloads in the quarantine: counts by day and reason, and the newest payloads

A payload, or a part of one, is in the quarantine if it could not become a log record. Each is shown with the reason, the \
detail and its first bytes. Known secrets are masked. `logbraid redrive` files payloads again.";

/// Arguments of `logbraid quarantine`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct QuarantineArgs {
    /// Only payloads with this reason; can be repeated
    #[arg(long, value_name = "CODE", value_parser = PossibleValuesParser::new(decode::REASON_CODES))]
    pub reason: Vec<String>,

    /// Only payloads that arrived on this day (UTC)
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with_all = ["from", "to"])]
    pub day: Option<Day>,

    /// Only payloads that arrived at this time or later: RFC 3339, a day (2026-11-20), or a time before now (-15m, -2h, -7d)
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<String>,

    /// Only payloads that arrived before this time; a day is included to its end
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<String>,

    /// Maximum number of payloads to show; 0 for the counts only
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 20)]
    pub limit: u64,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub api: ApiArgs,
}
