//! Arguments of `logbraid serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// The introduction of `logbraid serve --help`.
pub(super) const ABOUT: &str = "\
Run all of logbraid on this machine, without AWS: take records, file them in MongoDB, and serve the page and the API

It is `logbraid forward` with an output to MongoDB, and the query API. Without a file it listens on this machine only, at the \
usual port of each protocol. Records are filed by the same code as in the ingest function, in the same collections.

It needs MongoDB: the one of MONGODB_URI, else the one that listens at 127.0.0.1:27017. The settings of the functions hold: \
LOGBRAID_DB, LOGBRAID_COLLECTION_PREFIX, LOGBRAID_REDACT and the others.

Whoever reaches the address can read all records. Keep it on this machine, or put something before it that asks who comes.";

/// Arguments of `logbraid serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// The configuration of inputs, rules and outputs, as for `logbraid forward`; without it, everything that needs none
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Where the page and the API are served
    #[arg(short, long, value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}
