//! What is left of pins when records of theirs are erased.

use futures_util::TryStreamExt as _;
use mongodb::bson::{Bson, Document, doc};
use record::Day;

use super::copy::MAX_TIME;
use super::key::PinKey;
use crate::{IdRange, Store, StoreError};

/// The pins that have something of what is erased.
#[derive(Debug, Default)]
pub(crate) struct TouchedPins {
    /// Those of which nothing is left: no copy, and no record in a day.
    pub(crate) emptied: Vec<PinKey>,
    /// The others.
    pub(crate) reduced: Vec<PinKey>,
}

impl Store {
    /// Returns the pins that have copies of what this condition erases. Call it before the copies are removed.
    pub(crate) async fn touched_pins(&self, condition: &Document) -> Result<TouchedPins, StoreError> {
        let (pinned, days) = (self.pinned().await?, self.own_days().await?);
        let count = async |filter| pinned.count_documents(filter).await.map_err(StoreError::Erase);
        let mut touched = TouchedPins::default();
        let others = doc! { "$nor": [condition.clone()] };
        for key in self.all_pins().await?.iter().filter_map(PinKey::read) {
            let Some(own) = key.kept() else { continue };
            if count(doc! { "$and": [own.clone(), condition.clone()] }).await? == 0 {
                continue;
            }
            let is_left = count(doc! { "$and": [own, others.clone()] }).await? > 0
                // What was filed since the pin was made is kept, too.
                || self.is_in_a_day(&key, &days, &others).await?;
            if is_left { touched.reduced.push(key) } else { touched.emptied.push(key) }
        }
        Ok(touched)
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

    /// Counts again what a pin keeps, and on which days.
    pub(crate) async fn recount_pin(&self, key: &PinKey) -> Result<(), StoreError> {
        let (pins, pinned) = (self.pins_collection().await?, self.pinned().await?);
        let Some(own) = key.kept() else { return Ok(()) };
        let pin = pins.find_one(key.document()).await.map_err(StoreError::ReadPins)?;
        let days = pin.as_ref().and_then(|pin| pin.get_array("days").ok()).into_iter().flatten();
        let days: Vec<Day> = days.filter_map(Bson::as_str).filter_map(|day| day.parse().ok()).collect();
        let (mut records, mut with) = (0, Vec::new());
        for day in days {
            let of_day = doc! { "$and": [IdRange::default().within(day).condition(), own.clone()] };
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
