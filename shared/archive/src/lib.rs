//! The archive: days and transactions of the store as objects of a bucket, and back.
//!
//! A day is a folder. Each export of it is a folder therein, with an id of its own: parts, a filter of the ids in them, and at last
//! the manifest. Nobody writes into the folder of another export, so any number of exports may run at the same time.
//!
//! The bucket is a trait: a function and a person reach S3 in different ways.

mod error;
mod export;
mod export_transaction;
mod id_filter;
mod key;
mod line;
mod list;
mod manifest;
mod objects;
mod part;
mod probe;
mod range;
mod restore;
mod restore_transaction;

pub use error::ArchiveError;
pub use export::{Exported, export_day};
pub use export_transaction::export_transaction;
pub use id_filter::IdFilter;
pub use key::Layout;
pub use line::LineError;
pub use list::{
    Archived, ArchivedDay, Damaged, all_transaction_exports, days, exports_of, may_have, transaction_exports,
};
pub use manifest::{Manifest, ManifestError, Part};
pub use objects::{Object, Objects};
pub use part::PartError;
pub use probe::probe;
pub use restore::{RestoredDay, restore_day};
pub use restore_transaction::{FoundTransaction, find_transaction};
