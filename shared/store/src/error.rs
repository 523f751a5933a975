//! Errors of the store: one variant for each operation.

use mongodb::error::{Error as Cause, ErrorKind};

use record::{Day, NotALogRecord};

use crate::refusal::{Refusal, meaning};

/// The server's code for a command that exceeded its time limit (`MaxTimeMSExpired`).
const OUT_OF_TIME: i32 = 50;
/// The server's code for what a user may not do (`Unauthorized`).
const NOT_ALLOWED: i32 = 13;
/// The server's code for a user or a password that it refuses (`AuthenticationFailed`).
const NOT_AUTHENTICATED: i32 = 18;
/// The server's codes for a regular expression that it refuses, in `$regex` and in an aggregation.
const BAD_REGEX: [i32; 2] = [51_091, 51_111];

/// What each text of the driver begins with.
const KIND: &str = "Kind: ";
/// What it ends with: labels, and often nothing else.
const LABELS: &str = ", labels: {";
const NOTHING_MORE: &str = ", source: None, server response: None";

/// Returns in words what an error of MongoDB's driver says: its own text also has labels, and the server's answer in hexadecimal.
/// `None` for an error of others.
#[must_use]
pub fn driver_words(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let boxed = || error.downcast_ref::<Box<Cause>>().map(Box::as_ref);
    let cause = error.downcast_ref::<Cause>().or_else(boxed)?;
    // The state of a server quotes its last error.
    let text = cause.kind.to_string().replace(KIND, "");
    let mut parts = text.split(LABELS);
    let mut words = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}').and_then(|(_, rest)| rest.strip_prefix(NOTHING_MORE)) {
            Some(rest) => words.push_str(rest),
            None => words.extend([LABELS, part]),
        }
    }
    Some(words)
}

/// What a failed operation means to the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StoreErrorKind {
    /// MongoDB cannot be reached, or is not ready. A later try may succeed.
    Unavailable,
    /// MongoDB refuses the user or the password.
    NotAuthenticated,
    /// The operation took longer than its time limit.
    OutOfTime,
    /// MongoDB does not accept the regular expression.
    BadRegex,
    /// Anything else.
    Other,
}

