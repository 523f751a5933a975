//! The journal of filing: which records were stored, in the order in which they were, whatever their events' times.
//!
//! It is a capped collection, `filed`, whose natural order is the order of filing: a live tail reads it forward from
//! where it was. It holds ids and no records, and only the latest. Beside it `shards` says of every shard until when it
//! is filed, however long ago that was.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::join;
use mongodb::Collection;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime, Document, doc, oid::ObjectId};
use mongodb::error::{Error, ErrorKind, InsertManyError, WriteFailure};
use mongodb::options::{Acknowledgment, WriteConcern};

use super::collections::created_or_there;
use super::{Store, StoreError, Stored};
use crate::Day;
use crate::record::{EventTime, LogRecord};

/// The collection of the journal.
pub(super) const FILED: &str = "filed";
/// The collection of what is known of each shard.
const SHARDS: &str = "shards";
/// What the journal may take on disk: the ids of 1.3 million records.
const JOURNAL_BYTES: u64 = 16 * 1024 * 1024;
/// How many ids an entry holds at most.
const MAX_IDS: usize = 10_000;
/// How many shards are told of at most.
const MAX_SHARDS: i64 = 10_000;
/// How much later records must have arrived for a shard's document to be written anew: it is behind by less than that.
const MOVED_AFTER_US: i64 = 1_000_000;
/// The server's codes for a refusal that passes: on its way up or down, no longer the primary, busy, out of time. Any
/// other lasts until somebody does something about it.
const PASSING: [i32; 13] = [24, 50, 91, 112, 189, 262, 10_058, 10_107, 11_600, 11_601, 11_602, 13_435, 13_436];

/// Records that were stored together.
#[derive(Clone, Debug, Default)]
pub struct Filed {
    /// Where the newest of them came from; `None` where there are none.
    newest: Option<FiledUntil>,
    /// Whether some were there before.
    again: bool,
    /// The ids under which they are stored, by day.
    days: Vec<(Day, Vec<ObjectId>)>,
}

/// Until when a shard is filed: of what arrived by then, all is stored or set aside.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FiledUntil {
    /// The stream's name.
    pub stream: String,
    /// The shard's id.
    pub shard: String,
    /// When the newest of its records that is stored had arrived, to the millisecond.
    pub arrived: EventTime,
}

impl Filed {
    /// Adds records of a day, of whose storing is known what became of them.
    pub fn add(&mut self, day: Day, records: &[LogRecord], stored: &Stored) {
        let Some(last) = records.last() else { return };
        let id = |(position, record): (usize, &LogRecord)| stored.moved.get(&position).copied().unwrap_or(record.id());
        let ids = records.iter().enumerate().map(id).collect();
        // The last was delivered last.
        let newest = FiledUntil::of(last);
        self.append(Self { newest, again: stored.inserted.duplicates > 0, days: vec![(day, ids)] });
    }

    /// Adds what came after.
    pub fn append(&mut self, next: Self) {
        let arrived = |newest: &Option<FiledUntil>| newest.as_ref().map(|newest| newest.arrived);
        if arrived(&next.newest) > arrived(&self.newest) {
            self.newest = next.newest;
        }
        self.again |= next.again;
        for (day, ids) in next.days {
            match self.days.last_mut() {
                Some((last, own)) if *last == day => own.extend(ids),
                _ => self.days.push((day, ids)),
            }
        }
    }

    /// What the journal says of it: `{_id, at, stream, shard, arrived, again, days: [{day, ids}]}`, where `ids` are bytes,
    /// twelve of them an id, and `again` is only there where it is true.
    fn entries(&self) -> Vec<Document> {
        let entry = |days: Vec<Document>| {
            let mut entry = doc! { "_id": ObjectId::new(), "at": DateTime::now() };
            if let Some(FiledUntil { stream, shard, arrived }) = &self.newest {
                entry.extend(doc! { "stream": stream, "shard": shard, "arrived": arrived.to_bson() });
            }
            if self.again {
                entry.insert("again", true);
            }
            entry.insert("days", days);
            entry
        };
        self.parts().into_iter().map(entry).collect()
    }

