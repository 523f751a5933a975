//! Reads the journal of filing: what was stored, in the order in which it was.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::Collection;
use mongodb::bson::{Document, doc, oid::ObjectId};

use super::filed::FILED;
use super::{Store, StoreError};
use crate::Day;

/// The bytes of an id.
const ID_BYTES: usize = 12;

/// An entry of the journal: records that were stored together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Noted {
    /// Its own id. The ids of entries are in no order.
    pub id: ObjectId,
    /// Whether some of the records were there before.
    pub again: bool,
    /// The ids of the records, those of a part of the entry in time order.
    pub parts: Vec<(Day, Vec<ObjectId>)>,
}

impl Noted {
    /// Reads what [`Filed`](super::Filed) wrote; what is not readable of it is none of logbraid's.
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
    /// The ids of all entries in the journal, in the order of filing. Read forward, which never passes an entry by that is
    /// about to be there.
    pub async fn journal(&self, max_time: Duration) -> Result<Vec<ObjectId>, StoreError> {
        let entries = self.entries();
        let found = entries.find(doc! {}).sort(doc! { "$natural": 1 }).projection(doc! { "_id": 1 });
        let found = found.max_time(max_time).await.map_err(StoreError::ReadJournal)?;
        let ids = found.try_filter_map(async |entry: Document| Ok(entry.get_object_id("_id").ok()));
        ids.try_collect().await.map_err(StoreError::ReadJournal)
    }

    /// Some entries of the journal, in the order in which they are asked for, but for those that are gone.
    pub async fn noted(&self, ids: &[ObjectId], max_time: Duration) -> Result<Vec<Noted>, StoreError> {
        let found = self.entries().find(doc! { "_id": { "$in": ids } }).max_time(max_time).await;
        let found = found.map_err(StoreError::ReadJournal)?;
        let found: Vec<Document> = found.try_collect().await.map_err(StoreError::ReadJournal)?;
        let mut entries: HashMap<ObjectId, Noted> =
            found.iter().filter_map(Noted::read).map(|entry| (entry.id, entry)).collect();
        Ok(ids.iter().filter_map(|id| entries.remove(id)).collect())
    }

    /// Which ids of these entries are in an earlier entry of the journal too: as `(entry, id)`.
    pub async fn noted_before(
        &self,
        entries: &[&Noted],
        max_time: Duration,
    ) -> Result<HashSet<(ObjectId, ObjectId)>, StoreError> {
        let mut open: HashSet<ObjectId> = entries.iter().map(|entry| entry.id).collect();
        let asked: HashSet<ObjectId> = entries.iter().flat_map(|entry| entry.ids()).collect();
        let (mut seen, mut before) = (HashSet::new(), HashSet::new());
        if asked.is_empty() {
            return Ok(before);
        }
        let all = self.entries().find(doc! {}).sort(doc! { "$natural": 1 }).max_time(max_time).await;
        let mut all = all.map_err(StoreError::ReadJournal)?;
        while let Some(document) = all.try_next().await.map_err(StoreError::ReadJournal)? {
            let Some(entry) = Noted::read(&document) else { continue };
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

    fn entries(&self) -> Collection<Document> {
        self.database.collection(FILED)
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::spec::BinarySubtype;
    use mongodb::bson::{Binary, Document, doc, oid::ObjectId};

    use super::Noted;

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
        let noted = Noted { id: id(9), again: true, parts };
        assert_eq!((Noted::read(&entry), noted.count()), (Some(noted.clone()), 4));
    }

    #[test]
    fn what_is_no_entry_is_none() {
        assert_eq!(Noted::read(&doc! { "_id": "x", "days": [] }), None);
        assert_eq!(Noted::read(&doc! { "_id": id(1) }), None);
        let odd = doc! { "_id": id(1), "days": [1, { "day": "x" }, part("yesterday", &[1]), part("2026-11-20", &[2])] };
        assert_eq!(Noted::read(&odd).map(|entry| entry.count()), Some(1));
    }
}
