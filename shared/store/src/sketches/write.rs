//! Stores the sketches of records, before the records are stored.

use futures_util::TryStreamExt as _;
use mongodb::bson::doc;
use mongodb::error::{Error, ErrorKind};
use record::{Day, LogRecord};

use super::build::sketches;
use crate::refusal::is_of_document;
use crate::{Store, StoreError};

/// The server's code for a key that exists already (`DuplicateKey`).
const DUPLICATE: i32 = 11_000;
/// How many records of a day are sketched at once.
const RECORDS_AT_ONCE: usize = 8_192;

impl Store {
    /// Stores the sketches of records of a day. The same records twice store nothing twice. If the server refuses a sketch for
    /// good, the day loses its marker, and searches scan it: that must not stop the records.
    pub(crate) async fn write_sketches(&self, day: Day, records: &[LogRecord]) -> Result<(), StoreError> {
        let sketches = sketches(records);
        if sketches.is_empty() {
            return Ok(());
        }
        let collection = self.sketches(day).await?;
        match collection.insert_many(&sketches).ordered(false).await {
            Ok(_) => Ok(()),
            Err(error) => match refused(&error) {
                Some(Refused::StoredBefore) => Ok(()),
                Some(Refused::ForGood) => self.unmark_sketched(day).await,
                None => Err(StoreError::Insert { collection: collection.name().to_owned(), source: error }),
            },
        }
    }

    /// Makes the sketches of a day that was filed without, and marks it. Returns the number of records, or `None` if there
    /// is no such day. Records may be filed at the same time.
    pub async fn sketch_day(&self, day: Day) -> Result<Option<u64>, StoreError> {
        if !self.days().await?.contains(&day) {
            return Ok(None);
        }
        self.create_sketches(day).await?;
        let failed = |source| StoreError::Find { day, source };
        let found = self.collection(day).find(doc! {}).sort(doc! { "_id": 1 }).await.map_err(failed)?;
        let mut chunks = found.map_err(failed).try_chunks(RECORDS_AT_ONCE);
        let mut count = 0;
        while let Some(chunk) = chunks.try_next().await.map_err(|error| error.1)? {
            // Another document than logbraid's is not found by any search.
            let records: Vec<LogRecord> =
                chunk.into_iter().filter_map(|one| LogRecord::from_stored(one).ok()).collect();
            self.write_sketches(day, &records).await?;
            count += records.len() as u64;
        }
        self.mark_sketched(day).await?;
        Ok(Some(count))
    }
}

/// Why single sketches were not stored.
enum Refused {
    /// They are stored already.
    StoredBefore,
    /// The server will never take them.
    ForGood,
}

/// Reads what the server says of single sketches. `None` where a later try may succeed.
fn refused(error: &Error) -> Option<Refused> {
    match &*error.kind {
        ErrorKind::InsertMany(many) if many.write_concern_error.is_none() => {
            let errors = many.write_errors.as_ref()?;
            if errors.iter().all(|error| error.code == DUPLICATE) {
                return Some(Refused::StoredBefore);
            }
            errors.iter().all(|error| is_of_document(error.code)).then_some(Refused::ForGood)
        }
        ErrorKind::InvalidArgument { .. } => Some(Refused::ForGood),
        _ => None,
    }
}