    /// The days and ids of each entry.
    fn parts(&self) -> Vec<Vec<Document>> {
        let mut parts: Vec<Vec<Document>> = Vec::new();
        let mut room = 0;
        for (day, ids) in &self.days {
            let mut rest = ids.as_slice();
            while !rest.is_empty() {
                if room == 0 {
                    parts.push(Vec::new());
                    room = MAX_IDS;
                }
                let (now, later) = rest.split_at(rest.len().min(room));
                parts
                    .last_mut()
                    .into_iter()
                    .for_each(|part| part.push(doc! { "day": day.to_string(), "ids": bytes(now) }));
                (room, rest) = (room - now.len(), later);
            }
        }
        parts
    }
}

impl FiledUntil {
    fn of(record: &LogRecord) -> Option<Self> {
        let source = record.document().get_document("source").ok()?;
        let text = |name| source.get_str(name).ok().map(str::to_owned);
        let arrived = EventTime::from_millis(source.get_datetime("arrived").ok()?.timestamp_millis())?;
        Some(Self { stream: text("stream")?, shard: text("shard")?, arrived })
    }

    /// Whether it says more than what was said last. Moments of arrival are compared, not those of writing: what was left
    /// behind is caught up with quickly, and may have arrived over hours.
    fn is_news(&self, said: Option<&Self>) -> bool {
        said.is_none_or(|said| {
            let is_same = (&said.stream, &said.shard) == (&self.stream, &self.shard);
            !is_same || self.arrived.micros() - said.arrived.micros() >= MOVED_AFTER_US
        })
    }

    /// Reads `{_id: {stream, shard}, arrived}`.
    fn read(document: &Document) -> Option<Self> {
        let id = document.get_document("_id").ok()?;
        let text = |name| id.get_str(name).ok().map(str::to_owned);
        let arrived = EventTime::from_millis(document.get_datetime("arrived").ok()?.timestamp_millis())?;
        Some(Self { stream: text("stream")?, shard: text("shard")?, arrived })
    }
}

impl Store {
    /// Writes down what was stored, behind all that was before. Where MongoDB refuses for good, such as one that has no
    /// capped collections, filing must not stop: that is said once ([`StoreError::JournalRefused`]) and tried again with
    /// the next records. After any other error the records had better be delivered again.
    pub async fn note_filed(&self, filed: &Filed) -> Result<(), StoreError> {
        if filed.days.is_empty() {
            return Ok(());
        }
        match self.write_journal(filed).await {
            Ok(()) => {
                self.journal.refused.store(false, Ordering::Relaxed);
                Ok(())
            }
            Err(error) if is_refused_for_good(&error) => {
                let is_known = self.journal.refused.swap(true, Ordering::Relaxed);
                if is_known { Ok(()) } else { Err(StoreError::JournalRefused(error)) }
            }
            Err(error) => Err(StoreError::NoteFiled(error)),
        }
    }

    /// Until when the shards are filed, in order of stream and shard.
    pub async fn filed_until(&self, max_time: Duration) -> Result<Vec<FiledUntil>, StoreError> {
        let shards = self.shards();
        let found = shards.find(doc! {}).sort(doc! { "_id": 1 }).limit(MAX_SHARDS).max_time(max_time).await;
        let found = found.map_err(StoreError::FiledUntil)?;
        let shards = found.try_filter_map(async |document| Ok(FiledUntil::read(&document)));
        shards.try_collect().await.map_err(StoreError::FiledUntil)
    }

