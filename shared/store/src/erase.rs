//! Erases the records of a transaction, or those with a value of a field, from everywhere in the database.

mod journal;
mod quarantine;
mod sketches;
mod targets;

use futures_util::TryStreamExt as _;
use mongodb::bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use record::{Day, EventTime, LogUid};

use self::sketches::Resketched;
use self::targets::Targets;
use super::lookup::UidFields;
use super::pins::PinKey;
use super::{Condition, FieldName, FieldTest, IdRange, Literal, Lookup, NO_LIMIT, Order, Store, StoreError};

/// How long a day may take the server. Without an index it reads all of it.
const MAX_TIME: std::time::Duration = std::time::Duration::from_mins(15);
/// How many erasures are read to tell what was erased from a day.
const MAX_ERASURES: i64 = 1_000;
/// How many records or sketches are removed at once.
const AT_ONCE: usize = 1_000;

/// What to erase.
#[derive(Clone, Debug, PartialEq)]
pub enum Erasable {
    /// The records that carry this id, in whatever spelling.
    Uid(LogUid),
    /// The records with a field that has this value.
    Field {
        /// The field.
        name: FieldName,
        /// The value, as its sender wrote it.
        value: String,
        /// What the value can be in a record.
        literals: Vec<Literal>,
    },
}

/// Where there is how much of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Erasure {
    /// The records of each day that has some.
    pub days: Vec<(Day, u64)>,
    /// The copies of pinned records.
    pub pinned: u64,
    /// Those of them whose record no day has any more, by the day that had it. An id begins with a time of 32 bits, so there are less
    /// than 50,000 days.
    pub pinned_days: Vec<(Day, u64)>,
    /// The pins.
    pub pins: u64,
    /// The payloads in the quarantine that have it.
    pub quarantined: u64,
    /// The first of them that have it somewhere in their bytes, so that they may be of others.
    pub in_bytes: Vec<InBytes>,
    /// The payloads in the quarantine that are compressed or binary, so that nobody can see what is in them.
    pub unreadable: u64,
    /// The ids in the journal. Counted only as they are erased.
    pub journal: u64,
    /// The sketches that are made again. Counted only as they are erased.
    pub sketches: u64,
    /// Today and yesterday, if searches scan them from now on, until their sketches are made again.
    pub scanned: Vec<Day>,
}

/// A payload in the quarantine that has what is erased somewhere in its bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InBytes {
    /// Its id in the quarantine.
    pub id: ObjectId,
    /// Why it is there.
    pub reason: String,
    /// When it arrived.
    pub arrived: EventTime,
}

impl Erasure {
    /// Returns how many records, copies, pins and payloads there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.days.iter().map(|(_, records)| records).sum::<u64>() + self.pinned + self.pins + self.quarantined
    }

    /// Returns the numbers of an audit entry, as of now.
    fn numbers(&self) -> Document {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let of_day = |(day, records): &(Day, u64)| doc! { "day": day.to_string(), "records": number(*records) };
        let of_days = |days: &[(Day, u64)]| days.iter().map(of_day).collect::<Vec<Document>>();
        doc! {
            "at": DateTime::now(), "days": of_days(&self.days), "pinned": number(self.pinned),
            "pinned_days": of_days(&self.pinned_days), "pins": number(self.pins), "quarantined": number(self.quarantined),
            "journal": number(self.journal), "sketches": number(self.sketches),
        }
    }
}

/// Who erased what, and why, for the audit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EraseAudit {
    /// The name of who ran the command.
    pub by: String,
    /// Why, in the words of who ran it; may be empty.
    pub reason: String,
}

/// What was erased from a day since a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ErasedRecords {
    /// The number of records, in the day or only pinned. One that came back and was erased again counts again.
    pub count: u64,
    /// When it was last, to the millisecond.
    pub last: EventTime,
}

impl Store {
    /// Returns what was erased from a day since a time; `None` for nothing. Counts the newest [`MAX_ERASURES`] at most.
    pub async fn erased_from(&self, day: Day, since: EventTime) -> Result<Option<ErasedRecords>, StoreError> {
        let erasures = self.database.collection::<Document>(&self.names().await?.erasures());
        let name = day.to_string();
        let of_it = [doc! { "days.day": &name }, doc! { "pinned_days.day": &name }];
        let wanted = doc! { "$or": of_it, "at": { "$gte": since.to_bson() } };
        let found = erasures.find(wanted).sort(doc! { "at": -1 }).limit(MAX_ERASURES).await;
        let found: Vec<Document> = found.map_err(StoreError::Erase)?.try_collect().await.map_err(StoreError::Erase)?;
        let Some(last) = found.first().and_then(|entry| entry.get_datetime("at").ok()) else { return Ok(None) };
        let lists = |entry| ["days", "pinned_days"].map(|name| Document::get_array(entry, name).ok());
        let of_day = found.iter().flat_map(lists).flatten().flatten();
        let of_day = of_day.filter_map(Bson::as_document).filter(|of| of.get_str("day").is_ok_and(|day| day == name));
        let count = of_day.filter_map(|of| u64::try_from(of.get_i64("records").ok()?).ok()).sum();
        Ok(EventTime::from_millis(last.timestamp_millis()).map(|last| ErasedRecords { count, last }))
    }

