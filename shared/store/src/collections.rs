//! The collection of a day, its indexes, and its view of transactions.

use std::time::Duration;

use mongodb::IndexModel;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{ClusteredIndex, CreateCollectionOptions, Hint, IndexOptions};

use super::lookup::{FURTHER_IDS, UidFields};
use super::names::{Names, day_name};
use super::{BlockCompressor, Lookup, Store, StoreError};
use record::Day;
use record::level;

/// The name of the index of a day's transactions.
pub(super) const UID_INDEX: &str = "log_uid";
/// The name of the index of a day's errors.
pub(super) const ERRORS_INDEX: &str = "errors";
/// The name of the index of further ids.
pub(super) const FURTHER_IDS_INDEX: &str = "further_ids";
/// The name of the clustered index of a day that was created with the index of further ids. The list of collections tells
/// it, so that no query has to ask for each day.
pub(super) const CLUSTERED_WITH_FURTHER_IDS: &str = "clustered_with_further_ids";
/// How long a look for an index may take the server.
const PROBE_MAX_TIME: Duration = Duration::from_secs(5);
/// The server's code for a collection that exists already (`NamespaceExists`).
const EXISTS: i32 = 48;
/// The servers' codes for an option, or a value of one, that they do not know: `BadValue`, `FailedToParse`,
/// `InvalidOptions`, `CommandNotSupported`, `NotImplemented`, two of Amazon `DocumentDB`, and those for an unknown stage of
/// a pipeline and an unknown field. Any other error may be temporary, and must not make the collection an ordinary one.
const UNSUPPORTED: [i32; 9] = [2, 9, 72, 115, 238, 303, 304, 40_324, 40_415];
/// The codes of a server that has no views: `CommandNotSupported`, `NotImplemented`, two of Amazon `DocumentDB`. A bad value is
/// one that the server may take the next time, so it is not among them.
const NO_VIEWS: [i32; 4] = [115, 238, 303, 304];

/// What there is of a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum There {
    /// Everything.
    All,
    /// Everything but the sketches: the day was filed before there were any. Its indexes stay as they are.
    DayAlone,
    /// Something is missing.
    NotAll,
}

impl Store {
    /// Returns where a day is searched for the ids of transactions. A day that was filed before records had further ids has
    /// no index of them. It gets one with the first record that has some. So a search without the index would read the
    /// whole day, and find nothing.
    pub(super) async fn uid_fields(&self, day: Day, lookup: &Lookup) -> Result<UidFields, StoreError> {
        let needs_no_index = lookup.filter.has_ids();
        let has_uid = lookup.filter.has_uid();
        let all = has_uid && (needs_no_index || self.has_further_ids_index(day).await?);
        Ok(if all { UidFields::All } else { UidFields::LogUid })
    }

    /// Whether a day has the index of further ids. Asks for each day until it has.
    async fn has_further_ids_index(&self, day: Day) -> Result<bool, StoreError> {
        if self.is_pinned_only(day) || self.with_further_ids.lock().await.contains(&day) {
            return Ok(true);
        }
        // Unlike the list of indexes, this tells whether the index can be used.
        let (collection, index) = (self.collection(day), Hint::Name(FURTHER_IDS_INDEX.to_owned()));
        let probe = collection.find_one(doc! { FURTHER_IDS: "" }).projection(doc! { "_id": 1 }).hint(index);
        match probe.max_time(PROBE_MAX_TIME).await {
            Ok(_) => {
                self.with_further_ids.lock().await.insert(day);
                Ok(true)
            }
            Err(error) if is_unsupported(&error) => Ok(false),
            Err(source) => Err(StoreError::Find { day, source }),
        }
    }

    /// Creates the index of further ids of a day that was created without it.
    pub(super) async fn prepare_further_ids(&self, day: Day) -> Result<(), StoreError> {
        if !self.has_further_ids_index(day).await? {
            self.create_indexes(day, [further_ids_index()]).await?;
            self.with_further_ids.lock().await.insert(day);
        }
        Ok(())
    }

    pub(super) fn collection_name(&self, day: Day) -> String {
        day_name(&self.prefix, day)
    }

    pub(super) fn collection(&self, day: Day) -> mongodb::Collection<RawDocumentBuf> {
        self.database.collection(&self.collection_name(day))
    }

    /// Creates the collection, the sketches, the indexes and the view of a day, unless they exist. Any number of writers may do this at
    /// the same time: the server accepts each step twice.
    pub(super) async fn prepare(&self, day: Day) -> Result<(), StoreError> {
        let mut prepared = self.prepared.lock().await;
        // Somebody may drop a past day at any time. An insert after that must create it again.
        let is_past = day < Day::yesterday();
        if !is_past && prepared.contains(&day) {
            return Ok(());
        }
        let names = self.names().await?;
        let there = self.look_at(day, names).await?;
        if there == There::DayAlone {
            self.create_sketches(day).await?;
        } else if there == There::NotAll {
            self.claim_names().await?;
            if names.are_prefixed() {
                // First: its existence says that the stack's names have the prefix.
                self.create_shards(names).await?;
            }
            let since = self.server_time().await?;
            self.create_sketches(day).await?;
            // Only who created the day knows that nobody filed there before, without sketches.
            if self.create_collection(day).await? {
                if is_past {
                    self.bring_pinned_back(day).await?;
                }
                if self.has_sketches {
                    self.mark_sketched(day, since).await?;
                }
            }
            self.create_indexes(day, day_indexes()).await?;
            self.with_further_ids.lock().await.insert(day);
            // Last: its existence says that the day is complete.
            self.create_view(day, names).await?;
        }
        if !is_past {
            prepared.insert(day);
        }
        Ok(())
    }

