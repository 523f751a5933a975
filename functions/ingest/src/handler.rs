//! One invocation: files a batch and tells Lambda from where to deliver it again, if at all.

use std::pin::pin;
use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::event::streams::KinesisEventResponse;
use decode::{KinesisBatch, is_large, parts};
use futures_util::{Stream, StreamExt as _, stream};
use record::{DecodedBatch, Rules};
use runtime::telemetry;
use store::StoreOutcome;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::yield_now;
use tracing::error;

use crate::context::Context;
use crate::metrics::Metrics;

/// What is kept of an invocation's time for the reply, when MongoDB is too slow to wait for.
const REPLY_MARGIN: Duration = Duration::from_millis(1_500);
/// How many parts of a batch there is room for: one is decoded while another is written.
const PARTS_AT_ONCE: usize = 2;

/// Files a batch. The reply names the first Kinesis record that is not filed for certain: Lambda delivers again from
/// there on. It never fails as a whole, since then everything would be delivered again.
pub async fn handle(context: &Context, batch: &KinesisBatch, deadline: SystemTime) -> KinesisEventResponse {
    let started = Instant::now();
    let time_left = deadline.duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(REPLY_MARGIN);
    let give_up = started + time_left;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let first = batch.deliveries.first();
    let mut metrics = Metrics {
        stream: first.map(|delivery| delivery.stream.to_string()).unwrap_or_default(),
        deliveries: batch.deliveries.len(),
        bytes: batch.payload_bytes(),
        iterator_age: first.map(|first| first.arrived.until(now)).unwrap_or_default(),
        ..Metrics::default()
    };
    let room = Semaphore::new(PARTS_AT_ONCE);
    let stored = decoded(batch, &context.rules, &room).map(async |part: Part<'_>| {
        let settled = context.store.store_part(&part.batch, give_up).await;
        (part, settled)
    });
    let mut stored = pin!(stored.buffered(PARTS_AT_ONCE));
    let mut settled = StoreOutcome::default();
    while settled.first_failed.is_none()
        && let Some((part, outcome)) = stored.next().await
    {
        metrics.add(&part.batch, part.decode);
        settled.add(outcome);
    }
    settled.write_journal(&context.store, give_up).await;
    for failure in &settled.failures {
        error!(error = telemetry::chain(failure), "filing the batch did not go as it should");
    }
    metrics.records = settled.records;
    metrics.conflicting = settled.conflicting;
    metrics.add_refused(settled.refused.len());
    metrics.write = started.elapsed().saturating_sub(metrics.decode);
    metrics.to_be_delivered_again = settled.first_failed.map_or(0, |first| batch.deliveries.len() - first);
    println!("{}", metrics.line(u64::try_from(now.as_millis()).unwrap_or(u64::MAX)));
    reply(batch, settled.first_failed)
}

/// A part of a batch, decoded.
struct Part<'r> {
    batch: DecodedBatch,
    /// What decoding it took.
    decode: Duration,
    /// What it takes of the room until it is stored.
    _room: SemaphorePermit<'r>,
}

/// Decodes a batch part by part, as long as there is room for another.
fn decoded<'r>(batch: &KinesisBatch, rules: &Rules, room: &'r Semaphore) -> impl Stream<Item = Part<'r>> {
    stream::unfold(parts(batch, rules), async move |mut parts| {
        // The part before is sent first.
        yield_now().await;
        let mut permit = room.acquire().await.ok()?;
        let started = Instant::now();
        let part = parts.next()?;
        let decode = started.elapsed();
        if is_large(&part) {
            // The memory is not there for another beside it.
            permit.merge(room.acquire().await.ok()?);
        }
        Some((Part { batch: part, decode, _room: permit }, parts))
    })
}

fn reply(batch: &KinesisBatch, first_failed: Option<usize>) -> KinesisEventResponse {
    let mut reply = KinesisEventResponse::default();
    if let Some(delivery) = first_failed.and_then(|first| batch.deliveries.get(first)) {
        reply.add_failure(&delivery.sequence_number);
    }
    reply
}
