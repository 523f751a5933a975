//! A log event as it is stored.

use bson::oid::ObjectId;
use bson::{RawBsonRef, RawDocument, RawDocumentBuf};

use super::attribute::Attribute;
use super::id::precise_time;
use super::source::REDACTED;
use super::{EventTime, time_of};
use crate::{Day, MAX_RAW_BYTES};

/// The largest document that MongoDB stores (`maxBsonObjectSize`).
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
/// The largest record. A record that MongoDB refuses still fits a quarantine entry, whole.
pub const MAX_RECORD_BYTES: usize = MAX_RAW_BYTES;

/// A log event as one flat BSON document. It has the attributes of Python's `LogRecord`, all other fields of the
/// sender, and what logbraid adds: `_id`, `time`, `message`, `log_uid`, `service` and `source`.
///
/// The type wraps the BSON bytes. Ingest writes these bytes, MongoDB stores them, and query reads them.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRecord {
    document: RawDocumentBuf,
    id: ObjectId,
    time: EventTime,
    redacted: u32,
}

/// The document was not written by logbraid: its `_id` is not an `ObjectId`.
#[derive(Debug, thiserror::Error)]
#[error("a document in a collection of log records has an _id that is not an ObjectId")]
pub struct NotALogRecord;

impl LogRecord {
    pub(super) fn from_parts(bytes: Vec<u8>, id: ObjectId, time: EventTime, redacted: u32) -> Option<Self> {
        RawDocumentBuf::from_bytes(bytes).ok().map(|document| Self { document, id, time, redacted })
    }

    /// Wraps a stored document.
    pub fn from_stored(document: RawDocumentBuf) -> Result<Self, NotALogRecord> {
        let id = document.get_object_id("_id").map_err(|_| NotALogRecord)?;
        let time = time_of(id).ok_or(NotALogRecord)?;
        let source = document.get_document("source").ok();
        let redacted = source.and_then(|source| source.get_i32(REDACTED).ok()).unwrap_or_default();
        Ok(Self { redacted: redacted.unsigned_abs(), document, id, time })
    }

    /// Reads the bytes of a record that MongoDB refused to store.
    pub fn from_refused(bytes: &[u8]) -> Result<Self, NotALogRecord> {
        let document = RawDocumentBuf::from_bytes(bytes.to_vec()).map_err(|_| NotALogRecord)?;
        let time = document.get_datetime("time").map_err(|_| NotALogRecord)?;
        let record = Self::from_stored(document)?;
        // The id of a time before 1970 or after 2106 has another time.
        let time = precise_time(time, record.id).ok_or(NotALogRecord)?;
        Ok(Self { time, ..record })
    }

    /// Returns the `_id`.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.id
    }

    /// Returns the event's time, to the microsecond.
    #[must_use]
    pub fn time(&self) -> EventTime {
        self.time
    }

    /// Returns the day whose collection holds the record.
    #[must_use]
    pub fn day(&self) -> Day {
        Day::of(self.time)
    }

    /// Returns the name of the service that wrote the record.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.text(Attribute::Service)
    }

    /// Returns the name of the Kinesis stream that delivered the record.
    #[must_use]
    pub fn stream(&self) -> Option<&str> {
        self.document.get_document("source").ok()?.get_str("stream").ok()
    }

    /// Returns the message.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.text(Attribute::Message)
    }

    /// Returns the level's name.
    #[must_use]
    pub fn level_name(&self) -> Option<&str> {
        self.text(Attribute::LevelName)
    }

    /// Returns the level's number. 40 and above are errors.
    #[must_use]
    pub fn level_number(&self) -> Option<i64> {
        match self.document.get(Attribute::LevelNo.name()) {
            Ok(Some(RawBsonRef::Int32(number))) => Some(number.into()),
            Ok(Some(RawBsonRef::Int64(number))) => Some(number),
            _ => None,
        }
    }

    /// Returns the size of the BSON in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.document.as_bytes().len()
    }

    /// Returns how many values were masked.
    #[must_use]
    pub fn redacted(&self) -> u32 {
        self.redacted
    }

    /// Returns the whole document.
    #[must_use]
    pub fn document(&self) -> &RawDocument {
        &self.document
    }

    /// Returns the whole document, ready to be stored.
    #[must_use]
    pub fn document_buf(&self) -> &RawDocumentBuf {
        &self.document
    }

    fn text(&self, attribute: Attribute) -> Option<&str> {
        self.document.get_str(attribute.name()).ok()
    }
}
