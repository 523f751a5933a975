//! Arguments of `logbraid erase`.

use clap::{ArgGroup, Args};

/// The introduction of `logbraid erase --help`.
pub(super) const ABOUT: &str = "\
Erase records from MongoDB: those of a transaction, or those with a value of a field

Without --yes, the command only says what it would erase. On a terminal it then asks. It erases records, pins and their copies, \
payloads in the quarantine, ids in the journal, and makes the sketches again. It writes an entry into the collection \
`erasures`: who, when, why, how much from which day, but no value.

It cannot erase what is not in MongoDB, and names that at its end.

The command needs the settings of the functions: MONGODB_URI or MONGODB_SECRET_ARN, LOGBRAID_DB and \
LOGBRAID_COLLECTION_PREFIX.";

/// Arguments of `logbraid erase`.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("what").args(["uid", "field"]).required(true)))]
pub struct EraseArgs {
    /// Erase the records that carry this id, in whatever spelling, as their `log_uid` or as a further id
    #[arg(long)]
    pub uid: Option<String>,

    /// Erase the records with this value of a field, such as customer.email=alice@example.com
    #[arg(long, value_name = "NAME=VALUE")]
    pub field: Option<String>,

    /// Why, for the audit entry. It stays: name no person
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,

    /// Erase without asking
    #[arg(long)]
    pub yes: bool,
}
