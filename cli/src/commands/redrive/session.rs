//! What every source of payloads needs: the store, the rules, and how a decoded batch is filed.

use std::collections::HashSet;
use std::time::Duration;

use bson::oid::ObjectId;
use decode::KinesisBatch;
use record::{DecodedBatch, LogRecord, REFUSED_BY_MONGODB, Rules};
use store::{InsertCounts, Store, StoreOutcome};

use super::mode::Mode;
use super::summary::RedriveSummary;
use crate::error::Error;
use crate::interrupt::Interrupt;

/// The longest time that MongoDB can take for a batch.
const BATCH_TIMEOUT: Duration = Duration::from_mins(2);

/// One run of the command.
pub(super) struct Session {
    pub(super) store: Store,
    pub(super) rules: Rules,
    pub(super) mode: Mode,
    /// The maximum number of payloads, objects or batches.
    pub(super) limit: u64,
    pub(super) interrupt: Interrupt,
}

/// The outcome of a decoded batch.
pub(super) struct Filed {
    pub(super) records: InsertCounts,
    /// The positions of the payloads whose records MongoDB refused, once for each record.
    pub(super) refused: Vec<usize>,
}

impl Session {
    /// Files a batch as the function does: part by part, since a whole one can be larger than the memory.
    pub(super) async fn file_parts(&self, batch: &KinesisBatch, summary: &mut RedriveSummary) -> Result<(), Error> {
        for part in decode::parts(batch, &self.rules, || false) {
            let Filed { records, refused } = self.file(&part.decoded).await?;
            summary.add_records(records);
            summary.add_set_aside(REFUSED_BY_MONGODB, refused.len());
            for (reason, count) in &part.decoded.reasons {
                summary.add_set_aside(reason, *count);
            }
        }
        Ok(())
    }

    /// Stores a decoded batch completely. In a dry run, counts what would be stored.
    pub(super) async fn file(&self, decoded: &DecodedBatch) -> Result<Filed, Error> {
        match self.mode {
            Mode::DryRun => self.preview(decoded).await.map(|records| Filed { records, refused: Vec::new() }),
            Mode::Write => {
                let StoreOutcome { records, refused, first_failed, failures, .. } =
                    self.store.file(decoded, BATCH_TIMEOUT).await;
                let failure = first_failed.and_then(|_| failures.into_iter().next());
                failure.map_or(Ok(Filed { records, refused }), |failure| Err(Error::StoreBatch(failure)))
            }
        }
    }

    async fn preview(&self, decoded: &DecodedBatch) -> Result<InsertCounts, Error> {
        let mut counts = InsertCounts::default();
        for (day, records) in &decoded.days {
            let ids: Vec<ObjectId> = records.items.iter().map(LogRecord::id).collect();
            let stored = self.store.records_with(*day, ids.clone()).await.map_err(Error::Lookup)?;
            let mut known: HashSet<ObjectId> = stored.iter().map(LogRecord::id).collect();
            let new = ids.iter().filter(|id| known.insert(**id)).count();
            counts.stored += new;
            counts.duplicates += ids.len() - new;
        }
        Ok(counts)
    }
}
