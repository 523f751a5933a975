//! Reads the journal.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc, oid::ObjectId};
use mongodb::error::Error;
use mongodb::{Collection, Cursor};
use record::{Day, EventTime};

use crate::{Reader, Store, StoreError};

/// The length of an id.
const ID_BYTES: usize = 12;
/// How many of the latest entries are searched for an entry before all are read. A client that asks every second finds its
/// entry there.
const LATEST: i64 = 1_000;
/// How many entries are read beyond the requested ones: as many as may be written in the meantime.
const MARGIN: u64 = 100;

/// An entry of the journal: the ids of records that were stored together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JournalEntry {
    /// The id of the entry. It says nothing about the order of entries.
    pub id: ObjectId,
    /// When it was written, to the millisecond, by the clock of the process that filed the records.
    pub at: EventTime,
    /// Whether some of the records were stored before.
    pub again: bool,
    /// The ids of the records by day. Those of a part are sorted.
    pub parts: Vec<(Day, Vec<ObjectId>)>,
}

impl JournalEntry {
    /// Reads an entry that [`FiledRecords`](super::FiledRecords) wrote. Skips parts that logbraid did not write.
    fn read(entry: &Document) -> Option<Self> {
        let part = |part: &Document| {
            let (ids, _) = part.get_binary_generic("ids").ok()?.as_chunks::<ID_BYTES>();
            let mut ids: Vec<ObjectId> = ids.iter().copied().map(ObjectId::from_bytes).collect();
            ids.sort_unstable();
            Some((part.get_str("day").ok()?.parse().ok()?, ids))
        };
        let parts = entry.get_array("days").ok()?.iter().filter_map(|days| part(days.as_document()?)).collect();
        let id = entry.get_object_id("_id").ok()?;
        let at = entry.get_datetime("at").copied().unwrap_or(id.timestamp());
        Some(Self {
            id,
            at: EventTime::from_millis(at.timestamp_millis())?,
            again: entry.get_bool("again").unwrap_or_default(),
            parts,
        })
    }

    /// Returns the number of ids.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.iter().map(|(_, ids)| ids.len()).sum()
    }

    fn ids(&self) -> impl Iterator<Item = ObjectId> {
        self.parts.iter().flat_map(|(_, ids)| ids.iter().copied())
    }
}

/// The ids in the journal are those of everybody's records. A reader finds only its own under them.
impl Reader<'_> {
    /// Returns the ids of the entries from `entry` on, in journal order. Returns earlier ones too if `entry` is not one of
    /// the latest, and all if it is not in the journal.
    pub async fn journal_ids_from(self, entry: ObjectId, max_time: Duration) -> Result<Vec<ObjectId>, StoreError> {
        let latest = self.store.entries().await?;
        let latest = latest.find(doc! {}).sort(doc! { "$natural": -1 }).limit(LATEST).projection(doc! { "_id": 1 });
        let latest = ids(latest.max_time(max_time).await).await?;
        // Reading backwards can miss an entry that is being written. So this only decides where to begin.
        if let Some(distance) = latest.iter().position(|id| *id == entry) {
            let journal = self.latest_journal_ids(distance as u64 + 1, max_time).await?;
            if journal.contains(&entry) {
                return Ok(journal);
            }
        }
        self.journal_ids(0, max_time).await
    }

    /// Returns the ids of about `count` of the latest entries, or some more, in journal order.
    pub async fn latest_journal_ids(self, count: u64, max_time: Duration) -> Result<Vec<ObjectId>, StoreError> {
        let all = self.store.entries().await?.estimated_document_count().max_time(max_time).await;
        let all = all.map_err(StoreError::ReadJournal)?;
        self.journal_ids(all.saturating_sub(count + MARGIN), max_time).await
    }

    /// Returns the ids of all entries, in journal order.
    pub async fn all_journal_ids(self, max_time: Duration) -> Result<Vec<ObjectId>, StoreError> {
        self.journal_ids(0, max_time).await
    }

    /// Reads forward, which never misses an entry that is being written.
    async fn journal_ids(self, skip: u64, max_time: Duration) -> Result<Vec<ObjectId>, StoreError> {
        let entries = self.store.entries().await?;
        let found = entries.find(doc! {}).sort(doc! { "$natural": 1 }).skip(skip).projection(doc! { "_id": 1 });
        ids(found.max_time(max_time).await).await
    }

    /// Returns the entries with these ids, in the order of `ids`. Leaves out those that are no longer in the journal.
    pub async fn journal_entries(self, ids: &[ObjectId], max_time: Duration) -> Result<Vec<JournalEntry>, StoreError> {
        let found = self.store.entries().await?.find(doc! { "_id": { "$in": ids } }).max_time(max_time).await;
        let found = found.map_err(StoreError::ReadJournal)?;
        let found: Vec<Document> = found.try_collect().await.map_err(StoreError::ReadJournal)?;
        let mut entries: HashMap<ObjectId, JournalEntry> =
            found.iter().filter_map(JournalEntry::read).map(|entry| (entry.id, entry)).collect();
        Ok(ids.iter().filter_map(|id| entries.remove(id)).collect())
    }

    /// Returns which record ids of these entries an earlier entry has too, as `(entry, record)`.
    pub async fn journaled_before(
        self,
        entries: &[&JournalEntry],
        max_time: Duration,
    ) -> Result<HashSet<(ObjectId, ObjectId)>, StoreError> {
        let mut open: HashSet<ObjectId> = entries.iter().map(|entry| entry.id).collect();
        let wanted: HashSet<ObjectId> = entries.iter().flat_map(|entry| entry.ids()).collect();
        let (mut seen, mut before) = (HashSet::new(), HashSet::new());
        if wanted.is_empty() {
            return Ok(before);
        }
        let all = self.store.entries().await?.find(doc! {}).sort(doc! { "$natural": 1 }).max_time(max_time).await;
        let mut all = all.map_err(StoreError::ReadJournal)?;
        while let Some(document) = all.try_next().await.map_err(StoreError::ReadJournal)? {
            let Some(entry) = JournalEntry::read(&document) else { continue };
            for id in entry.ids().filter(|id| wanted.contains(id)) {
                if !seen.insert(id) {
                    before.insert((entry.id, id));
                }
            }
            open.remove(&entry.id);
            if open.is_empty() {
                break;
            }
        }
        Ok(before)
    }
}

