//! A day's collection as a whole: every document in it, for an archive, and back.

use std::collections::BTreeSet;

use futures_util::{Stream, TryStreamExt as _};
use mongodb::bson::raw::RawBsonRef;
use mongodb::bson::{Bson, Document, RawDocument, RawDocumentBuf, doc, oid::ObjectId};
use mongodb::error::Error;
use record::{Day, LogRecord};

use super::identity::primary;
use super::insert_once::write_errors;
use super::refusal::DUPLICATE;
use super::{IdRange, Store, StoreError};

/// Some documents of a day's collection. The ranges of ids and the foreign documents together are all of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DayPart {
    /// The documents with an id in a range.
    Ids(IdRange),
    /// The documents that logbraid did not file: their `_id` is not an `ObjectId`.
    Foreign,
}

/// What became of documents that were brought back.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Restored {
    /// Documents that were not there.
    pub stored: u64,
    /// Documents that were there already.
    pub duplicates: u64,
    /// The ids of documents that are not stored, since others have their ids.
    pub conflicts: Vec<String>,
}

impl Restored {
    /// Adds what became of further documents.
    pub fn add(&mut self, next: Self) {
        self.stored += next.stored;
        self.duplicates += next.duplicates;
        self.conflicts.extend(next.conflicts);
    }
}

impl DayPart {
    fn condition(self) -> Document {
        match self {
            Self::Ids(range) => range.condition(),
            Self::Foreign => doc! { "_id": { "$not": { "$type": "objectId" } } },
        }
    }
}

impl Store {
    /// Returns the name of the database.
    #[must_use]
    pub fn database_name(&self) -> &str {
        self.database.name()
    }

    /// Returns the prefix of the stack's collections.
    #[must_use]
    pub fn collection_prefix(&self) -> &str {
        &self.prefix
    }

    /// Streams the documents of a day's own collection, in the order of their ids. Reads from the primary: a secondary may not
    /// have all of them yet.
    pub async fn documents(
        &self,
        day: Day,
        part: DayPart,
    ) -> Result<impl Stream<Item = Result<RawDocumentBuf, StoreError>> + Send + use<>, StoreError> {
        self.find_documents(day, part, None).await
    }

    /// Streams the `_id`s of the same documents, each in a document of its own.
    pub async fn document_ids(
        &self,
        day: Day,
        part: DayPart,
    ) -> Result<impl Stream<Item = Result<RawDocumentBuf, StoreError>> + Send + use<>, StoreError> {
        self.find_documents(day, part, Some(doc! { "_id": 1 })).await
    }

    async fn find_documents(
        &self,
        day: Day,
        part: DayPart,
        projection: Option<Document>,
    ) -> Result<impl Stream<Item = Result<RawDocumentBuf, StoreError>> + Send + use<>, StoreError> {
        let failed = move |source| StoreError::Find { day, source };
        let collection = self.collection(day);
        let mut find = collection.find(part.condition()).sort(doc! { "_id": 1 }).selection_criteria(primary());
        if let Some(projection) = projection {
            find = find.projection(projection);
        }
        Ok(find.await.map_err(failed)?.map_err(failed))
    }

    /// Counts all documents of a day's own collection.
    pub async fn count_all(&self, day: Day) -> Result<u64, StoreError> {
        let counted = self.collection(day).count_documents(doc! {}).selection_criteria(primary()).await;
        counted.map_err(|source| StoreError::Find { day, source })
    }

    /// Brings documents back into a day, as they are and under their ids, each once, however often. Creates the day as ingest does.
    pub async fn restore(&self, day: Day, documents: &[RawDocumentBuf]) -> Result<Restored, StoreError> {
        if documents.is_empty() {
            return Ok(Restored::default());
        }
        self.prepare(day).await?;
        let records: Vec<LogRecord> =
            documents.iter().filter_map(|document| LogRecord::from_stored(document.clone()).ok()).collect();
        if records.iter().any(LogRecord::has_further_ids) {
            self.prepare_further_ids(day).await?;
        }
        // First: a record without a sketch would be missed, a sketch without records is harmless.
        if self.has_sketches {
            self.write_sketches(day, &records).await?;
        }
        let collection = self.collection(day);
        let failed = |source| StoreError::Insert { collection: collection.name().to_owned(), source };
        let inserted = collection.insert_many(documents).ordered(false).await;
        let all = documents.len() as u64;
        let taken = match inserted {
            Ok(_) => return Ok(Restored { stored: all, ..Restored::default() }),
            Err(error) => taken(&error).ok_or_else(|| failed(error))?,
        };
        let mut restored = Restored { stored: all - taken.len() as u64, ..Restored::default() };
        for document in taken.into_iter().filter_map(|position| documents.get(position)) {
            let Ok(Some(id)) = document.get("_id") else { continue };
            let found = collection.find_one(equals(id)).selection_criteria(primary()).await;
            let found = found.map_err(|source| StoreError::Find { day, source })?;
            if found.is_some_and(|found| found.as_bytes() == document.as_bytes()) {
                restored.duplicates += 1;
            } else {
                restored.conflicts.push(shown(id));
            }
        }
        Ok(restored)
    }
}

/// Returns the positions of documents whose ids are taken. `None` where something else was refused.
fn taken(error: &Error) -> Option<BTreeSet<usize>> {
    let errors = write_errors(error)?;
    let all = errors.iter().all(|error| error.code == DUPLICATE);
    all.then(|| errors.iter().map(|error| error.index).collect())
}

/// Returns the filter for an id. By a range, too: a clustered collection has no other index on the ids.
fn equals(id: RawBsonRef<'_>) -> Document {
    match id {
        RawBsonRef::ObjectId(id) => doc! { "_id": { "$gte": id, "$lte": id } },
        other => doc! { "_id": Bson::try_from(other).unwrap_or(Bson::Null) },
    }
}

fn shown(id: RawBsonRef<'_>) -> String {
    id.as_object_id().map_or_else(|| format!("{id:?}"), ObjectId::to_hex)
}

/// Returns the `_id` of a document as bytes that tell it from any other.
#[must_use]
pub fn id_bytes(document: &RawDocument) -> Vec<u8> {
    match document.get("_id") {
        Ok(Some(RawBsonRef::ObjectId(id))) => id.bytes().to_vec(),
        Ok(Some(other)) => format!("{other:?}").into_bytes(),
        _ => Vec::new(),
    }
}
