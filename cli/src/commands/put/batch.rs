//! The records of one `PutRecords` request, within the limits of Kinesis.

use send::limits::{MAX_RECORD_BYTES, MAX_REQUEST_BYTES, MAX_REQUEST_RECORDS};

use super::lines::LinePosition;
use super::record::Record;

/// The records of one request, in the order of their lines.
#[derive(Debug, Default)]
pub(super) struct PutBatch {
    pub(super) records: Vec<(LinePosition, Record)>,
    bytes: usize,
}

impl PutBatch {
    /// Adds a record, or returns it if there is no room. An empty batch takes any record.
    pub(super) fn push(&mut self, position: LinePosition, record: Record) -> Result<(), (LinePosition, Record)> {
        let bytes = record.bytes();
        // What not every stream allows gets a request of its own, so that a refusal concerns it alone.
        let is_alone = bytes > MAX_RECORD_BYTES || self.bytes > MAX_REQUEST_BYTES;
        let is_full = self.records.len() == MAX_REQUEST_RECORDS || self.bytes + bytes > MAX_REQUEST_BYTES || is_alone;
        if is_full && !self.records.is_empty() {
            return Err((position, record));
        }
        self.bytes += bytes;
        // Leaves no room beside a large record.
        if is_alone {
            self.bytes = MAX_REQUEST_BYTES;
        }
        self.records.push((position, record));
        Ok(())
    }

    /// Returns the position of the first record.
    pub(super) fn first(&self) -> Option<LinePosition> {
        self.records.first().map(|(position, _)| position.clone())
    }

    /// Returns whether the batch has no records.
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::PutBatch;
    use crate::commands::put::lines::LinePosition;
    use crate::commands::put::record::Record;

    /// Returns the number of records of each request.
    fn requests(bytes: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut requests = Vec::new();
        let mut batch = PutBatch::default();
        for bytes in bytes {
            let position = LinePosition { file: PathBuf::new(), line: 1 };
            let record = Record { key: "k".to_owned(), data: vec![b' '; bytes - 1] };
            if let Err((position, record)) = batch.push(position, record) {
                requests.push(std::mem::take(&mut batch).records.len());
                batch.push(position, record).unwrap();
            }
        }
        requests.push(batch.records.len());
        requests
    }

    #[test]
    fn requests_stay_within_the_limits_of_kinesis() {
        const KIB: usize = 1024;
        const MIB: usize = 1024 * KIB;
        assert_eq!(requests([100; 1_200]), [500, 500, 200]);
        assert_eq!(requests([MIB; 12]), [5, 5, 2]);
        assert_eq!(requests([MIB, MIB + 1, MIB + 1, 9 * MIB, 10, 10]), [1, 1, 1, 1, 2]);
        assert_eq!(requests([600 * KIB; 20]), [8, 8, 4]);
    }
}
