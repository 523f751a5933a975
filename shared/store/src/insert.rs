//! Stores the records of a day once, however often they are delivered.

use std::collections::BTreeMap;

use mongodb::bson::oid::ObjectId;

use super::insert_once::insert_once;
use super::pending::WithId;
use super::{Store, StoreError};
use record::Day;
use record::LogRecord;

/// How many records of a batch were stored, and how many were stored before.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct InsertCounts {
    /// Records that were not stored before.
    pub stored: usize,
    /// Records that were stored before, or are in the batch twice.
    pub duplicates: usize,
}

impl std::iter::Sum for InsertCounts {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            stored: sum.stored + part.stored,
            duplicates: sum.duplicates + part.duplicates,
        })
    }
}

/// What became of each document of a batch. All of them are stored but those that the server refused for good.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct InsertOutcome {
    /// How many documents are new, and how many were stored before.
    pub inserted: InsertCounts,
    /// The ids of the documents that are stored under another id than their own, by position in the batch.
    pub moved: BTreeMap<usize, ObjectId>,
    /// How many of the new documents have the `record_id` of a different stored record.
    pub conflicting: usize,
    /// Why the server will never take a document, by position in the batch: `121 DocumentValidationFailure: …`.
    pub refused: BTreeMap<usize, String>,
}

impl InsertOutcome {
    /// The outcome of a batch of which all documents are new.
    #[must_use]
    pub fn all(count: usize) -> Self {
        Self { inserted: InsertCounts { stored: count, duplicates: 0 }, ..Self::default() }
    }

    /// The outcome of a batch that begins with so many new documents and goes on with these.
    pub(super) fn behind(self, new: usize) -> Self {
        let Self { inserted, moved, conflicting, refused } = self;
        Self {
            inserted: InsertCounts { stored: new + inserted.stored, ..inserted },
            moved: moved.into_iter().map(|(position, id)| (new + position, id)).collect(),
            conflicting,
            refused: refused.into_iter().map(|(position, detail)| (new + position, detail)).collect(),
        }
    }
}

/// A batch that could not be stored whole.
#[derive(Debug, thiserror::Error)]
#[error("the first {known_stored} records of the batch are stored, the others may not be")]
pub struct InsertError {
    /// How many records, from the first on, are certainly stored.
    pub known_stored: usize,
    /// Why the others may not be.
    #[source]
    pub source: StoreError,
}

impl Store {
    /// Stores the records of one day. Skips those that are stored already.
    pub async fn insert(&self, day: Day, records: &[LogRecord]) -> Result<InsertOutcome, InsertError> {
        let failed = |source| InsertError { known_stored: 0, source };
        self.prepare(day).await.map_err(failed)?;
        if records.iter().any(LogRecord::has_further_ids) {
            self.prepare_further_ids(day).await.map_err(failed)?;
        }
        // First: a record without a sketch would be missed, a sketch without records is harmless.
        if self.has_sketches {
            self.write_sketches(day, records).await.map_err(failed)?;
        }
        let documents: Vec<WithId<'_>> = records.iter().map(|record| (record.id(), record.document_buf())).collect();
        insert_once(&self.collection(day), &documents).await
    }
}
