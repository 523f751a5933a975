//! Arguments of `logbraid explain`.

use std::path::PathBuf;

use clap::Args;

use super::OutputArgs;

/// The introduction of `logbraid explain --help`.
pub(super) const ABOUT: &str = "\
Show what becomes of a payload, field by field, without storing it

The file holds the bytes of one Kinesis record, in any format that logbraid reads. Each log record in it is shown with what \
logbraid knows about it and the field that says so, and with all its fields and what they are used for. A part that cannot \
become a log record is shown with the reason why.

The command needs no AWS and no MongoDB. It follows the settings of the ingest function that decide how a record is filed, \
such as LOGBRAID_UID_FIELDS and LOGBRAID_ALIAS_FIELDS.";

/// Arguments of `logbraid explain`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct ExplainArgs {
    /// The file with the payload; - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,

    #[command(flatten)]
    pub output: OutputArgs,
}
