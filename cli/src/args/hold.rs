//! Arguments of `logbraid hold`, `release` and `holds`.

use clap::Args;
use record::Day;

use super::archive::{Keep, keep};

/// The introduction of `logbraid hold --help`.
pub(super) const ABOUT: &str = "\
Hold days: retention does not drop them before a time

`logbraid restore` holds the days that it brings back. A hold that ends later keeps its end: release the day first to shorten it.

The command needs the settings of the functions: MONGODB_URI or MONGODB_SECRET_ARN, LOGBRAID_DB and \
LOGBRAID_COLLECTION_PREFIX.";

/// Arguments of `logbraid hold`.
#[derive(Args, Debug)]
pub struct HoldArgs {
    /// The days (UTC)
    #[arg(value_name = "YYYY-MM-DD", required = true)]
    pub days: Vec<Day>,

    /// How long, such as 30d or 12w
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = keep)]
    pub keep: Keep,

    /// Why, such as the number of an incident; without it, a day that is held keeps its reason
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Arguments of `logbraid release`.
#[derive(Args, Debug)]
pub struct ReleaseArgs {
    /// The days (UTC)
    #[arg(value_name = "YYYY-MM-DD", required = true)]
    pub days: Vec<Day>,
}

/// Arguments of `logbraid holds`.
#[derive(Args, Debug)]
pub struct HoldsArgs {
    /// Print a JSON object for each hold
    #[arg(long)]
    pub json: bool,
}
