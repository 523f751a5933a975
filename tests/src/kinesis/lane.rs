//! A reader of a shard: it sends the records in order, and sends nothing after a failed batch before that batch is
//! done.

use std::collections::VecDeque;
use std::sync::Arc;

use super::batch::{Batch, Next};
use super::clock::millis;
use super::destination::{Condition, Discarded};
use super::event::{event, payload_bytes};
use super::journal::Invocation;
use super::reply::verdict;
use super::source::{Context, Drained, Invoke};
use super::stream::{Record, shard_of};

/// The payload limit of an event, and the bytes of it that the list around the records uses.
const PAYLOAD_LIMIT_BYTES: usize = 6 * 1024 * 1024;
const PAYLOAD_FRAME_BYTES: usize = r#"{"Records":[]}"#.len();

#[derive(Debug)]
pub(super) struct Lane {
    shard: usize,
    number: usize,
    /// The first unread record of the shard.
    cursor: usize,
    /// The batches to send before new records are read.
    pending: VecDeque<Batch>,
}

impl Lane {
    pub(super) fn new(shard: usize, number: usize) -> Self {
        Self { shard, number, cursor: 0, pending: VecDeque::new() }
    }

    pub(super) async fn drain<I: Invoke, H: AsyncFn(&Invocation)>(&mut self, context: &Context<'_, I, H>) -> Drained {
        while let Some(batch) = self.pending.pop_front().or_else(|| self.read(context)) {
            let batch = self.discard_head(batch, context);
            if batch.records.is_empty() {
                continue;
            }
            let left = context.invocations_left.get();
            if left == 0 {
                self.pending.push_front(batch);
                return Drained::Limit;
            }
            context.invocations_left.set(left - 1);
            self.send(batch, context).await;
            // Lets the other shards run even if the function never waits.
            tokio::task::yield_now().await;
        }
        Drained::End
    }

    async fn send<I: Invoke, H: AsyncFn(&Invocation)>(&mut self, mut batch: Batch, context: &Context<'_, I, H>) {
        let reply = context.function.invoke(event(context.stream, self.shard, &batch.records)).await;
        let verdict = verdict(&reply, context.source.function_response_types, &batch);
        let invocation = Invocation::new(self.shard, self.number, &batch, reply, verdict);
        context.log.journal.borrow_mut().push(invocation.clone());
        batch.invocations += 1;
        match batch.after(verdict, context.source) {
            Next::Send(batches) if batches.is_empty() => {}
            Next::Send(batches) => {
                for batch in batches.into_iter().rev() {
                    self.pending.push_front(batch);
                }
                (context.before_retry)(&invocation).await;
            }
            Next::Discard(batch) => {
                self.discard(&batch, Condition::RetryAttemptsExhausted, Some(&invocation), context);
            }
        }
    }

    /// Reads the next records of this lane, as many as the batch size and the payload limit allow.
    fn read<I, H>(&mut self, context: &Context<'_, I, H>) -> Option<Batch> {
        let shard = context.stream.records(self.shard);
        let mut records: Vec<Arc<Record>> = Vec::new();
        let mut bytes = PAYLOAD_FRAME_BYTES;
        while let Some(record) = shard.get(self.cursor) {
            if shard_of(&record.partition_key, context.source.parallelization_factor) == self.number {
                bytes += payload_bytes(context.stream, self.shard, record);
                let full = records.len() == context.source.batch_size || bytes > PAYLOAD_LIMIT_BYTES;
                if full && !records.is_empty() {
                    break;
                }
                records.push(Arc::clone(record));
            }
            self.cursor += 1;
        }
        (!records.is_empty()).then(|| Batch::new(records))
    }

    /// Discards the records at the head of the batch that are too old, and records that are too large for an event.
    fn discard_head<I, H>(&self, batch: Batch, context: &Context<'_, I, H>) -> Batch {
        let now_ms = context.stream.clock().now_ms();
        let expired = |record: &Record| {
            let age_limit = context.source.maximum_record_age;
            age_limit.is_some_and(|limit| now_ms - record.arrived_ms > millis(limit))
        };
        let (old, batch) = batch.split_head(expired);
        if !old.records.is_empty() {
            self.discard(&old, Condition::RecordAgeExceeded, None, context);
        }
        let oversize = |record: &Record| {
            payload_bytes(context.stream, self.shard, record) + PAYLOAD_FRAME_BYTES > PAYLOAD_LIMIT_BYTES
        };
        let (large, batch) = batch.split_head(oversize);
        if !large.records.is_empty() {
            self.discard(&large, Condition::PayloadTooLarge, None, context);
        }
        batch
    }

    fn discard<I, H>(
        &self,
        batch: &Batch,
        condition: Condition,
        last: Option<&Invocation>,
        context: &Context<'_, I, H>,
    ) {
        let mut discarded = context.log.discarded.borrow_mut();
        let number = discarded.len();
        discarded.push(Discarded::new(context.stream, self.shard, batch, (condition, last), number));
    }
}
