//! The document of a payload that cannot become a log record.

use bson::{RawBsonRef, RawDocument, RawDocumentBuf, oid::ObjectId};

use crate::bounded::beginning;
use crate::id::precise_time;
use crate::source::Outcome;
use crate::{
    DocumentWriter, FieldSink, Identity, LogRecord, MAX_DOCUMENT_BYTES, ReservedName, Source, Value, record_id, time_of,
};

/// The longest `detail`. An error message that quotes a value may be as long as the payload.
pub const MAX_DETAIL_BYTES: usize = 1_024;
/// The longest `reason`.
const MAX_REASON_BYTES: usize = 64;
/// Room for everything but the payload: the detail, the reason, the four texts of the source, names and numbers.
const ADDED_BYTES: usize = 4 * 1_024;
/// The largest payload that is kept. A Kinesis record has at most 10 MiB.
pub const MAX_RAW_BYTES: usize = MAX_DOCUMENT_BYTES - ADDED_BYTES;
/// The reason of a record that MongoDB refused to store. The entry's `raw` is the record's BSON.
pub const REFUSED_BY_MONGODB: &str = "refused_by_mongodb";

/// A payload that cannot become a log record, with the reason: `{_id, arrived, reason, detail, raw, source}`.
#[derive(Clone, Debug, PartialEq)]
pub struct QuarantineEntry {
    document: RawDocumentBuf,
}

impl QuarantineEntry {
    /// Quarantines the bytes `raw` from `source`. The `reason` is a stable code. The `detail` is for the person who
    /// looks.
    #[must_use]
    pub fn new(identity: Identity<'_>, source: &Source<'_>, reason: &str, detail: &str, raw: &[u8]) -> Self {
        let mut document = DocumentWriter::with_capacity(raw.len() + ADDED_BYTES);
        // Deterministic like a record's id, so that a redelivered payload is stored once.
        document.push_id(ReservedName("_id"), record_id(source.arrived, identity));
        document.push_date(ReservedName("arrived"), source.arrived.to_bson());
        document.push("reason", Value::Text(beginning(reason, MAX_REASON_BYTES)));
        document.push("detail", Value::Text(beginning(detail, MAX_DETAIL_BYTES)));
        document.push("raw", Value::Bytes(&raw[..raw.len().min(MAX_RAW_BYTES)]));
        source.write(&mut document, &Outcome::default());
        // This cannot fail: only the length at the beginning is checked, and the writer sets it.
        Self { document: RawDocumentBuf::from_bytes(document.finish()).unwrap_or_default() }
    }

    /// Keeps a record that MongoDB refused to store. `detail` is what the server said. [`LogRecord::from_refused`] returns
    /// the record unchanged.
    #[must_use]
    pub fn of_refused(record: &LogRecord, detail: &str) -> Self {
        let source = record.document().get_document("source").ok();
        let source = source.and_then(|source| read_source(source, record.id()).ok());
        let source = source.unwrap_or_else(|| Source::unknown(record.time()));
        Self::new(source.identity(), &source, REFUSED_BY_MONGODB, detail, record.document().as_bytes())
    }

    /// Wraps a stored document.
    #[must_use]
    pub fn from_stored(document: RawDocumentBuf) -> Self {
        Self { document }
    }

    /// Returns the whole document, ready to be stored.
    #[must_use]
    pub fn document_buf(&self) -> &RawDocumentBuf {
        &self.document
    }

    /// Returns the whole document.
    #[must_use]
    pub fn document(&self) -> &RawDocument {
        &self.document
    }

    /// Returns the `_id`; `None` if the document is not one of logbraid's.
    #[must_use]
    pub fn id(&self) -> Option<ObjectId> {
        self.document.get_object_id("_id").ok()
    }

