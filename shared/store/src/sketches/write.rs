//! Stores the sketches of records, before the records are stored.

use std::sync::PoisonError;
use std::time::Instant;

use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind, IndexedWriteError};
use record::{Day, LogRecord};

use super::build::{Sketch, sketches};
use super::merge::{Merged, Replaced};
use crate::refusal::{DUPLICATE, is_of_document};
use crate::{Store, StoreError};

impl Store {
    /// Stores the sketches of records of a day. The same records twice store nothing twice. If the server refuses a sketch for
    /// good, the day loses its marker, and searches scan it: that must not stop the records.
    pub(crate) async fn write_sketches(&self, day: Day, records: &[LogRecord]) -> Result<(), StoreError> {
        let made = sketches(records);
        let documents: Vec<Document> = made.iter().map(Sketch::document).collect();
        match self.insert_sketches(day, &documents).await {
            Err(StoreError::Insert { source, .. }) if is_for_good(&source) => return self.unmark_sketched(day).await,
            other => other?,
        }
        self.merge_small(day, made.into_iter().zip(documents).collect()).await;
        Ok(())
    }

    /// Stores a sketch for many small ones once there are enough, and removes those later. What fails here is left as it is:
    /// the small sketches are stored.
    async fn merge_small(&self, day: Day, stored: Vec<(Sketch, Document)>) {
        let small = || self.small_sketches.lock().unwrap_or_else(PoisonError::into_inner);
        let (merged, removable) = {
            let mut small = small();
            (small.add(day, &stored), small.removable(Instant::now()))
        };
        for Merged { sketch, ids } in merged {
            if self.insert_sketches(day, &[sketch.document()]).await.is_ok() {
                small().replaced(day, ids, Instant::now());
            }
        }
        for Replaced { day, ids, .. } in removable {
            if let Ok(sketches) = self.sketches(day).await {
                let _ = sketches.delete_many(doc! { "_id": { "$in": ids } }).await;
            }
        }
    }

    async fn insert_sketches(&self, day: Day, sketches: &[Document]) -> Result<(), StoreError> {
        if sketches.is_empty() {
            return Ok(());
        }
        let collection = self.sketches(day).await?;
        match collection.insert_many(sketches).ordered(false).await {
            Err(source) if !are_stored_before(&source) => {
                Err(StoreError::Insert { collection: collection.name().to_owned(), source })
            }
            _ => Ok(()),
        }
    }

    /// Makes and stores the sketches of records that are stored.
    pub(super) async fn insert_sketches_of(&self, day: Day, records: &[LogRecord]) -> Result<(), StoreError> {
        let made: Vec<Document> = sketches(records).iter().map(Sketch::document).collect();
        self.insert_sketches(day, &made).await
    }
}

/// Whether all sketches that were not stored are stored already.
fn are_stored_before(error: &Error) -> bool {
    single_errors(error).is_some_and(|errors| errors.iter().all(|error| error.code == DUPLICATE))
}

/// Whether the server will never take the sketches that were not stored.
fn is_for_good(error: &Error) -> bool {
    let is_of_single = single_errors(error).is_some_and(|errors| errors.iter().all(|error| is_of_document(error.code)));
    is_of_single || matches!(&*error.kind, ErrorKind::InvalidArgument { .. })
}

/// Returns what the server says of single sketches, if it says nothing of all of them.
fn single_errors(error: &Error) -> Option<&[IndexedWriteError]> {
    match &*error.kind {
        ErrorKind::InsertMany(many) if many.write_concern_error.is_none() => many.write_errors.as_deref(),
        _ => None,
    }
}
