//! Sets aside payloads that cannot become log records.

use std::ops::Range;
use std::time::Duration;

use futures_util::{Stream, TryStreamExt};
use mongodb::Collection;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime, Document, RawBsonRef, RawDocument, RawDocumentBuf, doc, oid::ObjectId};

use super::near::near;
use super::once::{WithId, insert_once};
use super::{IdRange, InsertError, Store, StoreError, Stored};
use crate::Day;
use crate::record::{
    DocumentWriter, EventTime, Fields, Identity, LogRecord, MAX_DOCUMENT_BYTES, Own, Source, Value, record_id, time_of,
};

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
    pub fn new(identity: Identity<'_>, source: &Source<'_>, reason: &str, detail: &str, raw: &[u8]) -> Self {
        let mut document = DocumentWriter::with_capacity(raw.len() + ADDED_BYTES);
        // Deterministic, as a record's is: set aside twice, it is there once.
        document.push_id(Own("_id"), record_id(source.arrived, identity));
        document.push_date(Own("arrived"), source.arrived.to_bson());
        document.push("reason", Value::Text(reason));
        document.push("detail", Value::Text(detail));
        document.push("raw", Value::Bytes(&raw[..raw.len().min(MAX_RAW_BYTES)]));
        source.write(&mut document, 0);
        // The writer's own bytes always have the length they begin with: the only thing that is checked.
        Self { document: RawDocumentBuf::from_bytes(document.finish()).unwrap_or_default() }
    }

    /// The whole document.
    #[must_use]
    pub fn document(&self) -> &RawDocument {
        &self.document
    }

    /// Its `_id`; `None` in a document that is none of logbraid's.
    #[must_use]
    pub fn id(&self) -> Option<ObjectId> {
        self.document.get_object_id("_id").ok()
    }

    /// What the document says.
    pub fn read(&self) -> Result<SetAside<'_>, NotSetAside> {
        let text = |name| self.document.get_str(name).map_err(|_| NotSetAside { expected: name });
        let binary = self.document.get_binary("raw").map_err(|_| NotSetAside { expected: "raw" })?;
        let id = self.document.get_object_id("_id").map_err(|_| NotSetAside { expected: "_id" })?;
        let source = self.document.get_document("source").map_err(|_| NotSetAside { expected: "source" })?;
        Ok(SetAside {
            id,
            reason: text("reason")?,
            detail: text("detail").unwrap_or_default(),
            raw: binary.bytes,
            source: read_source(source, id)?,
        })
    }
}

/// What the document of a payload that was set aside says.
#[derive(Clone, Copy, Debug)]
pub struct SetAside<'a> {
    /// Its `_id`.
    pub id: ObjectId,
    /// The code of the reason.
    pub reason: &'a str,
    /// What the person who looks should know.
    pub detail: &'a str,
    /// The payload's bytes.
    pub raw: &'a [u8],
    /// Where it came from; of a part of a payload, with the part's numbers.
    pub source: Source<'a>,
}

/// A document in the quarantine that is none of logbraid's.
#[derive(Debug, thiserror::Error)]
#[error("a document in the quarantine has no usable `{expected}`")]
pub struct NotSetAside {
    expected: &'static str,
}

/// Which payloads of those set aside. The default is all of them.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Those with one of these reasons; with any where there is none.
    pub reasons: Vec<String>,
    /// Those that arrived from the first to the last day of one of these ranges; at any time where there is none.
    pub days: Vec<(Option<Day>, Option<Day>)>,
}

impl Selection {
    fn filter(&self) -> Document {
        let mut filter = Document::new();
        if !self.reasons.is_empty() {
            filter.insert("reason", doc! { "$in": &self.reasons });
        }
        let ranges: Vec<Document> = self.days.iter().map(|&(first, last)| arrived_within(first, last)).collect();
        if !ranges.is_empty() {
            filter.insert("$or", ranges);
        }
        filter
    }
}

/// A filter for what arrived from the first to the last day, open where one is not given.
fn arrived_within(first: Option<Day>, last: Option<Day>) -> Document {
    let midnights = [("$gte", first), ("$lt", last.and_then(Day::next))];
    let bound = |(operator, day): (&str, Option<Day>)| Some((operator.to_owned(), day?.start()?.to_bson().into()));
    let range: Document = midnights.into_iter().filter_map(bound).collect();
    if range.is_empty() {
        Document::new()
    } else {
        doc! { "arrived": range }
    }
}

