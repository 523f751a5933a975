//! Pins transactions whose records come from an archive.

use std::collections::BTreeMap;

use mongodb::bson::{RawDocumentBuf, doc};
use record::{Day, EventTime, LogUid, time_of};

use super::{MAX_PINS, Pin, of_uids};
use crate::lookup::UidFields;
use crate::{Store, StoreError};

/// Why something is kept that comes from an archive, if nobody says it.
pub const RESTORED: &str = "restored from the archive";

impl Store {
    /// Pins a transaction whose records come from an archive. A pin that is there keeps the later end of both, and without a
    /// `reason` its own. Days that MongoDB has get their records, too: as long as a day is there, it alone is read. Returns the
    /// pin; `None` if there are [`MAX_PINS`] pins already.
    pub async fn restore_pin(
        &self,
        uid: &LogUid,
        reason: Option<&str>,
        until: EventTime,
        now: EventTime,
        records: &[RawDocumentBuf],
    ) -> Result<Option<Pin>, StoreError> {
        let failed = StoreError::WritePins;
        let pins = self.pins_collection().await?;
        // That of all records: a tenant's pin keeps only its own.
        let known = self.pins_where(doc! { "_id": { "$in": uid.spellings() } }).await?.pop();
        if known.is_none() && pins.count_documents(doc! {}).await.map_err(failed)? >= MAX_PINS {
            return Ok(None);
        }
        let id = known.as_ref().and_then(|pin| pin.get_str("_id").ok()).unwrap_or(uid.as_str()).to_owned();
        // First: what is copied for a pin that never becomes whole is found again by it.
        let begun = doc! { "$setOnInsert": { "begun": now.to_bson() } };
        self.claim_names().await?;
        pins.update_one(doc! { "_id": &id }, begun).upsert(true).await.map_err(failed)?;
        self.create_pinned().await?;
        self.copy_restored(records).await?;
        let mut by_day: BTreeMap<Day, Vec<RawDocumentBuf>> = BTreeMap::new();
        for record in records {
            let time = record.get_object_id("_id").ok().and_then(time_of);
            by_day.entry(time.map_or_else(Day::today, Day::of)).or_default().push(record.clone());
        }
        let own = self.own_days().await?;
        for (day, records) in by_day.iter().filter(|(day, _)| own.contains(day)) {
            self.restore(*day, records).await?;
        }
        let was_whole = known.as_ref().and_then(Pin::read);
        let until = match &was_whole {
            Some(Pin { until: None, .. }) => None,
            Some(Pin { until: Some(own), .. }) => Some(until.max(*own)),
            None => Some(until),
        };
        let reason = reason.or(was_whole.as_ref().map(|pin| pin.reason.as_str())).unwrap_or(RESTORED);
        let (pinned, of_uid) = (self.pinned().await?, of_uids(std::slice::from_ref(uid)).condition(UidFields::All));
        let copies = pinned.count_documents(of_uid).await.map_err(failed)?;
        let number = i64::try_from(copies).unwrap_or(i64::MAX);
        let mut set = doc! { "reason": reason, "at": now.to_bson(), "records": number };
        set.insert("until", until.map(EventTime::to_bson));
        let days: Vec<String> = by_day.keys().map(ToString::to_string).collect();
        let whole = doc! { "$set": set, "$unset": { "begun": "" }, "$addToSet": { "days": { "$each": days } } };
        pins.update_one(doc! { "_id": &id }, whole).await.map_err(failed)?;
        Ok(Some(Pin { uid: id, tenant: None, reason: reason.to_owned(), at: now, until, records: copies }))
    }
}
