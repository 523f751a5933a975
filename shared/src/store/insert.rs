//! Stores records once, however often they are delivered.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use mongodb::bson::{RawDocumentBuf, doc, oid::ObjectId};
use mongodb::error::{Error, ErrorKind, IndexedWriteError, InsertManyError};

use super::{Store, StoreError};
use crate::Day;
use crate::record::LogRecord;

/// The server's code for an `_id` that is taken (`DuplicateKey`).
const DUPLICATE: i32 = 11_000;

/// What became of a batch, all of which is stored now.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Inserted {
    /// Records that were not there before.
    pub stored: usize,
    /// Records that were there already, or twice in the batch.
    pub duplicates: usize,
}

impl std::iter::Sum for Inserted {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            stored: sum.stored + part.stored,
            duplicates: sum.duplicates + part.duplicates,
        })
    }
}

/// A batch that could not be stored whole.
#[derive(Debug, thiserror::Error)]
#[error("{known_stored} records from the batch's first on are stored, the rest may not be")]
pub struct InsertError {
    /// How many records, from the first on, are stored for certain.
    pub known_stored: usize,
    /// Why not all.
    #[source]
    pub source: StoreError,
}

impl Store {
    /// Stores the records of one day, skipping those that are there.
    ///
    /// A batch is nearly always new: it is inserted in order, which stops at the first duplicate. Only then is asked
    /// which of the rest are there, since a duplicate that is tried costs as much as several inserts.
    pub async fn insert(&self, day: Day, records: &[LogRecord]) -> Result<Inserted, InsertError> {
        let nothing_stored = |source| InsertError { known_stored: 0, source };
        self.prepare(day).await.map_err(nothing_stored)?;
        match self.insert_in_order(day, records).await {
            Ok(()) => Ok(Inserted { stored: records.len(), duplicates: 0 }),
            Err(error) => {
                let (stored, is_duplicate) = progress(&error);
                if !is_duplicate {
                    return Err(InsertError { known_stored: stored, source: self.insert_failed(day, error) });
                }
                let rest = self.insert_missing(day, &records[stored..]).await;
                let rest = rest.map_err(|source| InsertError { known_stored: stored, source })?;
                Ok(Inserted { stored: stored + rest.stored, duplicates: rest.duplicates })
            }
        }
    }

    async fn insert_in_order(&self, day: Day, records: &[LogRecord]) -> Result<(), Error> {
        self.collection(day).insert_many(records.iter().map(LogRecord::document_buf)).ordered(true).await.map(|_| ())
    }

    /// Stores those records that are not there.
    async fn insert_missing(&self, day: Day, records: &[LogRecord]) -> Result<Inserted, StoreError> {
        let mut there = self.ids_there(day, records).await?;
        let missing: Vec<&RawDocumentBuf> =
            records.iter().filter(|record| there.insert(record.id())).map(LogRecord::document_buf).collect();
        if missing.is_empty() {
            return Ok(Inserted { stored: 0, duplicates: records.len() });
        }
        let raced = match self.collection(day).insert_many(missing.iter().copied()).ordered(false).await {
            Ok(_) => 0,
            // Another delivery of the same records got in between.
            Err(error) => duplicates_only(&error).ok_or_else(|| self.insert_failed(day, error))?,
        };
        let stored = missing.len() - raced;
        Ok(Inserted { stored, duplicates: records.len() - stored })
    }

    async fn ids_there(&self, day: Day, records: &[LogRecord]) -> Result<HashSet<ObjectId>, StoreError> {
        let failed = |source| StoreError::Probe { collection: self.collection_name(day), source };
        let ids: Vec<ObjectId> = records.iter().map(LogRecord::id).collect();
        let found = self.collection(day).find(doc! { "_id": { "$in": ids } }).projection(doc! { "_id": 1 }).await;
        let found = found.map_err(failed)?.map_ok(|document| document.get_object_id("_id").ok());
        let ids: Vec<Option<ObjectId>> = found.try_collect().await.map_err(failed)?;
        Ok(ids.into_iter().flatten().collect())
    }

    fn insert_failed(&self, day: Day, source: Error) -> StoreError {
        StoreError::Insert { collection: self.collection_name(day), source }
    }
}

/// How far an insert in order got, and whether a duplicate stopped it.
fn progress(error: &Error) -> (usize, bool) {
    match write_errors(error) {
        Some([first, ..]) => (first.index, first.code == DUPLICATE),
        _ => (0, false),
    }
}

/// How many duplicates there were, if nothing else went wrong.
pub(super) fn duplicates_only(error: &Error) -> Option<usize> {
    write_errors(error).filter(|errors| errors.iter().all(|error| error.code == DUPLICATE)).map(<[_]>::len)
}

/// What the server said of single records; `None` where the batch as a whole is in doubt, as after a write concern
/// error or a broken connection.
fn write_errors(error: &Error) -> Option<&[IndexedWriteError]> {
    match &*error.kind {
        ErrorKind::InsertMany(InsertManyError { write_errors: Some(errors), write_concern_error: None, .. }) => {
            Some(errors)
        }
        _ => None,
    }
}