/// Reads what [`Source::write`] wrote. BSON keeps milliseconds; the id has the moment of arrival in full.
fn read_source(source: &RawDocument, id: ObjectId) -> Result<Source<'_>, NotSetAside> {
    let text = |name, path| source.get_str(name).map_err(|_| NotSetAside { expected: path });
    let arrived = source.get_datetime("arrived").map_err(|_| NotSetAside { expected: "source.arrived" })?;
    Ok(Source {
        stream: text("stream", "source.stream")?,
        shard: text("shard", "source.shard")?,
        sequence_number: text("seq", "source.seq")?,
        sub_sequence: number(source, "sub").ok_or(NotSetAside { expected: "source.sub" })?,
        index: number(source, "index").ok_or(NotSetAside { expected: "source.index" })?,
        arrived: arrival(arrived, id).ok_or(NotSetAside { expected: "source.arrived" })?,
        format: source.get_str("format").unwrap_or_default(),
    })
}

fn arrival(arrived: DateTime, id: ObjectId) -> Option<EventTime> {
    let precise = time_of(id).filter(|time| time.to_bson() == arrived);
    precise.or_else(|| EventTime::from_millis(arrived.timestamp_millis()))
}

/// A number that is not written where it is 0.
fn number(source: &RawDocument, name: &str) -> Option<u32> {
    match source.get(name).ok()? {
        None => Some(0),
        Some(RawBsonRef::Int32(number)) => number.try_into().ok(),
        Some(RawBsonRef::Int64(number)) => number.try_into().ok(),
        Some(_) => None,
    }
}

impl Store {
    /// Sets payloads aside, skipping those that are there.
    pub async fn quarantine(&self, payloads: &[Quarantined]) -> Result<Stored, InsertError> {
        if payloads.is_empty() {
            return Ok(Stored::default());
        }
        // Every payload that was set aside has its id.
        let id = |payload: &Quarantined| payload.id().unwrap_or_default();
        let documents: Vec<WithId<'_>> = payloads.iter().map(|payload| (id(payload), &payload.document)).collect();
        insert_once(&self.set_aside(), &documents).await
    }

    /// How many payloads of a selection are set aside.
    pub async fn count_quarantined(&self, selection: &Selection) -> Result<u64, StoreError> {
        self.set_aside().count_documents(selection.filter()).await.map_err(StoreError::CountQuarantined)
    }

    /// How many payloads of some streams are set aside that arrived from one moment on and before another. Counts no
    /// further than `max`.
    pub async fn count_quarantined_within(
        &self,
        streams: &[String],
        arrived: Range<EventTime>,
        max: u64,
        max_time: Duration,
    ) -> Result<u64, StoreError> {
        // Ids begin with the time of arrival, and have an index.
        let ids = IdRange::of_time(Some(arrived.start), Some(arrived.end));
        let filter = doc! { "_id": { "$gte": ids.first, "$lt": ids.end }, "source.stream": { "$in": streams } };
        let set_aside = self.set_aside();
        let counted = set_aside.count_documents(filter).limit(max).max_time(max_time).await;
        counted.map_err(StoreError::CountQuarantined)
    }

    /// The payloads of a selection, in the order of their ids, read from MongoDB as they are taken.
    pub async fn quarantined(
        &self,
        selection: &Selection,
    ) -> Result<impl Stream<Item = Result<Quarantined, StoreError>> + Send + use<>, StoreError> {
        let found = self.set_aside().find(selection.filter()).sort(doc! { "_id": 1 }).await;
        let found = found.map_err(StoreError::ReadQuarantined)?;
        Ok(found.map_ok(|document| Quarantined { document }).map_err(StoreError::ReadQuarantined))
    }

    /// Removes payloads from the quarantine: to be called when everything in them is stored.
    pub async fn remove_quarantined(&self, ids: &[ObjectId]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let removed = self.set_aside().delete_many(doc! { "_id": { "$in": ids } }).await;
        removed.map(|_| ()).map_err(StoreError::RemoveQuarantined)
    }

