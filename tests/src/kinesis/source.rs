//! The event source mapping: its parameters, and its run.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;

use super::destination::Discarded;
use super::journal::Invocation;
use super::lane::Lane;
use super::stream::Stream;
use crate::runtime_api::FunctionError;

/// The result of an invocation.
pub type Reply = Result<Value, FunctionError>;

/// A function to invoke: the real one, or a script in a test of the simulator.
pub trait Invoke {
    /// Handles one event.
    fn invoke(&self, event: Value) -> impl Future<Output = Reply>;
}

impl<F: Fn(Value) -> Reply> Invoke for F {
    async fn invoke(&self, event: Value) -> Reply {
        self(event)
    }
}

/// `BisectBatchOnFunctionError`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFunctionError {
    /// Sends the batch again unchanged.
    Retry,
    /// Splits the batch in two.
    Bisect,
}

/// `FunctionResponseTypes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionResponseTypes {
    /// Any reply without an error is a success.
    None,
    /// The reply names the records that failed.
    ReportBatchItemFailures,
}

/// The parameters of an event source mapping, with AWS's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSource {
    /// `BatchSize`: the maximum records in a batch.
    pub batch_size: usize,
    /// `ParallelizationFactor`: the concurrent batches of a shard.
    pub parallelization_factor: usize,
    /// `BisectBatchOnFunctionError`.
    pub on_function_error: OnFunctionError,
    /// `MaximumRetryAttempts`; none for no limit.
    pub maximum_retry_attempts: Option<u32>,
    /// `MaximumRecordAgeInSeconds`; none for no limit.
    pub maximum_record_age: Option<Duration>,
    /// `FunctionResponseTypes`.
    pub function_response_types: FunctionResponseTypes,
}

impl Default for EventSource {
    fn default() -> Self {
        Self {
            batch_size: 100,
            parallelization_factor: 1,
            on_function_error: OnFunctionError::Retry,
            maximum_retry_attempts: None,
            maximum_record_age: None,
            function_response_types: FunctionResponseTypes::None,
        }
    }
}

impl EventSource {
    /// Returns AWS's defaults with `ReportBatchItemFailures`, which the ingest function uses.
    #[must_use]
    pub fn reporting() -> Self {
        Self { function_response_types: FunctionResponseTypes::ReportBatchItemFailures, ..Self::default() }
    }

    /// Creates a mapping that starts at the oldest record (`TRIM_HORIZON`). A second mapping delivers all records
    /// again.
    #[must_use]
    pub fn connect(self, stream: &Stream) -> Mapping<'_> {
        let factor = self.parallelization_factor;
        let lanes = (0..stream.shard_count()).flat_map(|shard| (0..factor).map(move |lane| Lane::new(shard, lane)));
        Mapping {
            stream,
            lanes: lanes.collect(),
            source: self,
            invocations_limit: DEFAULT_INVOCATIONS_LIMIT,
            log: Log::default(),
        }
    }
}

/// The default for the maximum invocations of a drain.
const DEFAULT_INVOCATIONS_LIMIT: usize = 200;

/// The end of a drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Drained {
    /// All records of every shard were delivered.
    End,
    /// The maximum of invocations was reached.
    Limit,
}

/// The journal and the discarded batches so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) journal: RefCell<Vec<Invocation>>,
    pub(super) discarded: RefCell<Vec<Discarded>>,
}

/// A running mapping.
#[derive(Debug)]
pub struct Mapping<'a> {
    stream: &'a Stream,
    source: EventSource,
    lanes: Vec<Lane>,
    invocations_limit: usize,
    log: Log,
}

/// What the lanes share.
pub(super) struct Context<'a, I, H> {
    pub(super) stream: &'a Stream,
    pub(super) source: &'a EventSource,
    pub(super) log: &'a Log,
    pub(super) function: &'a I,
    pub(super) before_retry: &'a H,
    pub(super) invocations_left: Cell<usize>,
}

impl Mapping<'_> {
    /// Sets the maximum invocations of each following drain.
    #[must_use]
    pub fn with_invocations_limit(mut self, limit: usize) -> Self {
        self.invocations_limit = limit;
        self
    }

    /// Returns the journal so far. Parallel lanes are in the order of completion.
    #[must_use]
    pub fn journal(&self) -> Vec<Invocation> {
        self.log.journal.borrow().clone()
    }

    /// Returns the objects in the on-failure destination.
    #[must_use]
    pub fn discarded(&self) -> Vec<Discarded> {
        self.log.discarded.borrow().clone()
    }

    /// Delivers the records on the stream, from where the last drain stopped to the end of every shard.
    pub async fn drain(&mut self, function: &impl Invoke) -> Drained {
        self.drain_with(function, async |_: &Invocation| {}).await
    }

    /// Drains like [`Mapping::drain`], and calls a function with the failed invocation before each retry.
    pub async fn drain_with(&mut self, function: &impl Invoke, before_retry: impl AsyncFn(&Invocation)) -> Drained {
        let context = Context {
            stream: self.stream,
            source: &self.source,
            log: &self.log,
            function,
            before_retry: &before_retry,
            invocations_left: Cell::new(self.invocations_limit),
        };
        let ends = join_all(self.lanes.iter_mut().map(|lane| lane.drain(&context))).await;
        if ends.contains(&Drained::Limit) { Drained::Limit } else { Drained::End }
    }
}