    async fn write_journal(&self, filed: &Filed) -> Result<(), Error> {
        if !self.journal.exists.load(Ordering::Relaxed) {
            let created = self.database.create_collection(FILED).capped(true).size(JOURNAL_BYTES).await;
            created_or_there(created)?;
            self.journal.found();
        }
        let journal = self.database.collection::<Document>(FILED);
        let noted = async { journal.insert_many(filed.entries()).await.map(|_| ()) };
        let moved = self.move_shard(filed.newest.as_ref());
        if self.journal.written.swap(true, Ordering::Relaxed) {
            // Both to their ends: an entry that is let go of may be written or not.
            let (noted, moved) = join(noted, moved).await;
            noted.and(moved)
        } else {
            // At once they need a second connection, which a cold start would have to wait for.
            noted.await?;
            moved.await
        }
    }

    /// Moves a shard on to where it is filed now, never back, unless it is there nearly. Should the server that knows it
    /// be lost, the next batch says more: there is no need to wait for others, or for its disk.
    async fn move_shard(&self, until: Option<&FiledUntil>) -> Result<(), Error> {
        let moved = || self.journal.moved.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = until.filter(|until| until.is_news(moved().as_ref())) else { return Ok(()) };
        let FiledUntil { stream, shard, arrived } = until;
        let own = doc! { "_id": { "stream": stream, "shard": shard } };
        let arrived = doc! { "$max": { "arrived": arrived.to_bson() } };
        let by_one = WriteConcern::builder().w(Acknowledgment::Nodes(1)).build();
        self.shards().update_one(own, arrived).upsert(true).write_concern(by_one).await?;
        *moved() = Some(until.clone());
        Ok(())
    }

    fn shards(&self) -> Collection<Document> {
        self.database.collection(SHARDS)
    }
}

/// What a process knows of the journal.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// It exists, so that a batch does not ask.
    exists: AtomicBool,
    /// This process has written to it.
    written: AtomicBool,
    /// What this process said last of a shard.
    moved: Mutex<Option<FiledUntil>>,
    /// MongoDB refused it when it was last tried, which has been said.
    refused: AtomicBool,
}

impl Journal {
    /// Remembers that it exists.
    pub(super) fn found(&self) {
        self.exists.store(true, Ordering::Relaxed);
    }
}

fn bytes(ids: &[ObjectId]) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: ids.iter().flat_map(ObjectId::bytes).collect() }
}

