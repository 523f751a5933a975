//! Stores a filing: the same for what Kinesis delivers and for what is brought back.

use std::time::Duration;

use futures_util::future::{join, join_all};
use shared::store::{InsertError, Inserted, Store};
use tokio::time::timeout;

use crate::filing::{Filing, Pile};

/// What became of a filing.
#[derive(Debug)]
pub struct Settled {
    /// What became of the log records.
    pub records: Inserted,
    /// The position of the first delivery that is not stored for certain; `None` if all of them are.
    pub first_failed: Option<usize>,
    /// Why not.
    pub failures: Vec<Failure>,
}

/// Why a part of a filing is not stored.
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
}

impl Filing {
    /// Stores everything, in at most `time_left`. Storing it again stores nothing twice.
    pub async fn settle(&self, store: &Store, time_left: Duration) -> Settled {
        let days = self.days.iter().map(|(day, pile)| settle(pile, time_left, store.insert(*day, &pile.items)));
        let set_aside = settle(&self.set_aside, time_left, store.quarantine(&self.set_aside.items));
        let (days, set_aside) = join(join_all(days), set_aside).await;
        let records = days.iter().map(|day| day.inserted).sum();
        let failed: Vec<_> = days.into_iter().chain([set_aside]).filter_map(|part| part.failed).collect();
        Settled {
            records,
            first_failed: failed.iter().filter_map(|(first, _)| *first).min(),
            failures: failed.into_iter().map(|(_, failure)| failure).collect(),
        }
    }
}

/// What became of a pile.
struct Part {
    inserted: Inserted,
    /// The position of the first delivery that is not stored for certain, and why.
    failed: Option<(Option<usize>, Failure)>,
}

async fn settle<T>(
    pile: &Pile<T>,
    time_left: Duration,
    storing: impl Future<Output = Result<Inserted, InsertError>>,
) -> Part {
    let (known_stored, failure) = match timeout(time_left, storing).await {
        Ok(Ok(inserted)) => return Part { inserted, failed: None },
        Ok(Err(failure)) => (failure.known_stored, Failure::Store(failure)),
        Err(_) => (0, Failure::TooSlow { time_left }),
    };
    let inserted = Inserted { stored: known_stored, duplicates: 0 };
    Part { inserted, failed: Some((pile.deliveries.get(known_stored).copied(), failure)) }
}
