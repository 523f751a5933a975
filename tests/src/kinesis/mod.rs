//! A simulator of Kinesis and its event source mappings, as AWS documents them.
//!
//! It follows these pages:
//! - batches: <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html> (records of one shard, in order, up to the
//!   batch size or the 6 MB payload limit; with a parallelization factor, in order for each partition key)
//! - replies: <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html>
//! - retries, bisecting, discarded records: <https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html>
//!   ("Splitting batches doesn't consume the retry quota")
//! - parameters: <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html>
//! - shards and hash keys: <https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html>
//!
//! Where AWS's documentation is open, the simulator does what is harder for a function: progress within a batch does
//! not reset the retry counter, a batch is not refilled after a partial success, and a batch without attempts left is
//! discarded whole.
//!
//! Tests move the [`Clock`], so nothing waits and every run is the same.

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