    /// Reads the document.
    pub fn read(&self) -> Result<QuarantineView<'_>, NotAQuarantineEntry> {
        let text = |name| self.document.get_str(name).map_err(|_| NotAQuarantineEntry { expected: name });
        let binary = self.document.get_binary("raw").map_err(|_| NotAQuarantineEntry { expected: "raw" })?;
        let id = self.document.get_object_id("_id").map_err(|_| NotAQuarantineEntry { expected: "_id" })?;
        let source = self.document.get_document("source").map_err(|_| NotAQuarantineEntry { expected: "source" })?;
        Ok(QuarantineView {
            id,
            reason: text("reason")?,
            detail: text("detail").unwrap_or_default(),
            raw: binary.bytes,
            source: read_source(source, id)?,
        })
    }
}

/// The contents of a quarantine entry.
#[derive(Clone, Copy, Debug)]
pub struct QuarantineView<'a> {
    /// The `_id`.
    pub id: ObjectId,
    /// The reason's code.
    pub reason: &'a str,
    /// The detail for the person who looks.
    pub detail: &'a str,
    /// The payload's bytes.
    pub raw: &'a [u8],
    /// Where it came from. For a part of a payload, with the numbers of that part.
    pub source: Source<'a>,
}

/// The document in the quarantine was not written by logbraid.
#[derive(Debug, thiserror::Error)]
#[error("a document in the quarantine has no usable `{expected}`")]
pub struct NotAQuarantineEntry {
    expected: &'static str,
}

/// Reads what [`Source::write`] wrote. BSON keeps only milliseconds; the id has the full time of arrival.
fn read_source(source: &RawDocument, id: ObjectId) -> Result<Source<'_>, NotAQuarantineEntry> {
    let text = |name, path| source.get_str(name).map_err(|_| NotAQuarantineEntry { expected: path });
    let arrived = source.get_datetime("arrived").map_err(|_| NotAQuarantineEntry { expected: "source.arrived" })?;
    Ok(Source {
        stream: text("stream", "source.stream")?,
        shard: text("shard", "source.shard")?,
        sequence_number: text("seq", "source.seq")?,
        sub_sequence: number(source, "sub").ok_or(NotAQuarantineEntry { expected: "source.sub" })?,
        index: number(source, "index").ok_or(NotAQuarantineEntry { expected: "source.index" })?,
        arrived: precise_time(arrived, id).ok_or(NotAQuarantineEntry { expected: "source.arrived" })?,
        format: source.get_str("format").unwrap_or_default(),
    })
}

/// Returns the id that a stored record would have if its sender had given it no `record_id`.
#[must_use]
pub fn id_by_delivery(document: &RawDocument) -> Option<ObjectId> {
    let id = document.get_object_id("_id").ok()?;
    let source = read_source(document.get_document("source").ok()?, id).ok()?;
    Some(record_id(time_of(id)?, source.identity()))
}

