//! Stores a filing: the same for what Kinesis delivers and for what is brought back.

use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use shared::store::{Filed, InsertError, Inserted, Store, StoreError, Stored};
use tokio::time::timeout;

use crate::filing::{Filing, Pile};

/// What is kept of the time for the journal, when MongoDB is too slow to wait for a part of the records.
const NOTE_MARGIN: Duration = Duration::from_millis(300);

/// What became of a filing.
#[derive(Debug)]
pub struct Settled {
    /// What became of the log records.
    pub records: Inserted,
    /// The position of the first delivery that is not filed for certain; `None` if all of them are.
    pub first_failed: Option<usize>,
    /// What went wrong.
    pub failures: Vec<Failure>,
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

impl Filing {
    /// Stores everything and notes it in the journal, in at most `time_left`. Doing so again stores nothing twice.
    pub async fn settle(&self, store: &Store, time_left: Duration) -> Settled {
        let give_up = Instant::now() + time_left;
        let time_to_store = time_left.saturating_sub(NOTE_MARGIN);
        let days = self.days.iter().map(|(day, pile)| settle(pile, time_to_store, store.insert(*day, &pile.items)));
        let set_aside = settle(&self.set_aside, time_to_store, store.quarantine(&self.set_aside.items));
        let (days, set_aside) = join(join_all(days), set_aside).await;
        let records = days.iter().map(|day| day.stored.inserted).sum();
        let stopped_at = |part: &Part| part.failed.as_ref().and_then(|(first, _)| *first);
        let filed = self.filed(&days, days.iter().chain([&set_aside]).filter_map(stopped_at).min());
        let noted = self.note(store, &filed, give_up.saturating_duration_since(Instant::now())).await;
        let parts = days.into_iter().chain([set_aside]).filter_map(|part| part.failed);
        let (first_failed, failures): (Vec<_>, Vec<_>) = parts.chain(noted.err()).unzip();
        Settled { records, first_failed: first_failed.into_iter().flatten().min(), failures }
    }

    /// What is stored of the deliveries before the position `end`. Those from there on come again.
    fn filed(&self, parts: &[Part], end: Option<usize>) -> Filed {
        let mut filed = Filed::default();
        for ((day, pile), part) in self.days.iter().zip(parts) {
            let count = end.map_or(pile.items.len(), |end| pile.deliveries.partition_point(|delivery| *delivery < end));
            filed.add(*day, pile.items.get(..count).unwrap_or_default(), &part.stored);
        }
        filed
    }

    /// Records that are stored and not noted are delivered again: they are duplicates then, and are noted. Not where the
    /// journal is refused for good, which would block the shard.
    async fn note(&self, store: &Store, filed: &Filed, time_left: Duration) -> Result<(), Failed> {
        let first = self.days.values().filter_map(|pile| pile.deliveries.first().copied()).min();
        match timeout(time_left, store.note_filed(filed)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refused @ StoreError::JournalRefused(_))) => Err((None, Failure::Note(refused))),
            Ok(Err(failure)) => Err((first, Failure::Note(failure))),
            Err(_) => Err((first, Failure::TooSlow { time_left })),
        }
    }
}

/// What became of a pile.
struct Part {
    stored: Stored,
    failed: Option<Failed>,
}

/// The position of the first delivery that is to come again, if any is, and why.
type Failed = (Option<usize>, Failure);

async fn settle<T>(
    pile: &Pile<T>,
    time_left: Duration,
    storing: impl Future<Output = Result<Stored, InsertError>>,
) -> Part {
    let (known_stored, failure) = match timeout(time_left, storing).await {
        Ok(Ok(stored)) => return Part { stored, failed: None },
        Ok(Err(failure)) => (failure.known_stored, Failure::Store(failure)),
        Err(_) => (0, Failure::TooSlow { time_left }),
    };
    Part { stored: Stored::all(known_stored), failed: Some((pile.deliveries.get(known_stored).copied(), failure)) }
}
