//! One log event as it is stored.

use bson::oid::ObjectId;
use bson::{RawBsonRef, RawDocument, RawDocumentBuf};

use super::attribute::Attribute;
use super::source::REDACTED;
use super::{EventTime, time_of};
use crate::Day;

/// The largest document MongoDB takes (`maxBsonObjectSize`).
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;

/// One log event: a flat document in the names of Python's `LogRecord`, with every field of the sender's own beside
/// them, and `_id`, `time`, `message`, `log_uid`, `service` and `source` as logbraid files it.
///
/// It is its BSON: what ingest writes is what is stored, and what is stored is what query reads.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRecord {
    document: RawDocumentBuf,
    id: ObjectId,
    time: EventTime,
    redacted: u32,
}

/// A document that logbraid did not file: its `_id` is no `ObjectId`.
#[derive(Debug, thiserror::Error)]
#[error("a document in a collection of log records has no ObjectId as its _id")]
pub struct NotALogRecord;

impl LogRecord {
    pub(super) fn from_parts(bytes: Vec<u8>, id: ObjectId, time: EventTime, redacted: u32) -> Option<Self> {
        RawDocumentBuf::from_bytes(bytes).ok().map(|document| Self { document, id, time, redacted })
    }

    /// The record that a stored document is.
    pub fn from_stored(document: RawDocumentBuf) -> Result<Self, NotALogRecord> {
        let id = document.get_object_id("_id").map_err(|_| NotALogRecord)?;
        let time = time_of(id).ok_or(NotALogRecord)?;
        let source = document.get_document("source").ok();
        let redacted = source.and_then(|source| source.get_i32(REDACTED).ok()).unwrap_or_default();
        Ok(Self { redacted: redacted.unsigned_abs(), document, id, time })
    }

    /// Its `_id`.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.id
    }

    /// When it happened, to the microsecond.
    #[must_use]
    pub fn time(&self) -> EventTime {
        self.time
    }

    /// The day in whose collection it is filed.
    #[must_use]
    pub fn day(&self) -> Day {
        Day::of(self.time)
    }

    /// The service that wrote it.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.text(Attribute::Service)
    }

    /// The stream that it came on.
    #[must_use]
    pub fn stream(&self) -> Option<&str> {
        self.document.get_document("source").ok()?.get_str("stream").ok()
    }

    /// What it says.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.text(Attribute::Message)
    }

    /// The name of its level.
    #[must_use]
    pub fn level_name(&self) -> Option<&str> {
        self.text(Attribute::LevelName)
    }

    /// The number of its level: 40 and up are errors.
    #[must_use]
    pub fn level_number(&self) -> Option<i64> {
        match self.document.get(Attribute::LevelNo.name()) {
            Ok(Some(RawBsonRef::Int32(number))) => Some(number.into()),
            Ok(Some(RawBsonRef::Int64(number))) => Some(number),
            _ => None,
        }
    }

    /// Its size as BSON.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.document.as_bytes().len()
    }

    /// How many of its values were masked.
    #[must_use]
    pub fn redacted(&self) -> u32 {
        self.redacted
    }

    /// The whole document.
    #[must_use]
    pub fn document(&self) -> &RawDocument {
        &self.document
    }

    /// The whole document, to be stored.
    #[must_use]
    pub fn document_buf(&self) -> &RawDocumentBuf {
        &self.document
    }

    fn text(&self, attribute: Attribute) -> Option<&str> {
        self.document.get_str(attribute.name()).ok()
    }
}
