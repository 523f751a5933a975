//! What is left of pins when records of theirs are erased.

use futures_util::TryStreamExt as _;
use mongodb::bson::{Bson, Document, doc};
use record::Day;

use super::copy::MAX_TIME;
use super::key::PinKey;
use crate::{IdRange, Store, StoreError};

impl Store {
    /// Returns those of the pins of which nothing is left without what this condition erases: no copy, and no record in a day. So it finds
    /// again what an erasure that was interrupted left.
    pub(crate) async fn emptied_by(&self, condition: &Document, pins: &[PinKey]) -> Result<Vec<PinKey>, StoreError> {
        let (pinned, days) = (self.pinned().await?, self.own_days().await?);
        let others = doc! { "$nor": [condition.clone()] };
        let mut emptied = Vec::new();
        for key in pins {
            let Some(own) = key.kept() else { continue };
            let left = pinned.find_one(doc! { "$and": [own, others.clone()] }).projection(doc! { "_id": 1 }).await;
            // What was filed since the pin was made is kept, too.
            if left.map_err(StoreError::Erase)?.is_none() && !self.is_in_a_day(key, &days, &others).await? {
                emptied.push(key.clone());
            }
        }
        Ok(emptied)
    }

    /// Whether a day has a record of a pin's transaction with this condition.
    async fn is_in_a_day(&self, key: &PinKey, days: &[Day], condition: &Document) -> Result<bool, StoreError> {
        let Some(lookup) = key.lookup() else { return Ok(false) };
        let reader = self.reader(&key.scope);
        for day in days {
            let failed = |source| StoreError::Find { day: *day, source };
            let filter = reader.filter(*day, &lookup).await?.and(condition.clone());
            let records = reader.records_of(*day);
            let find = records.find(filter).projection(doc! { "_id": 1 }).limit(1).max_time(MAX_TIME);
            if find.await.map_err(failed)?.try_next().await.map_err(failed)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Counts again what a pin keeps of the copies that meet a condition, and on which days.
    pub(crate) async fn recount_pin(&self, key: &PinKey, condition: Document) -> Result<(), StoreError> {
        let (pins, pinned) = (self.pins_collection().await?, self.pinned().await?);
        let Some(own) = key.kept() else { return Ok(()) };
        let pin = pins.find_one(key.document()).await.map_err(StoreError::ReadPins)?;
        let days = pin.as_ref().and_then(|pin| pin.get_array("days").ok()).into_iter().flatten();
        let days: Vec<Day> = days.filter_map(Bson::as_str).filter_map(|day| day.parse().ok()).collect();
        let (mut records, mut with) = (0, Vec::new());
        for day in days {
            let range = IdRange::default().within(day).condition();
            let of_day = doc! { "$and": [range, own.clone(), condition.clone()] };
            let copies = pinned.count_documents(of_day).await.map_err(StoreError::ReadPins)?;
            records += copies;
            with.extend((copies > 0).then(|| day.to_string()));
        }
        let counted = doc! { "$set": { "records": i64::try_from(records).unwrap_or(i64::MAX), "days": with } };
        // A pin that never became whole has no number.
        let mut whole = key.document();
        whole.insert("records", doc! { "$exists": true });
        pins.update_one(whole, counted).await.map(|_| ()).map_err(StoreError::WritePins)
    }
}
