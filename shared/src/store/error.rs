//! What can go wrong between a function and MongoDB: one variant per operation.

use mongodb::error::Error as Cause;

use crate::Day;
use crate::record::NotALogRecord;
use crate::secret::SecretError;

/// An operation on the store that failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The secret that holds MongoDB's address could not be read.
    #[error("the address of MongoDB cannot be read from Secrets Manager")]
    Address(#[source] SecretError),
    /// The connection string cannot be used.
    #[error("the MongoDB connection string cannot be used")]
    Connect(#[source] Cause),
    /// MongoDB did not answer.
    #[error("MongoDB does not answer")]
    Ping(#[source] Cause),
    /// The days could not be listed.
    #[error("cannot list the days on which records are filed")]
    Days(#[source] Cause),
    /// A collection could not be created.
    #[error("cannot create the collection `{collection}`")]
    Create {
        /// Its name.
        collection: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// An index could not be created.
    #[error("cannot create the indexes of `{collection}`")]
    Index {
        /// The collection.
        collection: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// Records could not be stored.
    #[error("cannot store records in `{collection}`")]
    Insert {
        /// The collection.
        collection: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// It could not be found out which records of a batch are stored already.
    #[error("cannot look up which records `{collection}` already has")]
    Probe {
        /// The collection.
        collection: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// Documents neither are there nor can be stored: their ids are others', or a unique index refuses them.
    #[error("{documents} documents cannot be stored in `{collection}`, and are not there: is there a unique index?")]
    Unsettled {
        /// The collection.
        collection: String,
        /// How many.
        documents: usize,
    },
    /// What was stored could not be written into the journal of filing.
    #[error("records are stored, but cannot be noted in the journal of filing")]
    NoteFiled(#[source] Cause),
    /// MongoDB refuses the journal of filing, and will do so again.
    #[error("MongoDB refuses the journal of filing: records are stored, but a live tail will not show them")]
    JournalRefused(#[source] Cause),
    /// The journal of filing could not be read.
    #[error("cannot read the journal of filing")]
    ReadJournal(#[source] Cause),
    /// Until when the shards are filed could not be read.
    #[error("cannot read until when the shards are filed")]
    FiledUntil(#[source] Cause),
    /// Records could not be read.
    #[error("cannot read the records of {day}")]
    Find {
        /// The day.
        day: Day,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The days on which there are records could not be found.
    #[error("cannot find out on which days there are records")]
    DaysWith(#[source] Cause),
    /// How much there is of a day could not be read.
    #[error("cannot read how much there is of {day}")]
    Statistics {
        /// The day.
        day: Day,
        /// Why.
        #[source]
        source: Cause,
    },
    /// Something that logbraid did not file is among the records.
    #[error("cannot read a document of {day}")]
    Foreign {
        /// The day.
        day: Day,
        /// Why.
        #[source]
        source: NotALogRecord,
    },
    /// The payloads set aside could not be counted.
    #[error("cannot count the payloads in the quarantine")]
    CountQuarantined(#[source] Cause),
    /// The payloads set aside could not be read.
    #[error("cannot read the payloads in the quarantine")]
    ReadQuarantined(#[source] Cause),
    /// Payloads that are stored now are still set aside.
    #[error("cannot remove payloads from the quarantine")]
    RemoveQuarantined(#[source] Cause),
    /// Why a payload is still set aside could not be written down.
    #[error("cannot update a payload in the quarantine")]
    UpdateQuarantined(#[source] Cause),
}