/// Whether the server said no, and will say so again.
fn is_refused_for_good(error: &Error) -> bool {
    let code = match &*error.kind {
        ErrorKind::Command(refusal) => Some(refusal.code),
        ErrorKind::Write(WriteFailure::WriteError(refusal)) => Some(refusal.code),
        ErrorKind::InsertMany(InsertManyError { write_errors: Some(refusals), write_concern_error: None, .. }) => {
            refusals.first().map(|refusal| refusal.code)
        }
        _ => None,
    };
    code.is_some_and(|code| !PASSING.contains(&code))
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Document, RawDocumentBuf, doc, oid::ObjectId};

    use super::{Filed, FiledUntil, MAX_IDS};
    use crate::record::{EventTime, LogRecord};
    use crate::store::{Inserted, Stored};

    fn records(count: u32, shard: &str, arrived_ms: i64) -> Vec<LogRecord> {
        let record = |number: u32| {
            let arrived = mongodb::bson::DateTime::from_millis(arrived_ms);
            let source = doc! { "stream": "logs", "shard": shard, "arrived": arrived };
            let document = doc! { "_id": id(number), "source": source };
            LogRecord::from_stored(RawDocumentBuf::try_from(&document).unwrap()).unwrap()
        };
        (0..count).map(record).collect()
    }

    fn id(number: u32) -> ObjectId {
        ObjectId::from_bytes([number.to_be_bytes(), [0; 4], [0; 4]].concat().try_into().unwrap())
    }

    /// Each entry as `day*count`, and what is the same in all.
    fn said(filed: &Filed) -> (Vec<String>, Vec<String>) {
        let entries = filed.entries();
        let days = |entry: &Document| {
            let days = entry.get_array("days").unwrap().iter().map(|day| day.as_document().unwrap());
            let text = |day: &Document| {
                format!("{}*{}", day.get_str("day").unwrap(), day.get_binary_generic("ids").unwrap().len() / 12)
            };
            days.map(text).collect::<Vec<_>>().join(" ")
        };
        let rest = |entry: &Document| {
            let mut entry = entry.clone();
            for name in ["_id", "at", "days"] {
                entry.remove(name).unwrap();
            }
            entry.to_string()
        };
        let mut rests: Vec<String> = entries.iter().map(rest).collect();
        rests.dedup();
        (entries.iter().map(days).collect(), rests)
    }

    #[test]
    fn an_entry_says_where_its_newest_record_came_from() {
        let mut filed = Filed::default();
        filed.add("2026-11-20".parse().unwrap(), &records(3, "0", 2_000), &Stored::all(3));
        filed.add("2026-11-21".parse().unwrap(), &records(2, "1", 1_000), &Stored::all(2));
        filed.add("2026-11-22".parse().unwrap(), &[], &Stored::default());
        let (days, rest) = said(&filed);
        assert_eq!((days, rest.len()), (vec!["2026-11-20*3 2026-11-21*2".to_owned()], 1));
        assert!(rest[0].contains(r#""shard": "0""#) && !rest[0].contains("again"), "{}", rest[0]);
    }

    #[test]
    fn an_entry_holds_so_many_ids() {
        fn check(counts: [u32; 2], expect: &[&str]) {
            let mut filed = Filed::default();
            for (day, count) in ["2026-11-20", "2026-11-21"].into_iter().zip(counts) {
                filed.add(day.parse().unwrap(), &records(count, "0", 0), &Stored::all(count as usize));
            }
            assert_eq!(said(&filed).0, expect, "{counts:?}");
        }
        let max = u32::try_from(MAX_IDS).unwrap();
        check([0, 0], &[]);
        check([max, 0], &["2026-11-20*10000"]);
        check([max, 1], &["2026-11-20*10000", "2026-11-21*1"]);
        check([max + 1, 2], &["2026-11-20*10000", "2026-11-20*1 2026-11-21*2"]);
        check(
            [2 * max + 1, max],
            &["2026-11-20*10000", "2026-11-20*10000", "2026-11-20*1 2026-11-21*9999", "2026-11-21*1"],
        );
    }

    #[test]
    fn a_shard_is_moved_on_by_a_second_or_more() {
        let until = |shard: &str, arrived_ms: i64| FiledUntil {
            stream: "logs".to_owned(),
            shard: shard.to_owned(),
            arrived: EventTime::from_millis(arrived_ms).unwrap(),
        };
        let check = |said: Option<(&str, i64)>, shard: &str, arrived_ms: i64, expect: bool| {
            let said = said.map(|(shard, arrived_ms)| until(shard, arrived_ms));
            assert_eq!(until(shard, arrived_ms).is_news(said.as_ref()), expect, "{said:?} {shard} {arrived_ms}");
        };
        check(None, "0", 0, true);
        check(Some(("0", 5_000)), "0", 5_000, false);
        check(Some(("0", 5_000)), "0", 5_999, false);
        check(Some(("0", 5_000)), "0", 6_000, true);
        check(Some(("0", 5_000)), "0", 1_000, false);
        check(Some(("0", 5_000)), "1", 5_000, true);
        check(Some(("0", 5_000)), "1", 1_000, true);
    }

    #[test]
    fn the_ids_are_those_under_which_records_are_stored() {
        let mut filed = Filed::default();
        let inserted = Inserted { stored: 2, duplicates: 1 };
        let stored = Stored { inserted, moved: [(1, id(77))].into() };
        filed.add("2026-11-20".parse().unwrap(), &records(3, "0", 0), &stored);
        assert_eq!(filed.days[0].1, [id(0), id(77), id(2)]);
        assert!(said(&filed).1[0].contains(r#""again": true"#));
    }
}
