//! Records of a payload that would be lost as duplicates of other records.

use bson::RawDocument;
use bson::oid::ObjectId;
use record::{DecodedBatch, LogRecord, QuarantineView, Source};

use super::session::Session;
use crate::error::Error;

/// The fields of `source` that name a Kinesis record.
const KINESIS_RECORD: [&str; 3] = ["stream", "shard", "seq"];

/// Returns whether a record of the payload has the id of a stored record with another content.
///
/// The parts of a payload are numbered as they are decoded. Suppose that one part was set aside and the next parts were
/// stored. If the first part now decodes to several records, all but its first get the numbers of the stored records.
pub(super) async fn would_lose_a_record(
    session: &Session,
    payload: &QuarantineView<'_>,
    decoded: &DecodedBatch,
) -> Result<bool, Error> {
    let own = part_numbers(&payload.source);
    for (day, records) in &decoded.days {
        let is_later = |record: &&LogRecord| stored_part_numbers(record.document()) != own;
        let later: Vec<&LogRecord> = records.items.iter().filter(is_later).collect();
        let ids: Vec<ObjectId> = later.iter().map(|record| record.id()).collect();
        let stored = session.store.records_with(*day, ids).await.map_err(Error::Lookup)?;
        let conflicts = |stored: &LogRecord| later.iter().any(|record| is_conflict(stored, record));
        if stored.iter().any(conflicts) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the numbers that tell the parts of a Kinesis record apart.
pub(super) fn part_numbers(source: &Source<'_>) -> (u32, u32) {
    (source.sub_sequence, source.index)
}

/// Returns the part numbers of a stored record.
fn stored_part_numbers(document: &RawDocument) -> (u32, u32) {
    let source = document.get_document("source").ok();
    let number = |name| source.and_then(|source| source.get_i32(name).ok()).and_then(|number| number.try_into().ok());
    (number("sub").unwrap_or_default(), number("index").unwrap_or_default())
}

/// Returns whether two records have one id and come from one Kinesis record, but differ in their content.
fn is_conflict(stored: &LogRecord, record: &LogRecord) -> bool {
    let kinesis_record = |record: &LogRecord| {
        let source = record.document().get_document("source").ok();
        KINESIS_RECORD.map(|name| source.and_then(|source| source.get_str(name).ok()).map(str::to_owned))
    };
    let content = |record: &LogRecord| {
        let fields = record.document().iter().filter_map(Result::ok).filter(|(name, _)| *name != "source");
        fields.map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>()
    };
    stored.id() == record.id() && kinesis_record(stored) == kinesis_record(record) && content(stored) != content(record)
}
