//! Stores records once, however often they are delivered.

use std::collections::BTreeMap;

use mongodb::bson::oid::ObjectId;

use super::insert_once::{WithId, insert_once};
use super::{Store, StoreError};
use record::Day;
use record::LogRecord;

/// What became of a batch, all of which is stored now.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct InsertCounts {
    /// Records that were not there before.
    pub stored: usize,
    /// Records that were there already, or twice in the batch.
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

/// A batch that is stored now, and how.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct InsertOutcome {
    /// How many of it are new, and how many were there.
    pub inserted: InsertCounts,
    /// The ids of those, by position in the batch, that are stored under another id than their own, which was taken.
    pub moved: BTreeMap<usize, ObjectId>,
}

impl InsertOutcome {
    /// A batch of which all were new.
    #[must_use]
    pub fn all(count: usize) -> Self {
        Self { inserted: InsertCounts { stored: count, duplicates: 0 }, moved: BTreeMap::new() }
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
    pub async fn insert(&self, day: Day, records: &[LogRecord]) -> Result<InsertOutcome, InsertError> {
        self.prepare(day).await.map_err(|source| InsertError { known_stored: 0, source })?;
        let documents: Vec<WithId<'_>> = records.iter().map(|record| (record.id(), record.document_buf())).collect();
        insert_once(&self.collection(day), &documents).await
    }
}