    /// Says anew why the payload with this id is set aside, and what of it. Whatever else its document holds stays.
    pub async fn update_quarantined(&self, id: ObjectId, payload: &SetAside<'_>) -> Result<(), StoreError> {
        let raw = Binary { subtype: BinarySubtype::Generic, bytes: payload.raw.to_vec() };
        let SetAside { reason, detail, source, .. } = payload;
        let said = doc! { "reason": reason, "detail": detail, "raw": raw, "source.format": source.format };
        let updated = self.set_aside().update_one(doc! { "_id": id }, doc! { "$set": said }).await;
        updated.map(|_| ()).map_err(StoreError::UpdateQuarantined)
    }

    /// Those of a day's records that have one of these ids.
    pub async fn records_with(&self, day: Day, mut ids: Vec<ObjectId>) -> Result<Vec<LogRecord>, StoreError> {
        let failed = |source| StoreError::Probe { collection: self.collection_name(day), source };
        let read = |document| LogRecord::from_stored(document).map_err(|source| StoreError::Foreign { day, source });
        ids.sort_unstable();
        let mut records = Vec::new();
        for ids in near(&ids) {
            let among = doc! { "$and": [IdRange::spanning(ids).condition(), { "_id": { "$in": ids } }] };
            let found = self.collection(day).find(among).await.map_err(failed)?;
            let found: Vec<RawDocumentBuf> = found.try_collect().await.map_err(failed)?;
            records.extend(found.into_iter().map(read).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(records)
    }

    fn set_aside(&self) -> Collection<RawDocumentBuf> {
        self.database.collection(QUARANTINE)
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Bson, Document, RawDocumentBuf, doc, oid::ObjectId};

    use super::{Quarantined, Selection};
    use crate::record::{EventTime, Source};

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

    fn stored(document: &Document) -> Quarantined {
        Quarantined { document: RawDocumentBuf::try_from(document).unwrap() }
    }

    #[test]
    fn what_was_set_aside_is_read_again() {
        fn check(arrived: &str) {
            let source = source(arrived);
            let payload = Quarantined::new(source.identity(), &source, "bad_json", "because", b"raw");
            let read = payload.read().unwrap();
            assert_eq!((read.reason, read.detail, read.raw), ("bad_json", "because", b"raw".as_slice()));
            assert_eq!(format!("{:?}", read.source), format!("{source:?}"));
            assert_eq!(
                Quarantined::new(read.source.identity(), &read.source, read.reason, read.detail, read.raw),
                payload
            );
        }
        check("2026-11-20T08:35:39.165Z");
        check("2026-11-20T08:35:39.165953Z");
        check("1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_document_made_by_hand_needs_little() {
        let source =
            doc! { "stream": "s", "shard": "h", "seq": "1", "arrived": mongodb::bson::DateTime::from_millis(7) };
        let raw = mongodb::bson::Binary { subtype: mongodb::bson::spec::BinarySubtype::Generic, bytes: vec![1] };
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

    #[test]
    fn a_selection_is_a_filter() {
        fn check(reasons: &[&str], days: &[(&str, &str)], expect: &Document) {
            let day = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
            let selection = Selection {
                reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
                days: days.iter().map(|(first, last)| (day(first), day(last))).collect(),
            };
            assert_eq!(selection.filter(), *expect);
        }
        let at = |text: &str| EventTime::from_rfc3339(text).unwrap().to_bson();
        let (begin, end) = (at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z"));
        check(&[], &[], &doc! {});
        check(&["a", "b"], &[], &doc! { "reason": { "$in": ["a", "b"] } });
        check(&[], &[("2026-11-20", "2026-11-20")], &doc! { "$or": [{ "arrived": { "$gte": begin, "$lt": end } }] });
        check(&[], &[("", "2026-11-20")], &doc! { "$or": [{ "arrived": { "$lt": end } }] });
        check(&[], &[("2026-11-20", "")], &doc! { "$or": [{ "arrived": { "$gte": begin } }] });
        check(&[], &[("", "9999-12-31")], &doc! { "$or": [{}] });
    }
}
