//! Kinesis and its event source mappings, as AWS documents them, without AWS.
//!
//! What is documented and followed here:
//! - batches: <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html> (one shard a batch, in order, until
//!   the batch size or the 6 MB payload limit; with a parallelization factor, in order per partition key)
//! - replies: <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html>
//! - retries, bisecting, discarded records: <https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html>
//!   ("Splitting batches doesn't consume the retry quota")
//! - parameters: <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html>
//! - shards and hash keys: <https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html>
//!
//! What AWS leaves open is taken in the way that is harder on a function: a retry counter is not reset by progress
//! within a batch, a batch is not filled up again after a partial success, and a batch that runs out of attempts is
//! discarded whole.
//!
//! Time is a [`Clock`] that tests move, so nothing waits and every run is the same.

mod batch;
mod clock;
mod destination;
mod event;
mod journal;
mod lane;
mod reply;
mod source;
mod stream;
#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use destination::Discarded;
pub use event::{event, payload_bytes};
pub use journal::Invocation;
pub use reply::Verdict;
pub use source::{Drained, EventSource, FunctionResponseTypes, Invoke, Mapping, OnFunctionError, Reply};
pub use stream::{Record, SequenceNumber, Stream};