impl Store {
    async fn entries(&self) -> Result<Collection<Document>, StoreError> {
        Ok(self.database.collection(&self.names().await?.journal()))
    }
}

async fn ids(found: Result<Cursor<Document>, Error>) -> Result<Vec<ObjectId>, StoreError> {
    let ids = found.map_err(StoreError::ReadJournal)?.try_filter_map(async |entry| Ok(entry.get_object_id("_id").ok()));
    ids.try_collect().await.map_err(StoreError::ReadJournal)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::spec::BinarySubtype;
    use mongodb::bson::{Binary, Document, doc, oid::ObjectId};

    use super::{EventTime, JournalEntry};

    fn id(byte: u8) -> ObjectId {
        ObjectId::from_bytes([byte; 12])
    }

    fn part(day: &str, ids: &[u8]) -> Document {
        let bytes = ids.iter().flat_map(|byte| id(*byte).bytes()).collect();
        doc! { "day": day, "ids": Binary { subtype: BinarySubtype::Generic, bytes } }
    }

    #[test]
    fn an_entry_is_read() {
        let day = |text: &str| text.parse().unwrap();
        let entry =
            doc! { "_id": id(9), "again": true, "days": [part("2026-11-21", &[3, 1, 2]), part("2026-11-20", &[4])] };
        let parts = vec![(day("2026-11-21"), vec![id(1), id(2), id(3)]), (day("2026-11-20"), vec![id(4)])];
        let at = EventTime::from_millis(id(9).timestamp().timestamp_millis()).unwrap();
        let expect = JournalEntry { id: id(9), at, again: true, parts };
        assert_eq!((JournalEntry::read(&entry), expect.count()), (Some(expect.clone()), 4));
        let at = EventTime::from_millis(1_795_163_739_165).unwrap();
        let written = entry.into_iter().chain(doc! { "at": at.to_bson() }).collect();
        assert_eq!(JournalEntry::read(&written), Some(JournalEntry { at, ..expect }));
    }

    #[test]
    fn other_documents_are_not_entries() {
        assert_eq!(JournalEntry::read(&doc! { "_id": "x", "days": [] }), None);
        assert_eq!(JournalEntry::read(&doc! { "_id": id(1) }), None);
        let odd = doc! { "_id": id(1), "days": [1, { "day": "x" }, part("yesterday", &[1]), part("2026-11-20", &[2])] };
        assert_eq!(JournalEntry::read(&odd).map(|entry| entry.count()), Some(1));
    }
}
