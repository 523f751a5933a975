//! Stores a decoded batch: the same for what Kinesis delivers and for what is redriven.

use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use record::{DecodedBatch, Positioned, QuarantineEntry};
use tokio::time::timeout;

use crate::{FiledRecords, InsertCounts, InsertError, InsertOutcome, ShardPosition, Store, StoreError};

/// The time that is left for the journal when MongoDB is too slow to store the records.
const JOURNAL_MARGIN: Duration = Duration::from_millis(300);

/// What became of a decoded batch, or of several parts of one.
#[derive(Debug, Default)]
pub struct StoreOutcome {
    /// How many log records are new, and how many were stored before.
    pub records: InsertCounts,
    /// How many of the new ones have the `record_id` of a different stored record.
    pub conflicting: usize,
    /// The positions of the deliveries with records that MongoDB refused for good, once for each record. The records are
    /// in the quarantine.
    pub refused: Vec<usize>,
    /// The position of the first delivery that is not certainly stored; `None` if all of them are.
    pub first_failed: Option<usize>,
    /// What went wrong.
    pub failures: Vec<Failure>,
    /// What is stored of the deliveries before the first failed one. The others are delivered again.
    filed: FiledRecords,
    /// The position of the first delivery that has log records.
    first: Option<usize>,
}

