//! Stores the sketches of records, before the records are stored.

use std::sync::PoisonError;
use std::time::Instant;

use futures_util::TryStreamExt as _;
use mongodb::Cursor;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::error::{Error, ErrorKind, IndexedWriteError};
use record::{Day, LogRecord};

use super::build::{Sketch, sketches};
use super::fill::Filled;
use super::merge::{Merged, Replaced};
use crate::refusal::{DUPLICATE, is_of_document};
use crate::{IdRange, Store, StoreError};

/// How many records are sketched at once, and about how many bytes of them.
const RECORDS_AT_ONCE: usize = 8_192;
const BYTES_AT_ONCE: usize = 16 * 1024 * 1024;

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

    /// Makes the sketches of the records of a day in a range.
    pub(crate) async fn sketch_range(&self, day: Day, range: IdRange) -> Result<u64, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let mut found = self.collection(day).find(range.condition()).sort(doc! { "_id": 1 }).await.map_err(failed)?;
        let (mut count, mut is_last) = (0, false);
        while !is_last {
            let chunk;
            (chunk, is_last) = next_chunk(&mut found).await.map_err(failed)?;
            self.insert_sketches_of(day, &chunk).await?;
            count += chunk.len() as u64;
        }
        Ok(count)
    }

    /// Makes the sketches of a day that was filed without, and marks it. Returns `None` if there is no such day. Records may be
    /// filed at the same time: by a function without sketches, too. Then the day is not whole.
    pub async fn sketch_day(&self, day: Day) -> Result<Option<Filled>, StoreError> {
        if !self.own_days().await?.contains(&day) {
            return Ok(None);
        }
        let since = self.server_time().await?;
        self.create_sketches(day).await?;
        let records = self.sketch_range(day, IdRange::default()).await?;
        self.mark_sketched(day, since).await?;
        Ok(Some(Filled { records, is_whole: self.is_sketched(day).await? }))
    }
}

/// Takes the next records, as many as fit into the memory of a small function. Returns them, and whether they are the last.
pub(super) async fn next_chunk(found: &mut Cursor<RawDocumentBuf>) -> Result<(Vec<LogRecord>, bool), Error> {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < RECORDS_AT_ONCE && bytes < BYTES_AT_ONCE {
        let Some(document) = found.try_next().await? else { return Ok((chunk, true)) };
        bytes += document.as_bytes().len();
        // Another document than logbraid's is not found by any search.
        chunk.extend(LogRecord::from_stored(document));
    }
    Ok((chunk, false))
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
