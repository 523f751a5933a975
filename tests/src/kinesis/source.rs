//! The event source mapping: what a template configures, and what runs it.

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

/// What an invocation brings.
pub type Reply = Result<Value, FunctionError>;

/// Something to be invoked: the real function, or a script in a test of the simulator.
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
    /// The batch is sent again as it is.
    Retry,
    /// The batch is split in two.
    Bisect,
}

/// `FunctionResponseTypes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionResponseTypes {
    /// A reply without an error is a success, whatever it says.
    None,
    /// The reply names the records that failed.
    ReportBatchItemFailures,
}

/// An event source mapping's parameters; the defaults are AWS's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSource {
    /// `BatchSize`: the most records in a batch.
    pub batch_size: usize,
    /// `ParallelizationFactor`: batches of one shard at a time.
    pub parallelization_factor: usize,
    /// `BisectBatchOnFunctionError`.
    pub on_function_error: OnFunctionError,
    /// `MaximumRetryAttempts`; without end if absent.
    pub maximum_retry_attempts: Option<u32>,
    /// `MaximumRecordAgeInSeconds`; without end if absent.
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
    /// AWS's defaults with `ReportBatchItemFailures`, which the ingest function is made for.
    #[must_use]
    pub fn reporting() -> Self {
        Self { function_response_types: FunctionResponseTypes::ReportBatchItemFailures, ..Self::default() }
    }

    /// A mapping that starts at the oldest record (`TRIM_HORIZON`); another one delivers everything once more.
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

/// How many invocations a drain makes before it gives up, unless told otherwise.
const DEFAULT_INVOCATIONS_LIMIT: usize = 200;

/// How a drain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Drained {
    /// Every shard is at its end.
    End,
    /// The limit of invocations was reached before.
    Limit,
}

/// What happened so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) journal: RefCell<Vec<Invocation>>,
    pub(super) discarded: RefCell<Vec<Discarded>>,
}

/// A mapping at work.
#[derive(Debug)]
pub struct Mapping<'a> {
    stream: &'a Stream,
    source: EventSource,
    lanes: Vec<Lane>,
    invocations_limit: usize,
    log: Log,
}

/// What every lane needs.
pub(super) struct Context<'a, I, H> {
    pub(super) stream: &'a Stream,
    pub(super) source: &'a EventSource,
    pub(super) log: &'a Log,
    pub(super) function: &'a I,
    pub(super) before_retry: &'a H,
    pub(super) invocations_left: Cell<usize>,
}

impl Mapping<'_> {
    /// The most invocations of each drain that follows.
    #[must_use]
    pub fn with_invocations_limit(mut self, limit: usize) -> Self {
        self.invocations_limit = limit;
        self
    }

    /// Everything it did so far; of parallel lanes, in the order of completion.
    #[must_use]
    pub fn journal(&self) -> Vec<Invocation> {
        self.log.journal.borrow().clone()
    }

    /// What was written to the on-failure destination.
    #[must_use]
    pub fn discarded(&self) -> Vec<Discarded> {
        self.log.discarded.borrow().clone()
    }

    /// Sends what is on the stream, until every shard is at its end. Goes on where the last drain stopped.
    pub async fn drain(&mut self, function: &impl Invoke) -> Drained {
        self.drain_with(function, async |_: &Invocation| {}).await
    }

    /// The same, with something to do before each retry: the failed invocation is given.
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
