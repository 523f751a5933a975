//! Brings a day back from its exports.

use std::collections::BTreeMap;

use bson::RawDocumentBuf;
use record::Day;
use store::{Restored, Store};

use crate::error::{ArchiveError, get};
use crate::list::Archived;
use crate::manifest::Part;
use crate::objects::Objects;
use crate::part;

/// How many documents are stored at once.
const DOCUMENTS_AT_ONCE: usize = 1_000;
/// The bytes of documents that are stored at once.
const BYTES_AT_ONCE: usize = 8 << 20;

/// What became of a day that is brought back.
#[derive(Debug, Default)]
pub struct RestoredDay {
    /// The records.
    pub restored: Restored,
    /// How many records were read.
    pub read: u64,
    /// The parts that are damaged. Nothing of them is stored.
    pub damaged: Vec<ArchiveError>,
}

/// Returns the parts of exports, each once.
pub(crate) fn parts(exports: &[Archived]) -> Vec<&Part> {
    let parts = exports.iter().flat_map(|export| &export.manifest.parts);
    let by_key: BTreeMap<(&str, &str), &Part> =
        parts.map(|part| ((part.key.as_str(), part.sha256.as_str()), part)).collect();
    by_key.into_values().collect()
}

/// Reads a part as a whole, so that nothing is taken of one that is damaged.
pub(crate) async fn read_part(objects: &impl Objects, part: &Part) -> Result<Vec<RawDocumentBuf>, ArchiveError> {
    let object = get(objects, &part.key).await?;
    let read = part::read(part, object).and_then(Iterator::collect);
    read.map_err(|source| ArchiveError::Part { address: objects.address(&part.key), source })
}

/// Brings the records of all exports of a day back, each once. With `store` `None`, only reads and checks everything. Goes on behind
/// a damaged part. Calls `progress` with the number of records of each part.
pub async fn restore_day(
    store: Option<&Store>,
    objects: &impl Objects,
    day: Day,
    exports: &[Archived],
    mut progress: impl FnMut(u64),
) -> Result<RestoredDay, ArchiveError> {
    let mut outcome = RestoredDay::default();
    for part in parts(exports) {
        let documents = match read_part(objects, part).await {
            Ok(documents) => documents,
            Err(damaged @ ArchiveError::Part { .. }) => {
                outcome.damaged.push(damaged);
                continue;
            }
            Err(error) => return Err(error),
        };
        outcome.read += part.records;
        if let Some(store) = store {
            for batch in batches(&documents) {
                let restored = store.restore(day, batch).await.map_err(ArchiveError::Restore)?;
                outcome.restored.add(restored);
            }
        }
        progress(part.records);
    }
    Ok(outcome)
}

/// Splits documents into batches.
fn batches(documents: &[RawDocumentBuf]) -> impl Iterator<Item = &[RawDocumentBuf]> {
    let mut rest = documents;
    std::iter::from_fn(move || {
        let (mut count, mut bytes) = (0, 0);
        for document in rest.iter().take(DOCUMENTS_AT_ONCE) {
            bytes += document.as_bytes().len();
            if count > 0 && bytes > BYTES_AT_ONCE {
                break;
            }
            count += 1;
        }
        let (batch, behind) = rest.split_at_checked(count)?;
        rest = behind;
        Some(batch).filter(|batch| !batch.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use bson::rawdoc;

    use super::batches;

    #[test]
    fn a_batch_has_few_documents_and_few_bytes() {
        fn check(count: usize, bytes: usize, expect: &[usize]) {
            let documents = vec![rawdoc! { "m": "x".repeat(bytes) }; count];
            let sizes: Vec<usize> = batches(&documents).map(<[_]>::len).collect();
            assert_eq!(sizes, expect, "{count} of {bytes}");
        }
        check(0, 1, &[]);
        check(1, 1, &[1]);
        check(2_001, 1, &[1_000, 1_000, 1]);
        check(3, 5 << 20, &[1, 1, 1]);
        check(3, 12 << 20, &[1, 1, 1]);
        check(5, 3 << 20, &[2, 2, 1]);
    }
}
