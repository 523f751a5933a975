//! Records for one request, within what Kinesis takes.

use super::line::{Place, Record};

/// How many records a request may have:
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html>.
const MAX_RECORDS: usize = 500;
/// What a request of several records may take. Kinesis takes 10 MiB, but a part that fails is put again: half is enough.
const MAX_BYTES: usize = 5 * 1024 * 1024;
/// What every stream takes as one record. A larger one goes alone: if the stream refuses it, it is refused alone.
pub(super) const COMMON_RECORD_BYTES: usize = 1024 * 1024;

/// Records for one request, in the order of their lines.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) records: Vec<(Place, Record)>,
    bytes: usize,
}

impl Batch {
    /// Takes a record, or gives it back where there is no room.
    pub(super) fn push(&mut self, place: Place, record: Record) -> Result<(), (Place, Record)> {
        let bytes = record.bytes();
        let is_alone = bytes > COMMON_RECORD_BYTES || self.bytes > MAX_BYTES;
        let is_full = self.records.len() == MAX_RECORDS || self.bytes + bytes > MAX_BYTES || is_alone;
        if is_full && !self.records.is_empty() {
            return Err((place, record));
        }
        self.bytes += bytes;
        // Nothing goes beside one that goes alone.
        if is_alone {
            self.bytes = MAX_BYTES;
        }
        self.records.push((place, record));
        Ok(())
    }

    /// Where its first record stands.
    pub(super) fn first(&self) -> Option<Place> {
        self.records.first().map(|(place, _)| place.clone())
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::Batch;
    use crate::put::line::{Place, Record};

    /// How many records each request has.
    fn requests(bytes: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut requests = Vec::new();
        let mut batch = Batch::default();
        for bytes in bytes {
            let (place, record) =
                (Place { file: PathBuf::new(), line: 1 }, Record { key: "k".to_owned(), data: vec![b' '; bytes - 1] });
            if let Err((place, record)) = batch.push(place, record) {
                requests.push(std::mem::take(&mut batch).records.len());
                batch.push(place, record).unwrap();
            }
        }
        requests.push(batch.records.len());
        requests
    }

    #[test]
    fn requests_stay_within_what_kinesis_takes() {
        const KIB: usize = 1024;
        const MIB: usize = 1024 * KIB;
        assert_eq!(requests([100; 1_200]), [500, 500, 200]);
        assert_eq!(requests([MIB; 12]), [5, 5, 2]);
        assert_eq!(requests([MIB, MIB + 1, MIB + 1, 9 * MIB, 10, 10]), [1, 1, 1, 1, 2]);
        assert_eq!(requests([600 * KIB; 20]), [8, 8, 4]);
    }
}
