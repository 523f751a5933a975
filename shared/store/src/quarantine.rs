//! The quarantine: payloads that cannot become log records, and records that MongoDB refused.

use std::ops::Range;
use std::time::Duration;

use futures_util::{Stream, TryStreamExt};
use mongodb::Collection;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, RawDocumentBuf, doc, oid::ObjectId};
use record::{Day, EventTime, LogRecord, QuarantineEntry, QuarantineView};

use super::clusters::clusters;
use super::collections::is_unsupported;
use super::insert_once::insert_once;
use super::pending::WithId;
use super::{IdRange, InsertError, InsertOutcome, Store, StoreError};

/// How many clusters of ids one question asks for. A pipeline has at most 1,000 stages.
const CLUSTERS_A_QUESTION: usize = 500;

/// Selects entries of the quarantine. The default selects all of them.
#[derive(Clone, Debug, Default)]
pub struct QuarantineFilter {
    /// The reasons; empty for any reason.
    pub reasons: Vec<String>,
    /// The ranges of days of arrival, each from its first to its last day; empty for any day.
    pub days: Vec<(Option<Day>, Option<Day>)>,
}

impl QuarantineFilter {
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

/// Returns the filter for an arrival from the first to the last day. A side without a day is open.
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

impl Store {
    /// Stores entries. Skips those that are stored already.
    pub async fn quarantine(&self, entries: &[QuarantineEntry]) -> Result<InsertOutcome, InsertError> {
        if entries.is_empty() {
            return Ok(InsertOutcome::default());
        }
        // Every entry that logbraid made has an id.
        let id = |entry: &QuarantineEntry| entry.id().unwrap_or_default();
        let documents: Vec<WithId<'_>> = entries.iter().map(|entry| (id(entry), entry.document_buf())).collect();
        let names = self.claim_names().await.map_err(|source| InsertError { known_stored: 0, source })?;
        let outcome = insert_once(&self.database.collection(&names.quarantine()), &documents).await?;
        match outcome.refused.keys().next() {
            None => Ok(outcome),
            Some(first) => Err(InsertError { known_stored: *first, source: StoreError::QuarantineRefused }),
        }
    }

    /// Counts the selected entries.
    pub async fn count_quarantined(&self, selection: &QuarantineFilter) -> Result<u64, StoreError> {
        self.quarantine_collection()
            .await?
            .count_documents(selection.filter())
            .await
            .map_err(StoreError::CountQuarantined)
    }

    /// Counts the entries of some streams that arrived within a range of time. Stops at `max`.
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
        let quarantine = self.quarantine_collection().await?;
        let counted = quarantine.count_documents(filter).limit(max).max_time(max_time).await;
        counted.map_err(StoreError::CountQuarantined)
    }

    /// Streams the selected entries in the order of their ids.
    pub async fn quarantined(
        &self,
        selection: &QuarantineFilter,
    ) -> Result<impl Stream<Item = Result<QuarantineEntry, StoreError>> + Send + use<>, StoreError> {
        let found = self.quarantine_collection().await?.find(selection.filter()).sort(doc! { "_id": 1 }).await;
        let found = found.map_err(StoreError::ReadQuarantined)?;
        Ok(found.map_ok(QuarantineEntry::from_stored).map_err(StoreError::ReadQuarantined))
    }

    /// Removes entries. Call it only when everything in them is stored.
    pub async fn remove_quarantined(&self, ids: &[ObjectId]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let removed = self.quarantine_collection().await?.delete_many(doc! { "_id": { "$in": ids } }).await;
        removed.map(|_| ()).map_err(StoreError::RemoveQuarantined)
    }

    /// Updates the reason, the bytes and the format of an entry. The other fields stay.
    pub async fn update_quarantined(&self, id: ObjectId, entry: &QuarantineView<'_>) -> Result<(), StoreError> {
        let raw = Binary { subtype: BinarySubtype::Generic, bytes: entry.raw.to_vec() };
        let QuarantineView { reason, detail, source, .. } = entry;
        let fields = doc! { "reason": reason, "detail": detail, "raw": raw, "source.format": source.format };
        let updated = self.quarantine_collection().await?.update_one(doc! { "_id": id }, doc! { "$set": fields }).await;
        updated.map(|_| ()).map_err(StoreError::UpdateQuarantined)
    }

    /// Reads the records of a day that have one of these ids.
    pub async fn records_with(&self, day: Day, mut ids: Vec<ObjectId>) -> Result<Vec<LogRecord>, StoreError> {
        let failed = |source| StoreError::Probe { collection: self.collection_name(day), source };
        let read = |document| LogRecord::from_stored(document).map_err(|source| StoreError::Foreign { day, source });
        ids.sort_unstable();
        let clusters: Vec<&[ObjectId]> = clusters(&ids).collect();
        let mut records = Vec::new();
        for clusters in clusters.chunks(CLUSTERS_A_QUESTION) {
            let found = self.among(day, clusters).await.map_err(failed)?;
            records.extend(found.into_iter().map(read).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(records)
    }

    /// Returns the documents of a day that have one of these ids, in one question: a scan for each cluster.
    async fn among(&self, day: Day, clusters: &[&[ObjectId]]) -> Result<Vec<RawDocumentBuf>, mongodb::error::Error> {
        let scan = |ids: &[ObjectId]| {
            doc! { "$match": { "$and": [IdRange::spanning(ids).condition(), { "_id": { "$in": ids } }] } }
        };
        let Some((first, others)) = clusters.split_first() else { return Ok(Vec::new()) };
        let collection = self.collection(day);
        let name = collection.name().to_owned();
        let others = others.iter().map(|ids| doc! { "$unionWith": { "coll": &name, "pipeline": [scan(ids)] } });
        let pipeline = std::iter::once(scan(first)).chain(others);
        match collection.aggregate(pipeline).with_type::<RawDocumentBuf>().await {
            Ok(found) => found.try_collect().await,
            // MongoDB before 4.4 has no `$unionWith`, and no clustered collections either.
            Err(error) if is_unsupported(&error) => {
                collection.find(doc! { "_id": { "$in": clusters.concat() } }).await?.try_collect().await
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the collection of the quarantine.
    pub(super) async fn quarantine_collection(&self) -> Result<Collection<RawDocumentBuf>, StoreError> {
        Ok(self.database.collection(&self.names().await?.quarantine()))
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Document, doc};
    use record::EventTime;

    use super::QuarantineFilter;

    #[test]
    fn a_selection_is_a_filter() {
        fn check(reasons: &[&str], days: &[(&str, &str)], expect: &Document) {
            let day = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
            let selection = QuarantineFilter {
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
