//! Writes the journal of filing.

use std::sync::atomic::Ordering;

use futures_util::future::join;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime, Document, doc, oid::ObjectId};
use mongodb::error::{Error, ErrorKind, InsertManyError, WriteFailure};
use record::{Day, LogRecord};

use crate::collections::created_or_there;
use crate::names::Names;
use crate::refusal::is_passing;
use crate::shards::ShardPosition;
use crate::{InsertOutcome, Store, StoreError};

/// What the journal may take on disk: the ids of 1.3 million records.
const JOURNAL_BYTES: u64 = 16 * 1024 * 1024;
/// How many ids an entry holds at most.
const MAX_IDS: usize = 10_000;

/// Records that were stored together.
#[derive(Clone, Debug, Default)]
pub struct FiledRecords {
    /// Where the newest of them came from; `None` where there are none.
    newest: Option<ShardPosition>,
    /// Whether some were there before.
    again: bool,
    /// The ids under which they are stored, by day.
    days: Vec<(Day, Vec<ObjectId>)>,
}

impl FiledRecords {
    /// Adds records of a day, of whose storing is known what became of them.
    pub fn add(&mut self, day: Day, records: &[LogRecord], stored: &InsertOutcome) {
        let Some(last) = records.last() else { return };
        let id = |(position, record): (usize, &LogRecord)| stored.moved.get(&position).copied().unwrap_or(record.id());
        let is_stored = |(position, _): &(usize, &LogRecord)| !stored.refused.contains_key(position);
        let ids: Vec<ObjectId> = records.iter().enumerate().filter(is_stored).map(id).collect();
        if ids.is_empty() {
            return;
        }
        // The last was delivered last.
        let newest = ShardPosition::of(last);
        self.append(Self { newest, again: stored.inserted.duplicates > 0, days: vec![(day, ids)] });
    }

    /// Adds what came after.
    pub fn append(&mut self, next: Self) {
        let arrived = |newest: &Option<ShardPosition>| newest.as_ref().map(|newest| newest.arrived);
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
            if let Some(ShardPosition { stream, shard, arrived }) = &self.newest {
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

impl Store {
    /// Writes down what was stored, behind all that was before. Where MongoDB refuses for good, such as one that has no
    /// capped collections, filing must not stop: that is said once ([`StoreError::JournalRefused`]) and tried again with
    /// the next records. After any other error the records had better be delivered again.
    pub async fn note_filed(&self, filed: &FiledRecords) -> Result<(), StoreError> {
        if filed.days.is_empty() {
            return Ok(());
        }
        match self.write_journal(filed, self.names().await?).await {
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

    async fn write_journal(&self, filed: &FiledRecords, names: &Names) -> Result<(), Error> {
        let name = names.journal();
        if !self.journal.exists.load(Ordering::Relaxed) {
            let created = self.database.create_collection(&name).capped(true).size(JOURNAL_BYTES).await;
            created_or_there(created)?;
            self.journal.found();
        }
        let journal = self.database.collection::<Document>(&name);
        let noted = async { journal.insert_many(filed.entries()).await.map(|_| ()) };
        let moved = self.move_shard(filed.newest.as_ref(), names);
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
    code.is_some_and(|code| !is_passing(code))
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Document, RawDocumentBuf, doc, oid::ObjectId};

    use super::{FiledRecords, MAX_IDS};
    use crate::{InsertCounts, InsertOutcome};
    use record::LogRecord;

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
    fn said(filed: &FiledRecords) -> (Vec<String>, Vec<String>) {
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
        let mut filed = FiledRecords::default();
        filed.add("2026-11-20".parse().unwrap(), &records(3, "0", 2_000), &InsertOutcome::all(3));
        filed.add("2026-11-21".parse().unwrap(), &records(2, "1", 1_000), &InsertOutcome::all(2));
        filed.add("2026-11-22".parse().unwrap(), &[], &InsertOutcome::default());
        let (days, rest) = said(&filed);
        assert_eq!((days, rest.len()), (vec!["2026-11-20*3 2026-11-21*2".to_owned()], 1));
        assert!(rest[0].contains(r#""shard": "0""#) && !rest[0].contains("again"), "{}", rest[0]);
    }

    #[test]
    fn an_entry_holds_so_many_ids() {
        fn check(counts: [u32; 2], expect: &[&str]) {
            let mut filed = FiledRecords::default();
            for (day, count) in ["2026-11-20", "2026-11-21"].into_iter().zip(counts) {
                filed.add(day.parse().unwrap(), &records(count, "0", 0), &InsertOutcome::all(count as usize));
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
    fn refused_records_make_no_entry() {
        let mut filed = FiledRecords::default();
        let refused = [(0, "121 DocumentValidationFailure: no".to_owned())].into();
        let stored = InsertOutcome { refused, ..InsertOutcome::default() };
        filed.add("2026-11-20".parse().unwrap(), &records(1, "0", 0), &stored);
        assert!(filed.days.is_empty() && filed.entries().is_empty());
    }

    #[test]
    fn the_ids_are_those_under_which_records_are_stored() {
        let mut filed = FiledRecords::default();
        let inserted = InsertCounts { stored: 2, duplicates: 1 };
        let refused = [(3, "121 DocumentValidationFailure: no".to_owned())].into();
        let stored = InsertOutcome { inserted, moved: [(1, id(77))].into(), refused, ..InsertOutcome::default() };
        filed.add("2026-11-20".parse().unwrap(), &records(4, "0", 0), &stored);
        assert_eq!(filed.days[0].1, [id(0), id(77), id(2)]);
        assert!(said(&filed).1[0].contains(r#""again": true"#));
    }
}
