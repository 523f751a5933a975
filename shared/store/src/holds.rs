//! Holds: days that retention does not drop until a time.

use futures_util::TryStreamExt as _;
use mongodb::Collection;
use mongodb::bson::{Document, doc};
use record::{Day, EventTime};

use super::{Store, StoreError};

/// A day that is held.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hold {
    /// The day.
    pub day: Day,
    /// When the hold ends, to the millisecond.
    pub until: EventTime,
    /// When it was made.
    pub at: EventTime,
    /// Who made it.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl Hold {
    fn read(document: &Document) -> Option<Self> {
        let time =
            |name| document.get_datetime(name).ok().and_then(|time| EventTime::from_millis(time.timestamp_millis()));
        let text = |name| document.get_str(name).map(str::to_owned).unwrap_or_default();
        Some(Self {
            day: document.get_str("_id").ok()?.parse().ok()?,
            until: time("until")?,
            at: time("at")?,
            by: text("by"),
            reason: text("reason"),
        })
    }
}

impl Store {
    /// Holds a day. A hold that ends later keeps its end.
    pub async fn hold(&self, hold: &Hold) -> Result<(), StoreError> {
        let change = doc! {
            "$max": { "until": hold.until.to_bson() },
            "$set": { "at": hold.at.to_bson(), "by": &hold.by, "reason": &hold.reason },
        };
        self.claim_names().await?;
        let holds = self.holds_collection().await?;
        let changed = holds.update_one(doc! { "_id": hold.day.to_string() }, change).upsert(true).await;
        changed.map(|_| ()).map_err(StoreError::Holds)
    }

    /// Ends the hold of a day. Returns whether there was one.
    pub async fn release(&self, day: Day) -> Result<bool, StoreError> {
        let released = self.holds_collection().await?.delete_one(doc! { "_id": day.to_string() }).await;
        released.map(|released| released.deleted_count > 0).map_err(StoreError::Holds)
    }

    /// Returns the holds that have not ended, by day.
    pub async fn holds(&self, now: EventTime) -> Result<Vec<Hold>, StoreError> {
        let found = self.holds_collection().await?.find(doc! {}).sort(doc! { "_id": 1 }).await;
        let found: Vec<Document> = found.map_err(StoreError::Holds)?.try_collect().await.map_err(StoreError::Holds)?;
        let mut holds: Vec<Hold> = found.iter().filter_map(Hold::read).collect();
        holds.retain(|hold| hold.until > now);
        Ok(holds)
    }

    /// Removes the holds that have ended. Returns how many.
    pub async fn remove_ended_holds(&self, now: EventTime) -> Result<u64, StoreError> {
        let ended = doc! { "until": { "$lte": now.to_bson() } };
        let removed = self.holds_collection().await?.delete_many(ended).await;
        removed.map(|removed| removed.deleted_count).map_err(StoreError::Holds)
    }

    async fn holds_collection(&self) -> Result<Collection<Document>, StoreError> {
        Ok(self.database.collection(&self.names().await?.holds()))
    }
}
