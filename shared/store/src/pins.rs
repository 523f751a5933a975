//! Pins: transactions that are kept when their days are dropped.
//!
//! The records of a pinned transaction are copied, as they are, into one collection for all pins. Their days' own collections
//! are read as long as they exist; after that, the copies are read in their place.

mod copy;
mod erased;
mod key;
mod read;
mod restore;

use futures_util::TryStreamExt as _;
use mongodb::Collection;
use mongodb::bson::{DateTime, Document, doc};
use record::{Day, EventTime, LogUid};

use super::{Condition, IdRange, Lookup, NO_LIMIT, Order, Reader, Store, StoreError};

use key::{all_pins_of, kept_by, pins_of};

pub(crate) use key::PinKey;
pub(crate) use read::PinnedDays;
pub use restore::RESTORED;

/// The most pins of a stack: each list of days reads all of them.
pub const MAX_PINS: u64 = 1_000;
/// The most pins of a tenant: nobody takes the place of all others.
pub const MAX_TENANT_PINS: u64 = 100;
/// The most records of a pinned transaction.
pub const MAX_PINNED_RECORDS: u64 = 100_000;
/// How long a pin lives that never became whole.
const UNFINISHED_MS: i64 = 24 * 60 * 60 * 1_000;

/// A transaction that is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pin {
    /// The transaction's uid, in the spelling of who pinned it.
    pub uid: String,
    /// The tenant that pinned it, and whose records alone are kept. `None` for a pin of all records, and where the tenant asks.
    pub tenant: Option<String>,
    /// Why it is kept.
    pub reason: String,
    /// When it was pinned, to the millisecond.
    pub at: EventTime,
    /// When the pin ends; `None` for never.
    pub until: Option<EventTime>,
    /// How many records are kept: those that were copied, less what was erased.
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
    /// There are [`MAX_PINS`] pins already, or [`MAX_TENANT_PINS`] of the tenant.
    TooMany,
}

impl Pin {
    fn read(document: &Document) -> Option<Self> {
        let time =
            |name| document.get_datetime(name).ok().and_then(|time| EventTime::from_millis(time.timestamp_millis()));
        let PinKey { uid, scope } = PinKey::read(document)?;
        Some(Self {
            uid,
            tenant: scope.tenant().map(|tenant| tenant.name().to_owned()),
            reason: document.get_str("reason").ok()?.to_owned(),
            at: time("at")?,
            until: time("until"),
            records: document.get_i64("records").ok()?.try_into().ok()?,
        })
    }
}

impl Reader<'_> {
    /// Pins a transaction: copies all of its records that the reader sees first. Pinned again, it gets the records that were filed
    /// since, the new reason and the new end. A pin of somebody else stays as it is.
    pub async fn pin(
        self,
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
        let pins = self.store.pins_collection().await?;
        let failed = |source| StoreError::WritePins(source);
        let known = self.known_pins(uid).await?.iter().filter_map(PinKey::read).find(|pin| pin.scope == *self.scope());
        if known.is_none() && self.has_no_room(&pins).await? {
            return Ok(Pinned::TooMany);
        }
        let is_new = known.is_none();
        let key = known.unwrap_or_else(|| PinKey { uid: uid.as_str().to_owned(), scope: self.scope().clone() });
        if is_new {
            // First: what is copied for a pin that never becomes whole is found again by it.
            let begun = doc! { "$setOnInsert": { "begun": now.to_bson() } };
            pins.update_one(key.document(), begun).upsert(true).await.map_err(failed)?;
        }
        self.store.create_pinned().await?;
        let mut records = 0;
        for day in &with {
            records += self.copy_day(*day, &lookup, MAX_PINNED_RECORDS - records).await?;
            if records > MAX_PINNED_RECORDS {
                if is_new {
                    self.store.remove_pin(&key).await?;
                }
                return Ok(Pinned::TooLarge);
            }
        }
        let days: Vec<String> = with.iter().map(ToString::to_string).collect();
        let copied = i64::try_from(records).unwrap_or(i64::MAX);
        let mut set = doc! { "reason": reason, "at": now.to_bson(), "records": copied, "days": days };
        set.insert("until", until.map(EventTime::to_bson));
        let whole = doc! { "$set": set, "$unset": { "begun": "" } };
        pins.update_one(key.document(), whole).await.map_err(failed)?;
        Ok(Pinned::Done(Pin { uid: key.uid, tenant: None, reason: reason.to_owned(), at: now, until, records }))
    }

    /// Ends the pins of a transaction: a tenant its own, others all. Removes the copies that no other pin keeps. Returns whether
    /// there was one.
    pub async fn unpin(self, uid: &LogUid) -> Result<bool, StoreError> {
        let keys: Vec<PinKey> = self.known_pins(uid).await?.iter().filter_map(PinKey::read).collect();
        for key in &keys {
            self.store.remove_pin(key).await?;
        }
        Ok(!keys.is_empty())
    }

    /// Returns the pins that have not ended, the newest first: a tenant its own, others all.
    pub async fn pins(self, now: EventTime) -> Result<Vec<Pin>, StoreError> {
        let pins = self.store.pins_where(all_pins_of(self.scope())).await?;
        let mut pins: Vec<Pin> = pins.iter().filter_map(|pin| self.pin_in(pin)).collect();
        pins.retain(|pin| pin.until.is_none_or(|until| until > now));
        pins.sort_unstable_by(|a, b| (b.at, &a.uid, &a.tenant).cmp(&(a.at, &b.uid, &b.tenant)));
        Ok(pins)
    }

    /// Returns the pin of a transaction, in whatever spelling it was pinned. Asks only if the last list of days showed that
    /// there are pins. Who sees all records gets the pin of a tenant only where there is no other.
    pub async fn pin_of(self, uid: &LogUid, now: EventTime) -> Result<Option<Pin>, StoreError> {
        if !self.store.may_have_pins() {
            return Ok(None);
        }
        let pins = self.known_pins(uid).await?;
        let open =
            pins.iter().filter_map(|pin| self.pin_in(pin)).filter(|pin| pin.until.is_none_or(|until| until > now));
        Ok(open.max_by_key(|pin| (pin.tenant.is_none(), pin.at)))
    }

    /// Reads a pin. A tenant knows whose it is.
    fn pin_in(self, document: &Document) -> Option<Pin> {
        let pin = Pin::read(document)?;
        Some(Pin { tenant: pin.tenant.filter(|_| self.whole_store().is_some()), ..pin })
    }

    /// Whether there is no room for a further pin.
    async fn has_no_room(self, pins: &Collection<Document>) -> Result<bool, StoreError> {
        let count = async |filter| pins.count_documents(filter).await.map_err(StoreError::WritePins);
        if count(doc! {}).await? >= MAX_PINS {
            return Ok(true);
        }
        Ok(self.scope().tenant().is_some() && count(all_pins_of(self.scope())).await? >= MAX_TENANT_PINS)
    }

    async fn known_pins(self, uid: &LogUid) -> Result<Vec<Document>, StoreError> {
        self.store.pins_where(pins_of(uid, self.scope())).await
    }
}