    /// Looks what there is of a day. Asks in the same query whether the journal exists.
    async fn look_at(&self, day: Day, names: &Names) -> Result<There, StoreError> {
        let names = [self.collection_name(day), names.view(day), names.sketches(day), names.journal()];
        let found = self.database.list_collection_names().filter(doc! { "name": { "$in": &names } });
        // Without this MongoDB requires a privilege that writers do not need otherwise.
        let found = found.authorized_collections(true).await.map_err(StoreError::Days)?;
        let [collection, view, sketches, journal] = names.map(|name| found.contains(&name));
        if journal {
            self.journal.found();
        }
        Ok(match (collection && view, sketches) {
            (true, true) => There::All,
            (true, false) => There::DayAlone,
            (false, _) => There::NotAll,
        })
    }

    async fn create_shards(&self, names: &Names) -> Result<(), StoreError> {
        let name = names.shards();
        let created = created_or_exists(self.database.create_collection(&name).await);
        created.map_err(|source| StoreError::Create { collection: name, source })
    }

    /// Creates a collection that is clustered on `_id`. Creates an ordinary one if the server does not support that
    /// (MongoDB before 5.3, some servers with its protocol).
    ///
    /// Returns whether it is new.
    async fn create_collection(&self, day: Day) -> Result<bool, StoreError> {
        let name = self.collection_name(day);
        let index = Some(CLUSTERED_WITH_FURTHER_IDS);
        let compressed = self.create_clustered(&name, index, Some(self.compressor)).await;
        let created = match compressed {
            // Servers with another way to store, and those whose users may not choose, say so with codes of their own.
            Err(error) if code(&error).is_some_and(|code| code != EXISTS) => {
                self.create_clustered(&name, index, None).await
            }
            other => other,
        };
        match created {
            Ok(()) => Ok(true),
            other => created_or_exists(other).map(|()| false),
        }
        .map_err(|source| StoreError::Create { collection: name, source })
    }

    pub(super) async fn create_clustered(
        &self,
        name: &str,
        index_name: Option<&str>,
        compressor: Option<BlockCompressor>,
    ) -> Result<(), Error> {
        let mut index = ClusteredIndex::default();
        index.name = index_name.map(str::to_owned);
        let mut options = CreateCollectionOptions::default();
        options.storage_engine = compressor.map(BlockCompressor::storage_engine);
        options.clustered_index = Some(index);
        match self.database.create_collection(name).with_options(options.clone()).await {
            Err(error) if is_unsupported(&error) => {
                options.clustered_index = None;
                self.database.create_collection(name).with_options(options).await
            }
            other => other,
        }
    }

    pub(super) async fn create_indexes<const N: usize>(
        &self,
        day: Day,
        indexes: [IndexModel; N],
    ) -> Result<(), StoreError> {
        let created = self.collection(day).create_indexes(indexes).await;
        let failed = |source| StoreError::Index { collection: self.collection_name(day), source };
        created.map(|_| ()).map_err(failed)
    }

    /// Creates the view of a day, for people. A server without views, as Amazon `DocumentDB` before version 8, has days without.
    pub(super) async fn create_view(&self, day: Day, names: &Names) -> Result<(), StoreError> {
        let name = names.view(day);
        let view =
            self.database.create_collection(&name).view_on(self.collection_name(day)).pipeline(transactions_pipeline());
        match view.await {
            Err(error) if code(&error).is_some_and(|code| NO_VIEWS.contains(&code)) => Ok(()),
            created => created_or_exists(created).map_err(|source| StoreError::Create { collection: name, source }),
        }
    }
}

/// Returns the indexes of a day.
pub(super) fn day_indexes() -> [IndexModel; 3] {
    [uid_index(), errors_index(), further_ids_index()]
}

/// Returns the index of transactions. It has each transaction in time order, since ids sort by time.
fn uid_index() -> IndexModel {
    let of_transactions = doc! { "log_uid": { "$exists": true } };
    let options = IndexOptions::builder().name(UID_INDEX.to_owned()).partial_filter_expression(of_transactions).build();
    IndexModel::builder().keys(doc! { "log_uid": 1, "_id": 1 }).options(options).build()
}

/// Returns the index of the ids beside the `log_uid`. It holds only records that have some.
fn further_ids_index() -> IndexModel {
    let with_further_ids = doc! { FURTHER_IDS: { "$exists": true } };
    let options =
        IndexOptions::builder().name(FURTHER_IDS_INDEX.to_owned()).partial_filter_expression(with_further_ids).build();
    IndexModel::builder().keys(doc! { FURTHER_IDS: 1, "_id": 1 }).options(options).build()
}

/// Returns the index of errors in time order. It holds only errors, so it is small.
fn errors_index() -> IndexModel {
    let of_errors = doc! { "levelno": { "$gte": level::ERROR } };
    let options = IndexOptions::builder().name(ERRORS_INDEX.to_owned()).partial_filter_expression(of_errors).build();
    IndexModel::builder().keys(doc! { "time": 1, "_id": 1 }).options(options).build()
}

/// Returns the pipeline of the view: one document for each transaction. The server pushes `find({_id: uid})` through the group into the index on `log_uid`.
pub(super) fn transactions_pipeline() -> Vec<Document> {
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
