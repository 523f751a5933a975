//! Copies the records of a transaction.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::Collection;
use mongodb::bson::RawDocumentBuf;
use record::{Day, LogRecord};

use crate::collections::{created_or_exists, day_indexes};
use crate::insert_once::insert_once;
use crate::pending::WithId;
use crate::{IdRange, Lookup, Reader, Store, StoreError};

/// How long the lookup of a day may take the server.
pub(super) const MAX_TIME: Duration = Duration::from_secs(15);
/// How many records are copied at once.
const RECORDS_AT_ONCE: usize = 1_000;
/// The bytes of records that are copied at once.
const BYTES_AT_ONCE: usize = 8 << 20;

impl Reader<'_> {
    /// Counts the records that a pin would have.
    pub(super) async fn count_to_copy(self, days: &[Day], lookup: &Lookup) -> Result<usize, StoreError> {
        let mut count = 0;
        for day in days {
            let first = Lookup { limit: 1, ..lookup.clone() };
            count += self.ids(*day, &first).await?.len();
            if count > 0 {
                break;
            }
        }
        Ok(count)
    }

    /// Copies a day's matching records, each once, however often. Returns how many there are: one more than `most` if there are
    /// more, of which some are not copied.
    pub(super) async fn copy_day(self, day: Day, lookup: &Lookup, most: u64) -> Result<u64, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let (records, filter) = (self.records_of(day), self.filter(day, lookup).await?);
        let limit = i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX);
        let found = records.find(filter).sort(lookup.sort()).limit(limit);
        let mut found = found.max_time(lookup.max_time).await.map_err(failed)?;
        let (mut count, mut batch, mut bytes) = (0, Vec::new(), 0);
        let is_copied_already = self.store.is_pinned_only(day);
        while let Some(document) = found.try_next().await.map_err(failed)? {
            count += 1;
            if is_copied_already {
                continue;
            }
            bytes += document.as_bytes().len();
            batch.push(document);
            if batch.len() == RECORDS_AT_ONCE || bytes >= BYTES_AT_ONCE {
                store_all(&self.store.pinned().await?, &batch).await?;
                (batch, bytes) = (Vec::new(), 0);
            }
        }
        store_all(&self.store.pinned().await?, &batch).await?;
        Ok(count)
    }
}

impl Store {
    pub(crate) async fn pinned(&self) -> Result<Collection<RawDocumentBuf>, StoreError> {
        Ok(self.database.collection(&self.names().await?.pinned()))
    }

    /// Creates the collection of pinned records like that of a day, unless it exists.
    pub(super) async fn create_pinned(&self) -> Result<(), StoreError> {
        let name = self.claim_names().await?.pinned();
        let created = created_or_exists(self.create_clustered(&name, None, None).await);
        created.map_err(|source| StoreError::Create { collection: name.clone(), source })?;
        let indexes = self.pinned().await?.create_indexes(day_indexes()).await;
        indexes.map(|_| ()).map_err(|source| StoreError::Index { collection: name, source })
    }

    /// Stores records of an archive beside those of pins, each once.
    pub(super) async fn copy_restored(&self, records: &[RawDocumentBuf]) -> Result<(), StoreError> {
        for batch in records.chunks(RECORDS_AT_ONCE) {
            store_all(&self.pinned().await?, batch).await?;
        }
        Ok(())
    }

    /// Gives a day that was created again the records that pins kept of it. So it is whole for who reads it in place of the
    /// pinned records.
    pub(crate) async fn bring_pinned_back(&self, day: Day) -> Result<(), StoreError> {
        let ids = IdRange::default().within(day).condition();
        let failed = |source| StoreError::Find { day, source };
        let mut found = self.pinned().await?.find(ids).await.map_err(failed)?;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        loop {
            let next = found.try_next().await.map_err(failed)?;
            let is_last = next.is_none();
            if let Some(document) = next {
                bytes += document.as_bytes().len();
                batch.push(document);
            }
            if is_last || batch.len() == RECORDS_AT_ONCE || bytes >= BYTES_AT_ONCE {
                let records: Vec<LogRecord> =
                    batch.iter().filter_map(|document| LogRecord::from_stored(document.clone()).ok()).collect();
                self.write_sketches(day, &records).await?;
                store_all(&self.collection(day), &batch).await?;
                (batch, bytes) = (Vec::new(), 0);
            }
            if is_last {
                return Ok(());
            }
        }
    }
}

async fn store_all(collection: &Collection<RawDocumentBuf>, documents: &[RawDocumentBuf]) -> Result<(), StoreError> {
    let with_id = |document: &'_ RawDocumentBuf| document.get_object_id("_id").ok();
    let documents: Vec<WithId<'_>> =
        documents.iter().filter_map(|document| Some((with_id(document)?, document))).collect();
    if documents.is_empty() {
        return Ok(());
    }
    insert_once(collection, &documents).await.map(|_| ()).map_err(|error| error.source)
}