/// Why a part of a batch is not stored.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// MongoDB did not take it.
    #[error("MongoDB did not store a part of the batch")]
    Store(#[source] InsertError),
    /// MongoDB did not answer in time.
    #[error("MongoDB took longer than {} ms for a part of the batch", time_left.as_millis())]
    TooSlow {
        /// The time there was.
        time_left: Duration,
    },
    /// The journal of filing did not take it.
    #[error("MongoDB did not store an entry of the journal")]
    Journal(#[source] StoreError),
}

impl Failure {
    /// Whether another address or password of MongoDB may help.
    #[must_use]
    pub fn is_of_address(&self) -> bool {
        let error = match self {
            Self::Store(InsertError { source, .. }) | Self::Journal(source) => source,
            Self::TooSlow { .. } => return false,
        };
        error.is_of_address()
    }
}

impl Store {
    /// Stores the batch and writes its journal entry, in at most `time_left`. A second call stores nothing twice.
    pub async fn file(&self, batch: &DecodedBatch, time_left: Duration) -> StoreOutcome {
        let give_up = Instant::now() + time_left;
        let mut outcome = self.store_part(batch, give_up).await;
        outcome.write_journal(self, None, give_up).await;
        outcome
    }

    /// Stores a part of a batch, and leaves some of the time until `give_up` for the journal.
    pub async fn store_part(&self, batch: &DecodedBatch, give_up: Instant) -> StoreOutcome {
        let time_left = || until(give_up).saturating_sub(JOURNAL_MARGIN);
        let days = batch.days.iter();
        let days = days.map(|(day, records)| in_time(records, time_left(), self.insert(*day, &records.items)));
        let quarantined = in_time(&batch.quarantined, time_left(), self.quarantine(&batch.quarantined.items));
        let (days, quarantined) = join(join_all(days), quarantined).await;
        let refused = refused(batch, &days);
        let refused_outcome = in_time(&refused, time_left(), self.quarantine(&refused.items)).await;

        let first = batch.days.values().filter_map(|records| records.deliveries.first().copied()).min();
        let all = days.iter().chain([&quarantined, &refused_outcome]);
        let first_failed = all.filter_map(|stored| stored.failed.as_ref()?.delivery).min();
        StoreOutcome {
            records: days.iter().map(|day| day.outcome.inserted).sum(),
            conflicting: days.iter().map(|day| day.outcome.conflicting).sum(),
            filed: filed(batch, &days, first_failed),
            refused: refused.deliveries,
            first_failed,
            failures: days.into_iter().chain([quarantined, refused_outcome]).filter_map(Stored::failure).collect(),
            first,
        }
    }
}

/// Returns the quarantine entries of the records that MongoDB refused for good, in order of delivery.
fn refused(batch: &DecodedBatch, days: &[Stored]) -> Positioned<QuarantineEntry> {
    let mut entries = Vec::new();
    for (records, day) in batch.days.values().zip(days) {
        for (position, detail) in &day.outcome.refused {
            if let (Some(record), Some(delivery)) = (records.items.get(*position), records.deliveries.get(*position)) {
                entries.push((*delivery, QuarantineEntry::of_refused(record, detail)));
            }
        }
    }
    entries.sort_by_key(|(delivery, _)| *delivery);
    let mut refused = Positioned::default();
    for (delivery, entry) in entries {
        refused.push(entry, delivery);
    }
    refused
}

/// Returns what is stored of the deliveries before the position `end`.
fn filed(batch: &DecodedBatch, days: &[Stored], end: Option<usize>) -> FiledRecords {
    let mut filed = FiledRecords::default();
    for ((day, records), stored) in batch.days.iter().zip(days) {
        let all = records.items.len();
        let count = end.map_or(all, |end| records.deliveries.partition_point(|delivery| *delivery < end));
        filed.add(*day, records.items.get(..count).unwrap_or_default(), &stored.outcome);
    }
    filed
}

impl StoreOutcome {
    /// Adds the outcome of the deliveries that follow.
    pub fn add(&mut self, next: Self) {
        self.records = [self.records, next.records].into_iter().sum();
        self.conflicting += next.conflicting;
        self.refused.extend(next.refused);
        self.failures.extend(next.failures);
        if self.first_failed.is_none() {
            self.filed.append(next.filed);
            self.first_failed = next.first_failed;
        }
        self.first = self.first.or(next.first);
    }

    /// Writes the journal entry of what is stored, and how far the shard is filed ([`Store::write_journal`]). If that fails, the records count as not stored: they are delivered
    /// again, are duplicates then, and get into the journal. Not so if the server refuses the journal for good, which
    /// would stop the shard.
    pub async fn write_journal(&mut self, store: &Store, reached: Option<&ShardPosition>, give_up: Instant) {
        let time_left = until(give_up);
        let failure = match timeout(time_left, store.write_journal(&self.filed, reached)).await {
            Ok(Ok(())) => return,
            Ok(Err(refused @ StoreError::JournalRefused(_))) => return self.failures.push(Failure::Journal(refused)),
            Ok(Err(failure)) => Failure::Journal(failure),
            Err(_) => Failure::TooSlow { time_left },
        };
        self.failures.push(failure);
        self.first_failed = [self.first, self.first_failed].into_iter().flatten().min();
    }
}

fn until(give_up: Instant) -> Duration {
    give_up.saturating_duration_since(Instant::now())
}

/// What became of the documents of one collection.
struct Stored {
    outcome: InsertOutcome,
    failed: Option<Failed>,
}

/// Why some documents are not stored.
struct Failed {
    /// The position of the first delivery that is to come again.
    delivery: Option<usize>,
    failure: Failure,
}

impl Stored {
    fn failure(self) -> Option<Failure> {
        self.failed.map(|failed| failed.failure)
    }
}

/// Stores documents in at most `time_left`.
async fn in_time<T>(
    documents: &Positioned<T>,
    time_left: Duration,
    storing: impl Future<Output = Result<InsertOutcome, InsertError>>,
) -> Stored {
    let (known_stored, failure) = match timeout(time_left, storing).await {
        Ok(Ok(outcome)) => return Stored { outcome, failed: None },
        Ok(Err(error)) => (error.known_stored, Failure::Store(error)),
        Err(_) => (0, Failure::TooSlow { time_left }),
    };
    let delivery = documents.deliveries.get(known_stored).copied();
    Stored { outcome: InsertOutcome::all(known_stored), failed: Some(Failed { delivery, failure }) }
}