impl Store {
    /// Removes the pins that have ended, and those that never became whole. Returns how many.
    pub async fn remove_ended_pins(&self, now: EventTime) -> Result<usize, StoreError> {
        let long_ago = DateTime::from_millis(now.to_bson().timestamp_millis() - UNFINISHED_MS);
        let ended = |pin: &Document| {
            let is_before = |name, limit: DateTime| pin.get_datetime(name).is_ok_and(|time| *time <= limit);
            is_before("until", now.to_bson()) || is_before("begun", long_ago)
        };
        let pins = self.all_pins().await?;
        let mut removed = 0;
        for key in pins.iter().filter(|pin| ended(pin)).filter_map(PinKey::read) {
            self.remove_pin(&key).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Copies the records of all pinned transactions of a day that is about to be dropped.
    pub async fn copy_pinned(&self, day: Day) -> Result<u64, StoreError> {
        let pins = self.all_pins().await?;
        if !pins.is_empty() {
            self.create_pinned().await?;
        }
        let mut copied = 0;
        for pin in pins.iter().filter_map(PinKey::read) {
            let Some(lookup) = pin.lookup() else { continue };
            // All of them: the pin was made when there were fewer.
            let records = self.reader(&pin.scope).copy_day(day, &lookup, u64::MAX).await?;
            if records > 0 {
                copied += records;
                let noted = doc! { "$addToSet": { "days": day.to_string() } };
                let pins = self.pins_collection().await?;
                pins.update_one(pin.document(), noted).await.map_err(StoreError::WritePins)?;
                self.recount_pin(&pin, doc! {}).await?;
            }
        }
        Ok(copied)
    }

    pub(crate) async fn remove_pin(&self, key: &PinKey) -> Result<(), StoreError> {
        let (pins, pinned) = (self.pins_collection().await?, self.pinned().await?);
        let others: Vec<PinKey> =
            self.all_pins().await?.iter().filter_map(PinKey::read).filter(|other| other != key).collect();
        if let Some(own) = key.kept() {
            let mut filter = vec![own];
            let others = kept_by(&others);
            if !others.is_empty() {
                filter.push(doc! { "$nor": others });
            }
            // First: a pin that cannot be removed can be removed again.
            pinned.delete_many(doc! { "$and": filter }).await.map_err(StoreError::WritePins)?;
        }
        pins.delete_one(key.document()).await.map(|_| ()).map_err(StoreError::WritePins)
    }

    pub(crate) async fn all_pins(&self) -> Result<Vec<Document>, StoreError> {
        self.pins_where(doc! {}).await
    }

    async fn pins_where(&self, filter: Document) -> Result<Vec<Document>, StoreError> {
        let found = self.pins_collection().await?.find(filter).await.map_err(StoreError::ReadPins)?;
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