/// Reads a number that is absent if it is 0.
fn number(source: &RawDocument, name: &str) -> Option<u32> {
    match source.get(name).ok()? {
        None => Some(0),
        Some(RawBsonRef::Int32(number)) => number.try_into().ok(),
        Some(RawBsonRef::Int64(number)) => number.try_into().ok(),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bson::{Bson, Document, RawDocumentBuf, doc, oid::ObjectId};

    use super::{MAX_DETAIL_BYTES, MAX_RAW_BYTES, QuarantineEntry};
    use crate::{Draft, EventTime, FieldSink, LogRecord, MAX_DOCUMENT_BYTES, Rules, Source, Value, WorkBudget};

    fn source(arrived: &str) -> Source<'_> {
        Source {
            stream: "logs",
            shard: "shardId-000000000003",
            sequence_number: "4954",
            sub_sequence: 7,
            index: 2,
            arrived: EventTime::from_rfc3339(arrived).unwrap(),
            format: "json",
        }
    }

    fn stored(document: &Document) -> QuarantineEntry {
        QuarantineEntry { document: RawDocumentBuf::try_from(document).unwrap() }
    }

    #[test]
    fn an_entry_can_be_read_again() {
        fn check(arrived: &str) {
            let source = source(arrived);
            let payload = QuarantineEntry::new(source.identity(), &source, "bad_json", "because", b"raw");
            let read = payload.read().unwrap();
            assert_eq!((read.reason, read.detail, read.raw), ("bad_json", "because", b"raw".as_slice()));
            assert_eq!(format!("{:?}", read.source), format!("{source:?}"));
            assert_eq!(
                QuarantineEntry::new(read.source.identity(), &read.source, read.reason, read.detail, read.raw),
                payload
            );
        }
        check("2026-11-20T08:35:39.165Z");
        check("2026-11-20T08:35:39.165953Z");
        check("1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_refused_record_comes_back_unchanged() {
        fn check(fields: &[(&str, Value<'_>)], max_skew: Duration) {
            let rules = Rules { max_skew, ..Rules::default() };
            let work = WorkBudget::unlimited();
            let mut draft = Draft::new(&rules, &work, 0);
            for (name, value) in fields {
                draft.push(name, *value);
            }
            let record = draft.complete(&source("2026-11-20T08:35:39.165953Z")).unwrap();
            let entry = QuarantineEntry::of_refused(&record, "121 DocumentValidationFailure: no");
            let read = entry.read().unwrap();
            assert_eq!((read.reason, read.source.shard), ("refused_by_mongodb", "shardId-000000000003"));
            assert_eq!(numbers(&read.source), (7, 2));
            let back = LogRecord::from_refused(read.raw).unwrap();
            assert_eq!((&back, back.day()), (&record, record.day()));
        }
        let default = Rules::default().max_skew;
        check(&[("message", Value::Text("m")), ("password", Value::Text("p"))], default);
        check(&[("created", Value::Float(1_795_163_739.165_953)), ("record_id", Value::Text("r"))], default);
        // A time that no id can hold.
        check(&[("created", Value::Float(-86_400.0 * 365.0))], Duration::MAX);
        assert!(LogRecord::from_refused(b"not BSON").is_err());
    }

    fn numbers(source: &Source<'_>) -> (u32, u32) {
        (source.sub_sequence, source.index)
    }

    #[test]
    fn every_part_of_an_entry_is_bounded() {
        let long = "ä".repeat(10_000);
        let source = Source {
            stream: &long,
            shard: &long,
            sequence_number: &long,
            sub_sequence: u32::MAX,
            index: u32::MAX,
            arrived: EventTime::from_rfc3339("2026-11-20T08:35:39.165953Z").unwrap(),
            format: &long,
        };
        let raw = vec![0; MAX_DOCUMENT_BYTES + 1];
        let entry = QuarantineEntry::new(source.identity(), &source, &long, &long, &raw);
        assert!(entry.document().as_bytes().len() <= MAX_DOCUMENT_BYTES);
        let read = entry.read().unwrap();
        assert_eq!((read.detail.len(), read.raw.len()), (MAX_DETAIL_BYTES, MAX_RAW_BYTES));
    }

    #[test]
    fn a_document_made_by_hand_needs_few_fields() {
        let source = doc! { "stream": "s", "shard": "h", "seq": "1", "arrived": bson::DateTime::from_millis(7) };
        let raw = bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1] };
        let whole = doc! { "_id": ObjectId::from_bytes([9; 12]), "reason": "bad_json", "raw": raw, "source": source };
        let payload = stored(&whole);
        let read = payload.read().unwrap();
        assert_eq!((read.source.sub_sequence, read.source.index, read.source.arrived.micros()), (0, 0, 7_000));

        let without = |name: &str| {
            let mut document = whole.clone();
            document.remove(name);
            stored(&document).read().unwrap_err().to_string()
        };
        for name in ["_id", "reason", "raw", "source"] {
            assert_eq!(without(name), format!("a document in the quarantine has no usable `{name}`"));
        }
        let mut odd = whole.clone();
        odd.get_document_mut("source").unwrap().insert("index", Bson::Int32(-1));
        assert_eq!(
            stored(&odd).read().unwrap_err().to_string(),
            "a document in the quarantine has no usable `source.index`"
        );
    }
}
