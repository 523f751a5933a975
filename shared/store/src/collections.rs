//! The collection of a day, its indexes, and its view of transactions.

use mongodb::IndexModel;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{ClusteredIndex, IndexOptions};

use super::names::{Names, day_name, day_of};
use super::{Store, StoreError};
use record::Day;
use record::level;

/// The name of the index of a day's errors.
pub(super) const ERRORS_INDEX: &str = "errors";
/// The server's code for a collection that exists already (`NamespaceExists`).
const EXISTS: i32 = 48;
/// The servers' codes for an option, or a value of one, that they do not know: `BadValue`, `FailedToParse`,
/// `InvalidOptions`, `CommandNotSupported`, `NotImplemented`, two of Amazon `DocumentDB`, and those for an unknown stage of
/// a pipeline and an unknown field. Any other error may be temporary, and must not make the collection an ordinary one.
const UNSUPPORTED: [i32; 9] = [2, 9, 72, 115, 238, 303, 304, 40_324, 40_415];

impl Store {
    /// Returns the days that have a collection, in order.
    pub async fn days(&self) -> Result<Vec<Day>, StoreError> {
        let names = self.database.list_collection_names().await.map_err(StoreError::Days)?;
        let mut days: Vec<Day> = names.iter().filter_map(|name| day_of(&self.prefix, name)).collect();
        days.sort_unstable();
        Ok(days)
    }

    pub(super) fn collection_name(&self, day: Day) -> String {
        day_name(&self.prefix, day)
    }

    pub(super) fn collection(&self, day: Day) -> mongodb::Collection<RawDocumentBuf> {
        self.database.collection(&self.collection_name(day))
    }

    /// Creates the collection, the indexes and the view of a day, unless they exist. Any number of writers may do this at
    /// the same time: the server accepts each step twice.
    pub(super) async fn prepare(&self, day: Day) -> Result<(), StoreError> {
        let mut prepared = self.prepared.lock().await;
        // Somebody may drop a past day at any time. An insert after that must create it again.
        let is_past = day < Day::yesterday();
        if !is_past && prepared.contains(&day) {
            return Ok(());
        }
        let names = self.names().await?;
        if !self.is_prepared(day, names).await? {
            self.claim_names().await?;
            if names.are_prefixed() {
                // First: its existence says that the stack's names have the prefix.
                self.create_shards(names).await?;
            }
            self.create_collection(day).await?;
            self.create_indexes(day).await?;
            // Last: its existence says that the day is complete.
            self.create_view(day, names).await?;
        }
        if !is_past {
            prepared.insert(day);
        }
        Ok(())
    }

    /// Whether the day is complete. Asks in the same query whether the journal exists.
    async fn is_prepared(&self, day: Day, names: &Names) -> Result<bool, StoreError> {
        let names = [self.collection_name(day), names.view(day), names.journal()];
        let found = self.database.list_collection_names().filter(doc! { "name": { "$in": &names } });
        // Without this MongoDB requires a privilege that writers do not need otherwise.
        let found = found.authorized_collections(true).await.map_err(StoreError::Days)?;
        let [collection, view, journal] = names.map(|name| found.contains(&name));
        if journal {
            self.journal.found();
        }
        Ok(collection && view)
    }

    async fn create_shards(&self, names: &Names) -> Result<(), StoreError> {
        let name = names.shards();
        let created = created_or_exists(self.database.create_collection(&name).await);
        created.map_err(|source| StoreError::Create { collection: name, source })
    }

    /// Creates a collection that is clustered on `_id`. Creates an ordinary one if the server does not support that
    /// (MongoDB before 5.3, some servers with its protocol).
    async fn create_collection(&self, day: Day) -> Result<(), StoreError> {
        let name = self.collection_name(day);
        let clustered = self.database.create_collection(&name).clustered_index(ClusteredIndex::default()).await;
        let created = match clustered {
            Err(error) if is_unsupported(&error) => self.database.create_collection(&name).await,
            other => other,
        };
        created_or_exists(created).map_err(|source| StoreError::Create { collection: name, source })
    }

    async fn create_indexes(&self, day: Day) -> Result<(), StoreError> {
        let created = self.collection(day).create_indexes([uid_index(), errors_index()]).await;
        let failed = |source| StoreError::Index { collection: self.collection_name(day), source };
        created.map(|_| ()).map_err(failed)
    }

    async fn create_view(&self, day: Day, names: &Names) -> Result<(), StoreError> {
        let name = names.view(day);
        let view =
            self.database.create_collection(&name).view_on(self.collection_name(day)).pipeline(transactions_pipeline());
        created_or_exists(view.await).map_err(|source| StoreError::Create { collection: name, source })
    }
}

/// Returns the index of transactions. It has each transaction in time order, since ids sort by time.
fn uid_index() -> IndexModel {
    let of_transactions = doc! { "log_uid": { "$exists": true } };
    let options = IndexOptions::builder().name("log_uid".to_owned()).partial_filter_expression(of_transactions).build();
    IndexModel::builder().keys(doc! { "log_uid": 1, "_id": 1 }).options(options).build()
}

/// Returns the index of errors in time order. It holds only errors, so it is small.
fn errors_index() -> IndexModel {
    let of_errors = doc! { "levelno": { "$gte": level::ERROR } };
    let options = IndexOptions::builder().name(ERRORS_INDEX.to_owned()).partial_filter_expression(of_errors).build();
    IndexModel::builder().keys(doc! { "time": 1, "_id": 1 }).options(options).build()
}

/// Returns the pipeline of the view: one document for each transaction. The server pushes `find({_id: uid})` through the group into the index on `log_uid`.
fn transactions_pipeline() -> Vec<Document> {
    let group = doc! {
        "_id": "$log_uid",
        "started": { "$min": "$time" },
        "ended": { "$max": "$time" },
        "services": { "$addToSet": "$service" },
        "record_count": { "$sum": 1 },
        "worst_levelno": { "$max": "$levelno" },
        "records": { "$push": "$$ROOT" },
    };
    vec![
        doc! { "$match": { "log_uid": { "$exists": true } } },
        doc! { "$sort": { "log_uid": 1, "_id": 1 } },
        doc! { "$group": group },
    ]
}

/// Treats a collection that exists already as created.
pub(super) fn created_or_exists(created: Result<(), Error>) -> Result<(), Error> {
    created.or_else(|error| if code(&error) == Some(EXISTS) { Ok(()) } else { Err(error) })
}

/// Whether the server does not support the request.
pub(super) fn is_unsupported(error: &Error) -> bool {
    code(error).is_some_and(|code| UNSUPPORTED.contains(&code))
}

fn code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(refusal) => Some(refusal.code),
        _ => None,
    }
}
