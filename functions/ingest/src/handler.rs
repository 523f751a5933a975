//! The handler: stores a batch, and replies from which record on Lambda is to deliver it again.

use std::pin::pin;
use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::event::streams::KinesisEventResponse;
use decode::{Delivery, KinesisBatch, Part, parts};
use futures_util::{Stream, StreamExt as _, stream};
use record::Rules;
use runtime::telemetry;
use store::{Failure, ShardPosition, StoreOutcome};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::yield_now;
use tracing::{error, warn};

use crate::context::Context;
use crate::metrics::Metrics;

/// The time that is left for the reply when MongoDB is too slow.
const REPLY_MARGIN: Duration = Duration::from_millis(1_500);
/// An invocation decodes for one half of its time. Storing, and a last payload that takes long, have the other half.
const DECODING_SHARE: u32 = 2;
/// How many parts of a batch fit in memory: one is decoded while another is written.
const PARTS_AT_ONCE: usize = 2;

/// Stores a batch. The reply names the first Kinesis record that is not certainly stored: Lambda delivers again from there
/// on. The invocation never fails, since then Lambda would deliver the whole batch again.
pub async fn handle(context: &Context, batch: &KinesisBatch, deadline: SystemTime) -> KinesisEventResponse {
    let give_up =
        Instant::now() + deadline.duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(REPLY_MARGIN);
    let (mut outcome, mut metrics) = file(context, batch, give_up).await;
    if outcome.failures.iter().any(Failure::is_of_address) && context.store.reopen().await {
        (outcome, metrics) = file(context, batch, give_up).await;
    }
    for failure in &outcome.failures {
        error!(error = telemetry::chain(failure), "a part of the batch was not stored");
    }
    metrics.records = outcome.records;
    metrics.conflicting = outcome.conflicting;
    metrics.add_refused(outcome.refused.len());
    metrics.to_be_delivered_again = outcome.first_failed.map_or(0, |first| batch.deliveries.len() - first);
    println!("{}", metrics.line(u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX)));
    reply(batch, outcome.first_failed)
}

/// Stores a batch as far as it can until `give_up`.
async fn file(context: &Context, batch: &KinesisBatch, give_up: Instant) -> (StoreOutcome, Metrics) {
    let started = Instant::now();
    let time_left = give_up.saturating_duration_since(started);
    let first = batch.deliveries.first();
    let mut metrics = Metrics {
        stream: first.map(|delivery| delivery.stream.to_string()).unwrap_or_default(),
        deliveries: batch.deliveries.len(),
        bytes: batch.payload_bytes(),
        iterator_age: first.map(|first| first.arrived.until(since_epoch())).unwrap_or_default(),
        ..Metrics::default()
    };
    let room = Semaphore::new(PARTS_AT_ONCE);
    let decode_until = started + time_left / DECODING_SHARE;
    let stored = decoded(batch, &context.rules, decode_until, &room).map(async |part: TimedPart<'_>| {
        let outcome = context.store.store_part(&part.part.decoded, give_up).await;
        (part, outcome)
    });
    let mut stored = pin!(stored.buffered(PARTS_AT_ONCE));
    let (mut outcome, mut decoded_to) = (StoreOutcome::default(), 0);
    while outcome.first_failed.is_none()
        && let Some((TimedPart { part, decode, .. }, part_outcome)) = stored.next().await
    {
        metrics.add(&part.decoded, decode);
        outcome.add(part_outcome);
        decoded_to = part.end;
    }
    if outcome.first_failed.is_none() && decoded_to < batch.deliveries.len() {
        let left = batch.deliveries.len() - decoded_to;
        warn!(left, "decoding ran out of time: the rest of the batch is delivered again");
        outcome.first_failed = Some(decoded_to);
    }
    let done = batch.deliveries.iter().take(outcome.first_failed.unwrap_or(decoded_to));
    let reached = done.max_by_key(|delivery| delivery.arrived).map(position);
    outcome.write_journal(&context.store, reached.as_ref(), give_up).await;
    metrics.write = started.elapsed().saturating_sub(metrics.decode);
    (outcome, metrics)
}

fn position(delivery: &Delivery) -> ShardPosition {
    ShardPosition { stream: delivery.stream.to_string(), shard: delivery.shard.to_string(), arrived: delivery.arrived }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// A decoded part of a batch.
struct TimedPart<'r> {
    part: Part,
    /// How long decoding took.
    decode: Duration,
    /// Its place in memory, until it is stored.
    _room: SemaphorePermit<'r>,
}

/// Decodes a batch part by part while there is room for another part, and time.
fn decoded<'r>(
    batch: &KinesisBatch,
    rules: &Rules,
    decode_until: Instant,
    room: &'r Semaphore,
) -> impl Stream<Item = TimedPart<'r>> {
    let is_late = move || Instant::now() >= decode_until;
    stream::unfold(parts(batch, rules, is_late), async move |mut parts| {
        // The previous part is sent first.
        yield_now().await;
        let mut permit = room.acquire().await.ok()?;
        let started = Instant::now();
        let part = parts.next()?;
        let decode = started.elapsed();
        if part.is_large() {
            // There is no memory for another part beside it.
            permit.merge(room.acquire().await.ok()?);
        }
        Some((TimedPart { part, decode, _room: permit }, parts))
    })
}

/// Returns the reply: empty if everything is stored.
fn reply(batch: &KinesisBatch, first_failed: Option<usize>) -> KinesisEventResponse {
    let mut reply = KinesisEventResponse::default();
    if let Some(delivery) = first_failed.and_then(|first| batch.deliveries.get(first)) {
        reply.add_failure(&delivery.sequence_number);
    }
    reply
}
