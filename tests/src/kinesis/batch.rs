//! A batch, and what follows after an invocation.

use std::sync::Arc;

use super::reply::Verdict;
use super::source::{EventSource, OnFunctionError};
use super::stream::Record;

/// Records of a shard that are sent together.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) records: Vec<Arc<Record>>,
    /// The retries that count against the limit.
    pub(super) retries: u32,
    /// How often the records were sent.
    pub(super) invocations: u32,
}

/// What follows an invocation.
#[derive(Debug)]
pub(super) enum Next {
    /// Send these batches, in this order, before new records; none if all is done.
    Send(Vec<Batch>),
    /// Discard the batch: no attempts are left.
    Discard(Batch),
}

impl Batch {
    pub(super) fn new(records: Vec<Arc<Record>>) -> Self {
        Self { records, retries: 0, invocations: 0 }
    }

    /// Returns the position of a sequence number in the batch.
    pub(super) fn position(&self, sequence_number: &str) -> Option<usize> {
        self.records.iter().position(|record| record.sequence_number.as_str() == sequence_number)
    }

    /// Splits off the leading records for which the condition holds.
    pub(super) fn split_head(mut self, holds: impl Fn(&Record) -> bool) -> (Self, Self) {
        let length = self.records.iter().take_while(|record| holds(record)).count();
        let tail = Self { records: self.records.split_off(length), ..self };
        (self, tail)
    }

    /// Returns what follows an invocation. With bisecting, a failed batch is split at the reported record, or in half,
    /// and no retry is counted. A batch that cannot be split is retried as a whole, and the retry counts.
    pub(super) fn after(mut self, verdict: Verdict, source: &EventSource) -> Next {
        let bisects = source.on_function_error == OnFunctionError::Bisect;
        match verdict {
            Verdict::Complete => Next::Send(Vec::new()),
            Verdict::From(position) if position > 0 => {
                self.records.drain(..position);
                if bisects { Next::Send(vec![self]) } else { self.retry(source) }
            }
            Verdict::Failed if bisects && self.records.len() > 1 => {
                let second = Self { records: self.records.split_off(self.records.len() / 2), ..self };
                Next::Send(vec![self, second])
            }
            Verdict::From(_) | Verdict::Failed => self.retry(source),
        }
    }

    fn retry(mut self, source: &EventSource) -> Next {
        if source.maximum_retry_attempts.is_some_and(|limit| self.retries >= limit) {
            return Next::Discard(self);
        }
        self.retries += 1;
        Next::Send(vec![self])
    }
}
