//! Records of a payload that would be lost as duplicates of other records.

use std::collections::{BTreeMap, HashMap, HashSet};

use bson::RawDocument;
use bson::oid::ObjectId;
use record::{Day, DecodedBatch, LogRecord, Source};

use super::session::Session;
use crate::error::Error;

/// The fields of `source` that name a Kinesis record.
const KINESIS_RECORD: [&str; 3] = ["stream", "shard", "seq"];

/// The numbers that tell the parts of a Kinesis record apart: sub-sequence and index.
pub(super) type PartNumbers = (u32, u32);

/// Returns the positions of the payloads of which a record has the id of a stored record with another content. Each
/// payload comes with its own numbers. Asks MongoDB once for each day.
///
/// The parts of a payload are numbered as they are decoded. Suppose that one part was set aside and the next parts were
/// stored. If the first part now decodes to several records, all but its first get the numbers of the stored records.
pub(super) async fn find_conflicts(
    session: &Session,
    payloads: impl Iterator<Item = (PartNumbers, &DecodedBatch)>,
) -> Result<HashSet<usize>, Error> {
    let mut later: BTreeMap<Day, Vec<(usize, &LogRecord)>> = BTreeMap::new();
    for (position, (own, decoded)) in payloads.enumerate() {
        for (day, records) in &decoded.days {
            let is_later = |record: &&LogRecord| stored_part_numbers(record.document()) != own;
            let records = records.items.iter().filter(is_later).map(|record| (position, record));
            later.entry(*day).or_default().extend(records);
        }
    }
    let mut conflicts = HashSet::new();
    for (day, records) in later {
        let ids = records.iter().map(|(_, record)| record.id()).collect();
        let stored = session.store.records_with(day, ids).await.map_err(Error::Lookup)?;
        let stored: HashMap<ObjectId, LogRecord> = stored.into_iter().map(|record| (record.id(), record)).collect();
        let is_conflict = |record: &LogRecord| stored.get(&record.id()).is_some_and(|stored| differs(stored, record));
        conflicts.extend(records.iter().filter(|(_, record)| is_conflict(record)).map(|(position, _)| position));
    }
    Ok(conflicts)
}

/// Returns the part numbers of a payload.
pub(super) fn part_numbers(source: &Source<'_>) -> PartNumbers {
    (source.sub_sequence, source.index)
}

/// Returns the part numbers of a stored record.
fn stored_part_numbers(document: &RawDocument) -> PartNumbers {
    let source = document.get_document("source").ok();
    let number = |name| source.and_then(|source| source.get_i32(name).ok()).and_then(|number| number.try_into().ok());
    (number("sub").unwrap_or_default(), number("index").unwrap_or_default())
}

/// Returns whether two records with one id come from one Kinesis record, but differ in their content.
fn differs(stored: &LogRecord, record: &LogRecord) -> bool {
    let kinesis_record = |record: &LogRecord| {
        let source = record.document().get_document("source").ok();
        KINESIS_RECORD.map(|name| source.and_then(|source| source.get_str(name).ok()).map(str::to_owned))
    };
    let content = |record: &LogRecord| {
        let fields = record.document().iter().filter_map(Result::ok).filter(|(name, _)| *name != "source");
        fields.map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>()
    };
    kinesis_record(stored) == kinesis_record(record) && content(stored) != content(record)
}
