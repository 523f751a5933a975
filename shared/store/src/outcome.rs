//! Stores a filing: the same for what Kinesis delivers and for what is brought back.

use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use record::{DecodedBatch, Positioned};
use tokio::time::timeout;

use crate::{FiledRecords, InsertCounts, InsertError, InsertOutcome, Store, StoreError};

/// What is kept of the time for the journal, when MongoDB is too slow to wait for a part of the records.
const NOTE_MARGIN: Duration = Duration::from_millis(300);

/// What became of a filing, or of several that are parts of a batch.
#[derive(Debug, Default)]
pub struct StoreOutcome {
    /// What became of the log records.
    pub records: InsertCounts,
    /// The position of the first delivery that is not filed for certain; `None` if all of them are.
    pub first_failed: Option<usize>,
    /// What went wrong.
    pub failures: Vec<Failure>,
    /// What is stored of the deliveries before the first that failed. Those from there on come again.
    filed: FiledRecords,
    /// The position of the first delivery of which log records came.
    first: Option<usize>,
}

/// Why a part of a filing is not filed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// MongoDB did not take it.
    #[error("MongoDB did not take a part of the batch")]
    Store(#[source] InsertError),
    /// MongoDB did not answer in time.
    #[error("MongoDB took longer than {} ms for a part of the batch", time_left.as_millis())]
    TooSlow {
        /// The time there was.
        time_left: Duration,
    },
    /// The journal of filing did not take it.
    #[error("MongoDB did not take an entry of the journal")]
    Note(#[source] StoreError),
}

impl Store {
    /// Stores everything and notes it in the journal, in at most `time_left`. Doing so again stores nothing twice.
    pub async fn file(&self, batch: &DecodedBatch, time_left: Duration) -> StoreOutcome {
        let give_up = Instant::now() + time_left;
        let mut settled = self.store_part(batch, give_up).await;
        settled.note(self, give_up).await;
        settled
    }

    /// Stores everything, and leaves some of the time until `give_up` for the journal.
    pub async fn store_part(&self, batch: &DecodedBatch, give_up: Instant) -> StoreOutcome {
        let time_left = until(give_up).saturating_sub(NOTE_MARGIN);
        let days = batch.days.iter().map(|(day, pile)| in_time(pile, time_left, self.insert(*day, &pile.items)));
        let set_aside = in_time(&batch.set_aside, time_left, self.quarantine(&batch.set_aside.items));
        let (days, set_aside) = join(join_all(days), set_aside).await;
        let records = days.iter().map(|day| day.stored.inserted).sum();
        let stopped_at = |pile: &Outcome| pile.failed.as_ref().and_then(|(first, _)| *first);
        let filed = filed(batch, &days, days.iter().chain([&set_aside]).filter_map(stopped_at).min());
        let first = batch.days.values().filter_map(|pile| pile.deliveries.first().copied()).min();
        let not_stored = days.into_iter().chain([set_aside]).filter_map(|pile| pile.failed);
        let (first_failed, failures): (Vec<_>, Vec<_>) = not_stored.unzip();
        StoreOutcome { records, first_failed: first_failed.into_iter().flatten().min(), failures, filed, first }
    }
}

/// What is stored of the deliveries before the position `end`.
fn filed(batch: &DecodedBatch, days: &[Outcome], end: Option<usize>) -> FiledRecords {
    let mut filed = FiledRecords::default();
    for ((day, pile), outcome) in batch.days.iter().zip(days) {
        let count = end.map_or(pile.items.len(), |end| pile.deliveries.partition_point(|delivery| *delivery < end));
        filed.add(*day, pile.items.get(..count).unwrap_or_default(), &outcome.stored);
    }
    filed
}

impl StoreOutcome {
    /// Adds what became of the deliveries that follow.
    pub fn add(&mut self, next: Self) {
        self.records = [self.records, next.records].into_iter().sum();
        self.failures.extend(next.failures);
        if self.first_failed.is_none() {
            self.filed.append(next.filed);
            self.first_failed = next.first_failed;
        }
        self.first = self.first.or(next.first);
    }

    /// Notes in the journal what is stored. Records that are stored and not noted are delivered again: they are duplicates
    /// then, and are noted. Not where the journal is refused for good, which would block the shard.
    pub async fn note(&mut self, store: &Store, give_up: Instant) {
        let time_left = until(give_up);
        let failure = match timeout(time_left, store.note_filed(&self.filed)).await {
            Ok(Ok(())) => return,
            Ok(Err(refused @ StoreError::JournalRefused(_))) => return self.failures.push(Failure::Note(refused)),
            Ok(Err(failure)) => Failure::Note(failure),
            Err(_) => Failure::TooSlow { time_left },
        };
        self.failures.push(failure);
        self.first_failed = [self.first, self.first_failed].into_iter().flatten().min();
    }
}

fn until(give_up: Instant) -> Duration {
    give_up.saturating_duration_since(Instant::now())
}

/// What became of a pile.
struct Outcome {
    stored: InsertOutcome,
    failed: Option<Failed>,
}

/// The position of the first delivery that is to come again, if any is, and why.
type Failed = (Option<usize>, Failure);

async fn in_time<T>(
    pile: &Positioned<T>,
    time_left: Duration,
    storing: impl Future<Output = Result<InsertOutcome, InsertError>>,
) -> Outcome {
    let (known_stored, failure) = match timeout(time_left, storing).await {
        Ok(Ok(stored)) => return Outcome { stored, failed: None },
        Ok(Err(failure)) => (failure.known_stored, Failure::Store(failure)),
        Err(_) => (0, Failure::TooSlow { time_left }),
    };
    Outcome {
        stored: InsertOutcome::all(known_stored),
        failed: Some((pile.deliveries.get(known_stored).copied(), failure)),
    }
}
