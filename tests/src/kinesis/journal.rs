//! The journal of an event source, for assertions.

use super::batch::Batch;
use super::reply::Verdict;
use super::source::Reply;
use super::stream::SequenceNumber;

/// An invocation and its outcome.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The shard's number.
    pub shard: usize,
    /// The number of the parallel reader; 0 without a parallelization factor.
    pub lane: usize,
    /// The first record sent.
    pub first: SequenceNumber,
    /// The last record sent.
    pub last: SequenceNumber,
    /// The number of records sent.
    pub records: usize,
    /// The retries counted before this invocation.
    pub retries: u32,
    /// The reply.
    pub reply: Reply,
    /// What the reply means.
    pub verdict: Verdict,
}

impl Invocation {
    pub(super) fn new(shard: usize, lane: usize, batch: &Batch, reply: Reply, verdict: Verdict) -> Self {
        let (Some(first), Some(last)) = (batch.records.first(), batch.records.last()) else {
            unreachable!("a batch that is sent has records");
        };
        Self {
            shard,
            lane,
            first: first.sequence_number.clone(),
            last: last.sequence_number.clone(),
            records: batch.records.len(),
            retries: batch.retries,
            reply,
            verdict,
        }
    }
}
