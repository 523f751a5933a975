//! Pins: transactions that are kept when their days are dropped.
//!
//! The records of a pinned transaction are copied, as they are, into one collection for all pins. Their days' own collections
//! are read as long as they exist; after that, the copies are read in their place.

mod copy;
mod read;

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use mongodb::Collection;
use mongodb::bson::{DateTime, Document, RawDocumentBuf, doc};
use record::{Day, EventTime, LogUid, time_of};

use super::lookup::UidFields;
use super::{Condition, IdRange, Lookup, NO_LIMIT, Order, Store, StoreError};

pub(crate) use read::PinnedDays;

/// The most pins of a stack: each list of days reads all of them.
pub const MAX_PINS: u64 = 1_000;
/// The most records of a pinned transaction.
pub const MAX_PINNED_RECORDS: u64 = 100_000;
/// How long a pin lives that never became whole.
const UNFINISHED_MS: i64 = 24 * 60 * 60 * 1_000;

/// A transaction that is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pin {
    /// The transaction's uid, in the spelling of who pinned it.
    pub uid: String,
    /// Why it is kept.
    pub reason: String,
    /// When it was pinned, to the millisecond.
    pub at: EventTime,
    /// When the pin ends; `None` for never.
    pub until: Option<EventTime>,
    /// How many records were copied.
    pub records: u64,
}

/// What became of a wish to pin.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Pinned {
    /// It is pinned.
    Done(Pin),
    /// No record carries the uid. These days were looked at.
    Unknown(Vec<Day>),
    /// The transaction has more records than [`MAX_PINNED_RECORDS`].
    TooLarge,
    /// There are [`MAX_PINS`] pins already.
    TooMany,
}

impl Pin {
    fn read(document: &Document) -> Option<Self> {
        let time =
            |name| document.get_datetime(name).ok().and_then(|time| EventTime::from_millis(time.timestamp_millis()));
        Some(Self {
            uid: document.get_str("_id").ok()?.to_owned(),
            reason: document.get_str("reason").ok()?.to_owned(),
            at: time("at")?,
            until: time("until"),
            records: document.get_i64("records").ok()?.try_into().ok()?,
        })
    }
}

impl Store {
    /// Pins a transaction: copies all of its records first. Pinned again, it gets the records that were filed since, the
    /// new reason and the new end.
    pub async fn pin(
        &self,
        uid: &LogUid,
        reason: &str,
        until: Option<EventTime>,
        now: EventTime,
    ) -> Result<Pinned, StoreError> {
        // What MongoDB stores of a time.
        let stored = |time: EventTime| EventTime::from_millis(time.to_bson().timestamp_millis());
        let (now, until) = (stored(now).unwrap_or(now), until.and_then(stored));
        let days = self.days().await?;
        let lookup = of_uids(std::slice::from_ref(uid));
        let with = self.days_with(&days, &lookup).await?;
        if self.count_to_copy(&with, &lookup).await? == 0 {
            return Ok(Pinned::Unknown(days));
        }
        let pins = self.pins_collection().await?;
        let failed = |source| StoreError::WritePins(source);
        let known = self.raw_pin(uid).await?;
        if known.is_none() && pins.count_documents(doc! {}).await.map_err(failed)? >= MAX_PINS {
            return Ok(Pinned::TooMany);
        }
        let id = known.as_ref().and_then(|pin| pin.get_str("_id").ok()).unwrap_or(uid.as_str()).to_owned();
        if known.is_none() {
            // First: what is copied for a pin that never becomes whole is found again by it.
            let begun = doc! { "$setOnInsert": { "begun": now.to_bson() } };
            pins.update_one(doc! { "_id": &id }, begun).upsert(true).await.map_err(failed)?;
        }
        self.create_pinned().await?;
        let mut records = 0;
        for day in &with {
            records += self.copy_day(*day, &lookup, MAX_PINNED_RECORDS - records).await?;
            if records > MAX_PINNED_RECORDS {
                if known.is_none() {
                    self.unpin(uid).await?;
                }
                return Ok(Pinned::TooLarge);
            }
        }
        let pin = Pin { uid: id, reason: reason.to_owned(), at: now, until, records };
        let days: Vec<String> = with.iter().map(ToString::to_string).collect();
        let copied = i64::try_from(records).unwrap_or(i64::MAX);
        let mut set = doc! { "reason": reason, "at": now.to_bson(), "records": copied, "days": days };
        set.insert("until", until.map(EventTime::to_bson));
        let whole = doc! { "$set": set, "$unset": { "begun": "" } };
        pins.update_one(doc! { "_id": &pin.uid }, whole).await.map_err(failed)?;
        Ok(Pinned::Done(pin))
    }

    /// Pins a transaction whose records come from an archive. A pin that is there keeps its reason, and the later end of both. Days
    /// that MongoDB has get their records, too: as long as a day is there, it alone is read. Returns the pin; `None`
    /// if there are [`MAX_PINS`] pins already.
    pub async fn restore_pin(
        &self,
        uid: &LogUid,
        reason: &str,
        until: EventTime,
        now: EventTime,
        records: &[RawDocumentBuf],
    ) -> Result<Option<Pin>, StoreError> {
        let failed = StoreError::WritePins;
        let (pins, known) = (self.pins_collection().await?, self.raw_pin(uid).await?);
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
        let reason = was_whole.as_ref().map_or(reason, |pin| pin.reason.as_str());
        let (pinned, of_uid) = (self.pinned().await?, of_uids(std::slice::from_ref(uid)).condition(UidFields::All));
        let copies = pinned.count_documents(of_uid).await.map_err(failed)?;
        let number = i64::try_from(copies).unwrap_or(i64::MAX);
        let mut set = doc! { "reason": reason, "at": now.to_bson(), "records": number };
        set.insert("until", until.map(EventTime::to_bson));
        let days: Vec<String> = by_day.keys().map(ToString::to_string).collect();
        let whole = doc! { "$set": set, "$unset": { "begun": "" }, "$addToSet": { "days": { "$each": days } } };
        pins.update_one(doc! { "_id": &id }, whole).await.map_err(failed)?;
        Ok(Some(Pin { uid: id, reason: reason.to_owned(), at: now, until, records: copies }))
    }

