//! Writes the journal.

use std::sync::atomic::Ordering;

use futures_util::future::join;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime, Document, doc, oid::ObjectId};
use mongodb::error::{Error, ErrorKind, InsertManyError, WriteFailure};
use record::{Day, LogRecord};

use crate::collections::created_or_exists;
use crate::names::Names;
use crate::refusal::is_passing;
use crate::shards::ShardPosition;
use crate::{InsertOutcome, Store, StoreError};

/// The size of the journal on disk: the ids of 1.3 million records.
pub(crate) const JOURNAL_BYTES: u64 = 16 * 1024 * 1024;
/// The most ids of an entry.
const MAX_IDS: usize = 10_000;

/// Records that were stored together.
#[derive(Clone, Debug, Default)]
pub struct FiledRecords {
    /// Where the newest of them came from; `None` without records.
    newest: Option<ShardPosition>,
    /// Whether some were stored before.
    again: bool,
    /// The ids under which they are stored, by day.
    days: Vec<(Day, Vec<ObjectId>)>,
}

impl FiledRecords {
    /// Adds records of a day with the outcome of storing them.
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

    /// Adds records that were stored after these.
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

    /// Returns the journal entries: `{_id, at, stream, shard, arrived, again, days: [{day, ids}]}`. `ids` are bytes, twelve
    /// for each id. `again` is absent unless it is true.
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

    /// Returns the days and ids of each entry.
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
    /// Writes the journal entry of stored records. Moves a shard's progress to `reached`: to there its records are stored or
    /// quarantined. After an error the records must be
    /// delivered again. A server that refuses the journal for good, for example one without capped collections, must not
    /// stop filing: that is reported once ([`StoreError::JournalRefused`]), and tried again with the next records.
    pub async fn write_journal(&self, filed: &FiledRecords, reached: Option<&ShardPosition>) -> Result<(), StoreError> {
        let names = self.names().await?;
        let written = if filed.days.is_empty() {
            self.move_shard(reached, names).await
        } else {
            self.insert_entries(filed, reached, names).await
        };
        match written {
            Ok(()) => {
                self.journal.is_refused.store(false, Ordering::Relaxed);
                Ok(())
            }
            Err(error) if is_refused_for_good(&error) => {
                let is_known = self.journal.is_refused.swap(true, Ordering::Relaxed);
                if is_known { Ok(()) } else { Err(StoreError::JournalRefused(error)) }
            }
            Err(error) => Err(StoreError::WriteJournal(error)),
        }
    }

    async fn insert_entries(
        &self,
        filed: &FiledRecords,
        reached: Option<&ShardPosition>,
        names: &Names,
    ) -> Result<(), Error> {
        let name = names.journal();
        if !self.journal.exists.load(Ordering::Relaxed) {
            let created = self.database.create_collection(&name).capped(true).size(JOURNAL_BYTES).await;
            created_or_exists(created)?;
            self.journal.found();
        }
        let journal = self.database.collection::<Document>(&name);
        let inserted = async { journal.insert_many(filed.entries()).await.map(|_| ()) };
        let moved = self.move_shard(reached, names);
        if self.journal.is_in_use.swap(true, Ordering::Relaxed) {
            // Waits for both: a write that is dropped halfway may happen or not.
            let (inserted, moved) = join(inserted, moved).await;
            inserted.and(moved)
        } else {
            // Two writes at a time need a second connection. A cold start would have to wait for it.
            inserted.await?;
            moved.await
        }
    }
}

fn bytes(ids: &[ObjectId]) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: ids.iter().flat_map(ObjectId::bytes).collect() }
}

/// Whether the server will refuse the same write again.
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

    /// Returns each entry as `day*count`, and the fields that all entries share.
    fn described(filed: &FiledRecords) -> (Vec<String>, Vec<String>) {
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
        let (days, rest) = described(&filed);
        assert_eq!((days, rest.len()), (vec!["2026-11-20*3 2026-11-21*2".to_owned()], 1));
        assert!(rest[0].contains(r#""shard": "0""#) && !rest[0].contains("again"), "{}", rest[0]);
    }

    #[test]
    fn a_large_batch_has_several_entries() {
        fn check(counts: [u32; 2], expect: &[&str]) {
            let mut filed = FiledRecords::default();
            for (day, count) in ["2026-11-20", "2026-11-21"].into_iter().zip(counts) {
                filed.add(day.parse().unwrap(), &records(count, "0", 0), &InsertOutcome::all(count as usize));
            }
            assert_eq!(described(&filed).0, expect, "{counts:?}");
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
    fn an_entry_has_the_ids_under_which_records_are_stored() {
        let mut filed = FiledRecords::default();
        let inserted = InsertCounts { stored: 2, duplicates: 1 };
        let refused = [(3, "121 DocumentValidationFailure: no".to_owned())].into();
        let stored = InsertOutcome { inserted, moved: [(1, id(77))].into(), refused, ..InsertOutcome::default() };
        filed.add("2026-11-20".parse().unwrap(), &records(4, "0", 0), &stored);
        assert_eq!(filed.days[0].1, [id(0), id(77), id(2)]);
        assert!(described(&filed).1[0].contains(r#""again": true"#));
    }
}
