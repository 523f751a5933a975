//! Sets aside payloads that cannot become log records.

use mongodb::Collection;
use mongodb::bson::{RawDocument, RawDocumentBuf, oid::ObjectId};

use super::insert::duplicates_only;
use super::{InsertError, Inserted, Store, StoreError};
use crate::record::{DocumentWriter, Fields, MAX_DOCUMENT_BYTES, Source, Value, record_id};

/// The collection of payloads set aside.
const QUARANTINE: &str = "quarantine";
/// Room for everything but the payload.
const ADDED_BYTES: usize = 1_024;
/// How much of a payload can be kept. Kinesis takes 10 MiB at most.
pub const MAX_RAW_BYTES: usize = MAX_DOCUMENT_BYTES - ADDED_BYTES;

/// A payload that cannot become a log record, with the reason: `{_id, arrived, reason, detail, raw, source}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quarantined {
    document: RawDocumentBuf,
}

impl Quarantined {
    /// Sets aside the bytes `raw` from `source`. The `reason` is a stable code, the `detail` for the person who looks.
    #[must_use]
    pub fn new(source: &Source<'_>, reason: &str, detail: &str, raw: &[u8]) -> Self {
        let mut document = DocumentWriter::with_capacity(raw.len() + ADDED_BYTES);
        document.push_id("_id", Self::id(source));
        document.push_date("arrived", source.arrived.to_bson());
        document.push("reason", Value::Text(reason));
        document.push("detail", Value::Text(detail));
        document.push("raw", Value::Bytes(&raw[..raw.len().min(MAX_RAW_BYTES)]));
        source.write(&mut document);
        // The writer's own bytes always have the length they begin with: the only thing that is checked.
        Self { document: RawDocumentBuf::from_bytes(document.finish()).unwrap_or_default() }
    }

    /// The whole document.
    #[must_use]
    pub fn document(&self) -> &RawDocument {
        &self.document
    }

    /// Deterministic, as a record's is: set aside twice, it is there once.
    fn id(source: &Source<'_>) -> ObjectId {
        record_id(source.arrived, source.identity())
    }
}

impl Store {
    /// Sets payloads aside, skipping those that are there.
    pub async fn quarantine(&self, payloads: &[Quarantined]) -> Result<Inserted, InsertError> {
        if payloads.is_empty() {
            return Ok(Inserted::default());
        }
        let collection: Collection<RawDocumentBuf> = self.database.collection(QUARANTINE);
        let documents = payloads.iter().map(|payload| &payload.document);
        let duplicates = match collection.insert_many(documents).ordered(false).await {
            Ok(_) => 0,
            Err(source) => duplicates_only(&source).ok_or_else(|| InsertError {
                known_stored: 0,
                source: StoreError::Insert { collection: QUARANTINE.to_owned(), source },
            })?,
        };
        Ok(Inserted { stored: payloads.len() - duplicates, duplicates })
    }
}
