//! Finds the records of one transaction in the archive.

use std::collections::BTreeMap;

use bson::RawDocumentBuf;
use bson::oid::ObjectId;
use record::{LogRecord, LogUid};

use crate::error::ArchiveError;
use crate::list::Archived;
use crate::objects::Objects;
use crate::restore::{parts, read_part};

/// The records of a transaction that were found.
#[derive(Debug, Default)]
pub struct FoundTransaction {
    /// The records, by id. Of two with one id the first that was read.
    pub records: BTreeMap<ObjectId, RawDocumentBuf>,
    /// How many records were read.
    pub read: u64,
    /// The parts that are damaged.
    pub damaged: Vec<ArchiveError>,
}

/// Reads exports, and returns the records that carry an id, in whatever spelling: at most `limit` and one part more.
pub async fn find_transaction(
    objects: &impl Objects,
    exports: &[Archived],
    uid: &LogUid,
    limit: u64,
    mut progress: impl FnMut(u64),
) -> Result<FoundTransaction, ArchiveError> {
    let (mut found, spellings) = (FoundTransaction::default(), uid.spellings());
    for part in parts(exports) {
        let documents = match read_part(objects, part).await {
            Ok(documents) => documents,
            Err(damaged @ ArchiveError::Part { .. }) => {
                found.damaged.push(damaged);
                continue;
            }
            Err(error) => return Err(error),
        };
        found.read += part.records;
        for record in documents.into_iter().filter_map(|document| LogRecord::from_stored(document).ok()) {
            if record.ids().any(|id| spellings.iter().any(|spelling| spelling == id)) {
                found.records.entry(record.id()).or_insert_with(|| record.document_buf().clone());
            }
        }
        progress(part.records);
        if found.records.len() as u64 > limit {
            break;
        }
    }
    Ok(found)
}
