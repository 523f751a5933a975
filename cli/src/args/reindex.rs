//! Arguments of `logbraid reindex`.

use clap::Args;
use record::Day;

/// The introduction of `logbraid reindex --help`.
pub(super) const ABOUT: &str = "\
Make the sketches of days that were filed without them, so that a search for a value need not scan these days

Ingest makes the sketches of each day that it creates. Days from before that have none. An index of a day that somebody dropped \
is made again, too. Records may be filed at the same time. Running the command twice changes nothing.

The command needs the settings of the functions: MONGODB_URI or MONGODB_SECRET_ARN, LOGBRAID_DB and \
LOGBRAID_COLLECTION_PREFIX.";

/// Arguments of `logbraid reindex`.
#[derive(Args, Debug)]
pub struct ReindexArgs {
    /// The days (UTC)
    #[arg(value_name = "YYYY-MM-DD", required = true)]
    pub days: Vec<Day>,
}
