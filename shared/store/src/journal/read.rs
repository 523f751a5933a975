//! Reads the journal of filing: what was stored, in the order in which it was.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc, oid::ObjectId};
use mongodb::error::Error;
use mongodb::{Collection, Cursor};

use record::Day;

use crate::{Store, StoreError};

/// The bytes of an id.
const ID_BYTES: usize = 12;
/// Among how many of the latest entries one is looked for before all are read. Who asks every second finds it there.
const NEAR: i64 = 1_000;
/// How many entries more are read than are wanted: as many as may come meanwhile.
const MARGIN: u64 = 100;

/// An entry of the journal: records that were stored together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JournalEntry {
    /// Its own id. The ids of entries are in no order.
    pub id: ObjectId,
    /// Whether some of the records were there before.
    pub again: bool,
    /// The ids of the records, those of a part of the entry in time order.
    pub parts: Vec<(Day, Vec<ObjectId>)>,
}

impl JournalEntry {
    /// Reads what [`FiledRecords`](super::FiledRecords) wrote; what is not readable of it is none of logbraid's.
    fn read(entry: &Document) -> Option<Self> {
        let part = |part: &Document| {
            let (ids, _) = part.get_binary_generic("ids").ok()?.as_chunks::<ID_BYTES>();
            let mut ids: Vec<ObjectId> = ids.iter().copied().map(ObjectId::from_bytes).collect();
            ids.sort_unstable();
            Some((part.get_str("day").ok()?.parse().ok()?, ids))
        };
        let parts = entry.get_array("days").ok()?.iter().filter_map(|days| part(days.as_document()?)).collect();
        Some(Self { id: entry.get_object_id("_id").ok()?, again: entry.get_bool("again").unwrap_or_default(), parts })
    }

    /// How many ids it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.iter().map(|(_, ids)| ids.len()).sum()
    }

    fn ids(&self) -> impl Iterator<Item = ObjectId> {
        self.parts.iter().flat_map(|(_, ids)| ids.iter().copied())
    }
}

impl Store {
    /// The ids of the entries in the journal from this one on, in the order of filing; of more than these where it is not
    /// one of the latest, and of all where it is not there.
    pub async fn journal_from(&self, entry: ObjectId, max_time: Duration) -> Result<Vec<ObjectId>, StoreError> {
        let latest = self.entries().await?;
        let latest = latest.find(doc! {}).sort(doc! { "$natural": -1 }).limit(NEAR).projection(doc! { "_id": 1 });
        let latest = ids(latest.max_time(max_time).await).await?;
        // Backwards, an entry that is about to be there may be passed by: this only says where to begin.
        if let Some(behind) = latest.iter().position(|id| *id == entry) {
            let journal = self.journal_end(behind as u64 + 1, max_time).await?;
            if journal.contains(&entry) {
                return Ok(journal);
            }
        }
        self.journal(0, max_time).await
    }

    /// The ids of about so many of the latest entries in the journal, or more, in the order of filing.
    pub async fn journal_end(&self, count: u64, max_time: Duration) -> Result<Vec<ObjectId>, StoreError> {
        let all = self.entries().await?.estimated_document_count().max_time(max_time).await;
        let all = all.map_err(StoreError::ReadJournal)?;
        self.journal(all.saturating_sub(count + MARGIN), max_time).await
    }

    /// The ids of all entries in the journal.
    pub async fn whole_journal(&self, max_time: Duration) -> Result<Vec<ObjectId>, StoreError> {
        self.journal(0, max_time).await
    }

    /// Read forward, which never passes an entry by that is about to be there.
    async fn journal(&self, skip: u64, max_time: Duration) -> Result<Vec<ObjectId>, StoreError> {
        let entries = self.entries().await?;
        let found = entries.find(doc! {}).sort(doc! { "$natural": 1 }).skip(skip).projection(doc! { "_id": 1 });
        ids(found.max_time(max_time).await).await
    }

    /// Some entries of the journal, in the order in which they are asked for, but for those that are gone.
    pub async fn noted(&self, ids: &[ObjectId], max_time: Duration) -> Result<Vec<JournalEntry>, StoreError> {
        let found = self.entries().await?.find(doc! { "_id": { "$in": ids } }).max_time(max_time).await;
        let found = found.map_err(StoreError::ReadJournal)?;
        let found: Vec<Document> = found.try_collect().await.map_err(StoreError::ReadJournal)?;
        let mut entries: HashMap<ObjectId, JournalEntry> =
            found.iter().filter_map(JournalEntry::read).map(|entry| (entry.id, entry)).collect();
        Ok(ids.iter().filter_map(|id| entries.remove(id)).collect())
    }

    /// Which ids of these entries are in an earlier entry of the journal too: as `(entry, id)`.
    pub async fn noted_before(
        &self,
        entries: &[&JournalEntry],
        max_time: Duration,
    ) -> Result<HashSet<(ObjectId, ObjectId)>, StoreError> {
        let mut open: HashSet<ObjectId> = entries.iter().map(|entry| entry.id).collect();
        let asked: HashSet<ObjectId> = entries.iter().flat_map(|entry| entry.ids()).collect();
        let (mut seen, mut before) = (HashSet::new(), HashSet::new());
        if asked.is_empty() {
            return Ok(before);
        }
        let all = self.entries().await?.find(doc! {}).sort(doc! { "$natural": 1 }).max_time(max_time).await;
        let mut all = all.map_err(StoreError::ReadJournal)?;
        while let Some(document) = all.try_next().await.map_err(StoreError::ReadJournal)? {
            let Some(entry) = JournalEntry::read(&document) else { continue };
            for id in entry.ids().filter(|id| asked.contains(id)) {
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

    use super::JournalEntry;

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
        let noted = JournalEntry { id: id(9), again: true, parts };
        assert_eq!((JournalEntry::read(&entry), noted.count()), (Some(noted.clone()), 4));
    }

    #[test]
    fn what_is_no_entry_is_none() {
        assert_eq!(JournalEntry::read(&doc! { "_id": "x", "days": [] }), None);
        assert_eq!(JournalEntry::read(&doc! { "_id": id(1) }), None);
        let odd = doc! { "_id": id(1), "days": [1, { "day": "x" }, part("yesterday", &[1]), part("2026-11-20", &[2])] };
        assert_eq!(JournalEntry::read(&odd).map(|entry| entry.count()), Some(1));
    }
}
