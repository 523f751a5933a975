//! A log event as it is stored.

use bson::oid::ObjectId;
use bson::{RawBsonRef, RawDocument, RawDocumentBuf};

use super::attribute::Attribute;
use super::id::precise_time;
use super::source::{IDS, LOCAL_IDS, REDACTED};
use super::{EventTime, time_of};
use crate::Day;

/// A log event as one flat BSON document. It has the attributes of Python's `LogRecord`, all other fields of the
/// sender, and what logbraid adds: `_id`, `time`, `message`, `log_uid`, `service` and `source`.
///
/// The type wraps the BSON bytes. Ingest writes these bytes, MongoDB stores them, and query reads them.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRecord {
    document: RawDocumentBuf,
    parts: Parts,
}

/// What is known of a record beside its document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Parts {
    pub(super) id: ObjectId,
    pub(super) time: EventTime,
    pub(super) redacted: u32,
    pub(super) has_further_ids: bool,
}

/// The document was not written by logbraid: its `_id` is not an `ObjectId`.
#[derive(Debug, thiserror::Error)]
#[error("a document in a collection of log records has an _id that is not an ObjectId")]
pub struct NotALogRecord;

impl LogRecord {
    pub(super) fn from_parts(bytes: Vec<u8>, parts: Parts) -> Option<Self> {
        RawDocumentBuf::from_bytes(bytes).ok().map(|document| Self { document, parts })
    }

    /// Wraps a stored document.
    pub fn from_stored(document: RawDocumentBuf) -> Result<Self, NotALogRecord> {
        let id = document.get_object_id("_id").map_err(|_| NotALogRecord)?;
        let time = time_of(id).ok_or(NotALogRecord)?;
        let source = document.get_document("source").ok();
        let redacted = source.and_then(|source| source.get_i32(REDACTED).ok()).unwrap_or_default().unsigned_abs();
        let has_further_ids = source.is_some_and(|source| source.get_array(IDS).is_ok());
        let parts = Parts { id, time, redacted, has_further_ids };
        Ok(Self { document, parts })
    }

    /// Reads the bytes of a record that MongoDB refused to store.
    pub fn from_refused(bytes: &[u8]) -> Result<Self, NotALogRecord> {
        let document = RawDocumentBuf::from_bytes(bytes.to_vec()).map_err(|_| NotALogRecord)?;
        let time = document.get_datetime("time").map_err(|_| NotALogRecord)?;
        let record = Self::from_stored(document)?;
        // The id of a time before 1970 or after 2106 has another time.
        let time = precise_time(time, record.id()).ok_or(NotALogRecord)?;
        Ok(Self { parts: Parts { time, ..record.parts }, ..record })
    }

    /// Returns the `_id`.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.parts.id
    }

    /// Returns the event's time, to the microsecond.
    #[must_use]
    pub fn time(&self) -> EventTime {
        self.parts.time
    }

    /// Returns the day whose collection holds the record.
    #[must_use]
    pub fn day(&self) -> Day {
        Day::of(self.time())
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
        self.parts.redacted
    }

    /// Returns whether the record carries ids beside its `log_uid`.
    #[must_use]
    pub fn has_further_ids(&self) -> bool {
        self.parts.has_further_ids
    }

    /// Returns the ids by which the record is found: its `log_uid`, and its further ids, best first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let source = self.document.get_document("source").ok().filter(|_| self.has_further_ids());
        let ids = source.and_then(|source| source.get_array(IDS).ok());
        let further = ids.into_iter().flatten().filter_map(|id| id.ok()?.as_str());
        self.text(Attribute::LogUid).into_iter().chain(further)
    }

    /// Returns the ids that link the record to others: all but those that are local to a part of the transaction.
    pub fn linking_ids(&self) -> impl Iterator<Item = &str> {
        let source = self.document.get_document("source").ok().filter(|_| self.has_further_ids());
        let local = source.and_then(|source| source.get_i32(LOCAL_IDS).ok()?.try_into().ok()).unwrap_or(0);
        // Only a record with further ids has local ones.
        let linking = if local > 0 { self.ids().count().saturating_sub(local) } else { usize::MAX };
        self.ids().take(linking)
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
