//! What all ways of bringing back need: the store, the rules, and how a filing is stored or tried.

use std::collections::HashSet;
use std::time::Duration;

use bson::oid::ObjectId;
use record::{DecodedBatch, LogRecord, Rules};
use store::{InsertCounts, Store};

use crate::error::Error;
use crate::interrupt::Interrupt;

/// How long MongoDB may take for a batch.
const BATCH_TIMEOUT: Duration = Duration::from_mins(2);

/// Whether anything is changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mode {
    /// What is found is stored, and then removed where it was.
    Write,
    /// Nothing is changed.
    DryRun,
}

/// How far it came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ended {
    /// To the end, or the limit.
    AllDone,
    /// To the end of the batch during which it was asked to end.
    Interrupted,
}

/// One run.
pub(super) struct Session {
    pub(super) store: Store,
    pub(super) rules: Rules,
    pub(super) mode: Mode,
    /// How many payloads, objects or batches are looked at.
    pub(super) limit: u64,
    pub(super) interrupt: Interrupt,
}

impl Session {
    /// Stores a filing whole, or finds out what would come of it.
    pub(super) async fn settle(&self, filing: &DecodedBatch) -> Result<InsertCounts, Error> {
        match self.mode {
            Mode::DryRun => self.preview(filing).await,
            Mode::Write => {
                let settled = self.store.file(filing, BATCH_TIMEOUT).await;
                let failure = settled.first_failed.and_then(|_| settled.failures.into_iter().next());
                failure.map_or(Ok(settled.records), |failure| Err(Error::Settle(failure)))
            }
        }
    }

    async fn preview(&self, filing: &DecodedBatch) -> Result<InsertCounts, Error> {
        let mut would = InsertCounts::default();
        for (day, pile) in &filing.days {
            let ids: Vec<ObjectId> = pile.items.iter().map(LogRecord::id).collect();
            let there = self.store.records_with(*day, ids.clone()).await.map_err(Error::Lookup)?;
            let mut there: HashSet<ObjectId> = there.iter().map(LogRecord::id).collect();
            let stored = ids.iter().filter(|id| there.insert(**id)).count();
            would.stored += stored;
            would.duplicates += ids.len() - stored;
        }
        Ok(would)
    }
}