/// An operation on the store that failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The connection string cannot be used.
    #[error("the MongoDB connection string cannot be used")]
    Connect(#[source] Cause),
    /// Records and passwords would go unencrypted over a network.
    #[error(
        "the MongoDB connection string has no TLS, and {server} is not on this machine: add `tls=true` to it; for a network that only \
         you can read, set LOGBRAID_MONGODB_PLAINTEXT to `on` (MongoPlaintext)"
    )]
    Plaintext {
        /// Host and port.
        server: String,
    },
    /// The process signs in by its own identity, and the connection string says who it is, too.
    #[error(
        "the MongoDB connection string names a user or a way to sign in, and LOGBRAID_MONGODB_TOKEN_AUDIENCE is set: leave one out"
    )]
    TwoIdentities,
    /// MongoDB did not answer.
    #[error("MongoDB does not answer")]
    Ping(#[source] Cause),
    /// The days could not be listed.
    #[error("cannot list the days that have records")]
    Days(#[source] Cause),
    /// Another stack has the collections that this one needs.
    #[error(
        "in the database `{database}`, `filed`, `shards`, `quarantine` and `transactions_…` belong to the stack with the prefix `{by}`: give this one another collection prefix than `{prefix}`, or another database"
    )]
    NamesTaken {
        /// The database.
        database: String,
        /// The prefix of this stack.
        prefix: String,
        /// The prefix of the other stack.
        by: String,
    },
    /// A collection could not be created.
    #[error("cannot create the collection `{collection}`")]
    Create {
        /// Its name.
        collection: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The indexes of a collection could not be listed.
    #[error("cannot list the indexes of `{collection}`")]
    ListIndexes {
        /// The collection.
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
    /// The pins could not be read.
    #[error("cannot read the pins")]
    ReadPins(#[source] Cause),
    /// A pin could not be stored or removed.
    #[error("cannot change the pins")]
    WritePins(#[source] Cause),
    /// The holds could not be read or changed.
    #[error("cannot read or change which days are held")]
    Holds(#[source] Cause),
    /// Something could not be erased.
    #[error("cannot erase everything: run it again to go on")]
    Erase(#[source] Cause),
    /// A day that is not over may not be dropped.
    #[error("{day} is not over: only past days are dropped")]
    NotPast {
        /// The day.
        day: Day,
    },
    /// A collection could not be dropped.
    #[error("cannot drop the collection `{collection}`")]
    Drop {
        /// Its name.
        collection: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The sketches could not be asked.
    #[error("cannot read the sketches of days")]
    Sketches(#[source] Cause),
    /// Records could not be stored.
    #[error("cannot store records in `{collection}`")]
    Insert {
        /// The collection.
        collection: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The records of a batch that are stored already could not be found.
    #[error("cannot look up which records `{collection}` already has")]
    Probe {
        /// The collection.
        collection: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// Other writers took the ids of documents again and again.
    #[error("{documents} documents are not stored in `{collection}` yet: other writers keep taking their ids")]
    Contended {
        /// The collection.
        collection: String,
        /// How many documents.
        documents: usize,
    },
    /// The server refuses a document of the quarantine for good.
    #[error("MongoDB refuses an entry of the quarantine for good")]
    QuarantineRefused,
    /// The journal entry of stored records could not be written.
    #[error("records are stored, but the journal entry cannot be written")]
    WriteJournal(#[source] Cause),
    /// MongoDB refuses the journal for good.
    #[error("MongoDB refuses the journal: records are stored, but a live tail will not show them")]
    JournalRefused(#[source] Cause),
    /// The journal could not be read.
    #[error("cannot read the journal")]
    ReadJournal(#[source] Cause),
    /// The progress of the shards could not be read.
    #[error("cannot read how far the shards are filed")]
    ShardProgress(#[source] Cause),
    /// Records could not be read.
    #[error("cannot read the records of {day}")]
    Find {
        /// The day.
        day: Day,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The days with matching records could not be found.
    #[error("cannot find the days that have records")]
    DaysWith(#[source] Cause),
    /// The size of a day could not be read.
    #[error("cannot read the size of {day}")]
    Statistics {
        /// The day.
        day: Day,
        /// Why.
        #[source]
        source: Cause,
    },
    /// A document among the records is not a log record.
    #[error("cannot read a document of {day}")]
    Foreign {
        /// The day.
        day: Day,
        /// Why.
        #[source]
        source: NotALogRecord,
    },
    /// The quarantined payloads could not be counted.
    #[error("cannot count the payloads in the quarantine")]
    CountQuarantined(#[source] Cause),
    /// The quarantined payloads could not be read.
    #[error("cannot read the payloads in the quarantine")]
    ReadQuarantined(#[source] Cause),
    /// Payloads that are stored now could not be removed from the quarantine.
    #[error("cannot remove payloads from the quarantine")]
    RemoveQuarantined(#[source] Cause),
    /// The entry of a payload that stays in the quarantine could not be updated.
    #[error("cannot update a payload in the quarantine")]
    UpdateQuarantined(#[source] Cause),
}

impl StoreError {
    /// Returns what the failure means to the caller.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        match self.cause().map(|cause| &*cause.kind) {
            Some(
                ErrorKind::ServerSelection { .. }
                | ErrorKind::Io(_)
                | ErrorKind::ConnectionPoolCleared { .. }
                | ErrorKind::DnsResolve { .. },
            ) => StoreErrorKind::Unavailable,
            Some(ErrorKind::Authentication { .. }) => StoreErrorKind::NotAuthenticated,
            Some(ErrorKind::Command(refusal)) => match refusal.code {
                code if meaning(code) == Some(Refusal::NotNow) => StoreErrorKind::Unavailable,
                NOT_AUTHENTICATED => StoreErrorKind::NotAuthenticated,
                OUT_OF_TIME => StoreErrorKind::OutOfTime,
                code if BAD_REGEX.contains(&code) => StoreErrorKind::BadRegex,
                _ => StoreErrorKind::Other,
            },
            _ => StoreErrorKind::Other,
        }
    }

    /// Whether another address or password may help: MongoDB cannot be reached, or refuses the user or the password.
    #[must_use]
    pub fn is_of_address(&self) -> bool {
        matches!(self.kind(), StoreErrorKind::Unavailable | StoreErrorKind::NotAuthenticated)
    }

    /// Whether MongoDB does not let the user do the operation.
    #[must_use]
    pub fn is_not_allowed(&self) -> bool {
        let kind = self.cause().map(|cause| &*cause.kind);
        matches!(kind, Some(ErrorKind::Command(refusal)) if refusal.code == NOT_ALLOWED)
    }

    fn cause(&self) -> Option<&Cause> {
        std::error::Error::source(self).and_then(|source| source.downcast_ref::<Cause>())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use mongodb::error::{Error as Cause, ErrorKind};

    use super::{StoreError, StoreErrorKind, driver_words};

    #[test]
    fn the_driver_says_why_in_words() {
        let own = Cause::custom("no");
        assert_eq!(driver_words(&own).as_deref(), Some("Custom user error"));
        assert_eq!(driver_words(&Box::new(own)).as_deref(), Some("Custom user error"));
        let quoting = |text: &str| Cause::from(io::Error::other(text));
        let of_server = quoting(&format!("Servers: {{ Error: {} }}", Cause::custom("no")));
        assert_eq!(driver_words(&of_server).as_deref(), Some("I/O error: Servers: { Error: Custom user error }"));
        let labelled = quoting(r#"a Kind: b, labels: {"c", "d"}, source: None, server response: None } ], labels: {e"#);
        assert_eq!(driver_words(&labelled).as_deref(), Some("I/O error: a b } ], labels: {e"));
        assert_eq!(driver_words(&StoreError::Days(labelled)), None);
    }

    #[test]
    fn a_failure_has_a_kind() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "10.0.0.7:27017 refused");
        assert_eq!(StoreError::Days(Cause::from(refused)).kind(), StoreErrorKind::Unavailable);
        assert_eq!(StoreError::Ping(Cause::from(ErrorKind::SessionsNotSupported)).kind(), StoreErrorKind::Other);
    }
}
