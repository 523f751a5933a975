//! Takes ids out of the journal.

use std::collections::BTreeSet;

use futures_util::TryStreamExt as _;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document, doc, oid::ObjectId};

use crate::{Store, StoreError};

/// The length of an id.
const ID_BYTES: usize = 12;

impl Store {
    /// Replaces ids in the journal by zeros. A document of a capped collection cannot change its size. No record has the id of
    /// zeros, so a tail skips it. Returns how many ids were replaced.
    pub(super) async fn erase_from_journal(&self, ids: &BTreeSet<ObjectId>) -> Result<u64, StoreError> {
        if ids.is_empty() {
            return Ok(0);
        }
        let journal = self.database.collection::<Document>(&self.names().await?.journal());
        let mut found = journal.find(doc! {}).await.map_err(StoreError::ReadJournal)?;
        let mut erased = 0;
        while let Some(mut entry) = found.try_next().await.map_err(StoreError::ReadJournal)? {
            let mut count = 0;
            if let Ok(days) = entry.get_array_mut("days") {
                days.iter_mut().filter_map(Bson::as_document_mut).for_each(|part| count += without(part, ids));
            }
            if count > 0 {
                let (id, days) = (entry.get("_id").cloned(), entry.get("days").cloned());
                let change = doc! { "$set": { "days": days } };
                journal.update_one(doc! { "_id": id }, change).await.map_err(StoreError::Erase)?;
                erased += count;
            }
        }
        Ok(erased)
    }
}

/// Replaces ids of a day in an entry by zeros. Returns how many.
fn without(part: &mut Document, ids: &BTreeSet<ObjectId>) -> u64 {
    let Ok(bytes) = part.get_binary_generic("ids") else { return 0 };
    let (chunks, rest) = bytes.as_chunks::<ID_BYTES>();
    let mut count = 0;
    let mut kept: Vec<u8> = Vec::with_capacity(bytes.len());
    for chunk in chunks {
        let is_erased = ids.contains(&ObjectId::from_bytes(*chunk));
        count += u64::from(is_erased);
        kept.extend(if is_erased { &[0; ID_BYTES] } else { chunk });
    }
    kept.extend(rest);
    part.insert("ids", Binary { subtype: BinarySubtype::Generic, bytes: kept });
    count
}

#[cfg(test)]
mod tests {
    use mongodb::bson::spec::BinarySubtype;
    use mongodb::bson::{Binary, doc, oid::ObjectId};

    use super::without;

    #[test]
    fn an_entry_keeps_its_size() {
        let of = |bytes: &[[u8; 12]]| doc! { "day": "2026-11-20", "ids": Binary { subtype: BinarySubtype::Generic, bytes: bytes.concat() } };
        let mut part = of(&[[1; 12], [2; 12], [3; 12]]);
        let erased = [ObjectId::from_bytes([2; 12]), ObjectId::from_bytes([9; 12])].into();
        assert_eq!(without(&mut part, &erased), 1);
        assert_eq!(part, of(&[[1; 12], [0; 12], [3; 12]]));
        assert_eq!(without(&mut part, &erased), 0);
    }
}