    /// Ends a pin. Removes the copies that no other pin keeps. Returns whether there was one.
    pub async fn unpin(&self, uid: &LogUid) -> Result<bool, StoreError> {
        match self.raw_pin(uid).await?.as_ref().and_then(|pin| pin.get_str("_id").ok()) {
            Some(id) => self.remove_pin(id).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Returns the pins that have not ended, the newest first.
    pub async fn pins(&self, now: EventTime) -> Result<Vec<Pin>, StoreError> {
        let mut pins: Vec<Pin> = self.all_pins().await?.iter().filter_map(Pin::read).collect();
        pins.retain(|pin| pin.until.is_none_or(|until| until > now));
        pins.sort_unstable_by(|a, b| (b.at, &a.uid).cmp(&(a.at, &b.uid)));
        Ok(pins)
    }

    /// Returns the pin of a transaction, in whatever spelling it was pinned. Asks only if the last list of days showed that
    /// there are pins.
    pub async fn pin_of(&self, uid: &LogUid, now: EventTime) -> Result<Option<Pin>, StoreError> {
        if !self.may_have_pins() {
            return Ok(None);
        }
        let pin = self.raw_pin(uid).await?.as_ref().and_then(Pin::read);
        Ok(pin.filter(|pin| pin.until.is_none_or(|until| until > now)))
    }

    /// Removes the pins that have ended, and those that never became whole. Returns how many.
    pub async fn remove_ended_pins(&self, now: EventTime) -> Result<usize, StoreError> {
        let long_ago = DateTime::from_millis(now.to_bson().timestamp_millis() - UNFINISHED_MS);
        let ended = |pin: &Document| {
            let is_before = |name, limit: DateTime| pin.get_datetime(name).is_ok_and(|time| *time <= limit);
            is_before("until", now.to_bson()) || is_before("begun", long_ago)
        };
        let pins = self.all_pins().await?;
        let mut removed = 0;
        for id in pins.iter().filter(|pin| ended(pin)).filter_map(|pin| pin.get_str("_id").ok()) {
            self.remove_pin(id).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Copies the records of all pinned transactions of a day that is about to be dropped.
    pub async fn copy_pinned(&self, day: Day) -> Result<u64, StoreError> {
        let pins = self.all_pins().await?;
        let mut copied = 0;
        for pin in &pins {
            let Some(uid) = pin.get_str("_id").ok().and_then(|uid| LogUid::parse(uid).ok()) else { continue };
            let lookup = of_uids(&[uid]);
            self.create_pinned().await?;
            // All of them: the pin was made when there were fewer.
            let records = self.copy_day(day, &lookup, u64::MAX).await?;
            if records > 0 {
                copied += records;
                let id = doc! { "_id": pin.get_str("_id").unwrap_or_default() };
                let noted = doc! { "$addToSet": { "days": day.to_string() } };
                self.pins_collection().await?.update_one(id, noted).await.map_err(StoreError::WritePins)?;
            }
        }
        Ok(copied)
    }

    pub(crate) async fn remove_pin(&self, id: &str) -> Result<(), StoreError> {
        let (pins, pinned) = (self.pins_collection().await?, self.pinned().await?);
        let uid = |id: &str| LogUid::parse(id).ok();
        let others: Vec<LogUid> = self
            .all_pins()
            .await?
            .iter()
            .filter_map(|pin| pin.get_str("_id").ok())
            .filter(|other| *other != id)
            .filter_map(uid)
            .collect();
        if let Some(own) = uid(id) {
            let mut filter = vec![of_uids(&[own]).condition(UidFields::All)];
            if !others.is_empty() {
                filter.push(doc! { "$nor": [of_uids(&others).condition(UidFields::All)] });
            }
            // First: a pin that cannot be removed can be removed again.
            pinned.delete_many(doc! { "$and": filter }).await.map_err(StoreError::WritePins)?;
        }
        pins.delete_one(doc! { "_id": id }).await.map(|_| ()).map_err(StoreError::WritePins)
    }

    async fn raw_pin(&self, uid: &LogUid) -> Result<Option<Document>, StoreError> {
        let spellings = uid.spellings();
        let pins = self.pins_collection().await?;
        pins.find_one(doc! { "_id": { "$in": spellings } }).await.map_err(StoreError::ReadPins)
    }

    pub(crate) async fn all_pins(&self) -> Result<Vec<Document>, StoreError> {
        let found = self.pins_collection().await?.find(doc! {}).await.map_err(StoreError::ReadPins)?;
        found.try_collect().await.map_err(StoreError::ReadPins)
    }

    async fn pins_collection(&self) -> Result<Collection<Document>, StoreError> {
        Ok(self.database.collection(&self.names().await?.pins()))
    }
}

/// Returns the lookup of all records that carry one of the uids.
fn of_uids(uids: &[LogUid]) -> Lookup {
    Lookup {
        filter: Condition::AnyUid(uids.to_vec()),
        ids: IdRange::default(),
        order: Order::Oldest,
        limit: NO_LIMIT,
        projection: None,
        max_time: copy::MAX_TIME,
    }
}