    /// Looks where there is how much of it. Changes nothing.
    pub async fn find_erasable(&self, what: &Erasable) -> Result<Erasure, StoreError> {
        let mut found = self.targets(what).await?.count();
        found.pins = self.erase_pinned(what, false).await?;
        self.erase_quarantined(what, false, &mut found).await?;
        Ok(found)
    }

    /// Erases it everywhere in the database. Run again, it goes on where it was interrupted. Writes an audit entry, which holds no
    /// value: first with what was found, in the end with what was erased. So an erasure that is interrupted has an entry, too.
    pub async fn erase(&self, what: &Erasable, found: &Erasure, audit: &EraseAudit) -> Result<Erasure, StoreError> {
        let (kind, field) = match what {
            Erasable::Uid(_) => ("uid", None),
            Erasable::Field { name, .. } => ("field", Some(name.as_str())),
        };
        // Again, and before the entry: what is exported while this looks still has the records, and the entry must be younger.
        let targets = self.targets(what).await?;
        let Erasure { days, pinned, pinned_days, .. } = targets.count();
        let found = Erasure { days, pinned, pinned_days, ..found.clone() };
        let id = ObjectId::new();
        let mut entry = doc! { "_id": id, "by": &audit.by, "reason": &audit.reason, "what": kind, "field": field, "finished": false };
        entry.extend(found.numbers());
        let erasures = self.database.collection::<Document>(&self.names().await?.erasures());
        erasures.insert_one(entry).await.map_err(StoreError::Erase)?;
        let erased = self.erase_all(what, targets).await?;
        let mut finished = erased.numbers();
        finished.insert("finished", true);
        erasures.update_one(doc! { "_id": id }, doc! { "$set": finished }).await.map_err(StoreError::Erase)?;
        Ok(erased)
    }

    async fn erase_all(&self, what: &Erasable, targets: Targets) -> Result<Erasure, StoreError> {
        let mut erasure = targets.count();
        // Before the records: they are what the next run finds, should this one be interrupted.
        let ids = targets.days.iter().flat_map(|(_, ids)| ids).chain(&targets.copies).copied().collect();
        erasure.journal = self.erase_from_journal(&ids).await?;
        for (day, ids) in targets.days {
            let unsketched = self.remove_sketches(day, &ids).await?;
            self.remove_records(day, &ids, what).await?;
            let Resketched { removed, is_scanned } = self.sketch_again(day, unsketched).await?;
            erasure.sketches += removed;
            erasure.scanned.extend(is_scanned.then_some(day));
        }
        erasure.pins = self.erase_pinned(what, true).await?;
        self.erase_quarantined(what, true, &mut erasure).await?;
        Ok(erasure)
    }

    /// Removes these records of a day, as far as they still have it. What was filed meanwhile stays: its ids are in the journal.
    async fn remove_records(&self, day: Day, ids: &[ObjectId], what: &Erasable) -> Result<(), StoreError> {
        let condition = self.own_reader().filter(day, &what.lookup()).await?.into_document();
        for ids in ids.chunks(AT_ONCE) {
            // By the range first: a clustered collection has no other index on the ids.
            let range = IdRange::spanning(ids).condition();
            let filter = doc! { "$and": [range, condition.clone(), { "_id": { "$in": ids } }] };
            self.collection(day).delete_many(filter).await.map_err(StoreError::Erase)?;
        }
        Ok(())
    }

    /// Erases copies, the pins of the uid, and those of which nothing is left. A pin that keeps others says how many these are.
    /// Returns the number of pins.
    async fn erase_pinned(&self, what: &Erasable, is_for_real: bool) -> Result<u64, StoreError> {
        let condition = what.lookup().condition(UidFields::All);
        let all: Vec<PinKey> = self.all_pins().await?.iter().filter_map(PinKey::read).collect();
        let emptied = self.emptied_by(&condition, &all).await?;
        let spellings = if let Erasable::Uid(uid) = what { uid.spellings() } else { Vec::new() };
        let is_ended = |key: &PinKey| spellings.contains(&key.uid) || emptied.contains(key);
        let (ended, kept): (Vec<PinKey>, Vec<PinKey>) = all.into_iter().partition(is_ended);
        if is_for_real {
            for key in &ended {
                self.remove_pin(key).await?;
            }
            // All of them: an erasure that was interrupted may have left a wrong number.
            for key in &kept {
                self.recount_pin(key, doc! { "$nor": [condition.clone()] }).await?;
            }
            // Last: the next run finds the copies, should this one be interrupted.
            self.pinned().await?.delete_many(condition).await.map_err(StoreError::Erase)?;
        }
        Ok(ended.len() as u64)
    }
}

impl Erasable {
    fn lookup(&self) -> Lookup {
        let filter = match self {
            Self::Uid(uid) => Condition::uid(uid.clone()),
            Self::Field { name, literals, .. } => {
                Condition::Field { name: name.clone(), test: FieldTest::OneOf(literals.clone()) }
            }
        };
        Lookup {
            filter,
            ids: IdRange::default(),
            order: Order::Oldest,
            limit: NO_LIMIT,
            projection: None,
            max_time: MAX_TIME,
        }
    }
}
