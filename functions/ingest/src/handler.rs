//! One invocation: files a batch and tells Lambda from where to deliver it again, if at all.

use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::event::streams::KinesisEventResponse;
use shared::telemetry;
use tracing::error;

use crate::context::Context;
use crate::event::Batch;
use crate::filing::Filing;
use crate::summary::Summary;

/// What is kept of an invocation's time for the reply, when MongoDB is too slow to wait for.
const REPLY_MARGIN: Duration = Duration::from_millis(1_500);

/// Files a batch. The reply names the first Kinesis record that is not filed for certain: Lambda delivers again from
/// there on. It never fails as a whole, since then everything would be delivered again.
pub async fn handle(context: &Context, batch: &Batch, deadline: SystemTime) -> KinesisEventResponse {
    let time_left = deadline.duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(REPLY_MARGIN);
    let give_up = Instant::now() + time_left;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let first = batch.deliveries.first();
    let mut summary = Summary {
        stream: first.map(|delivery| delivery.stream.clone()).unwrap_or_default(),
        deliveries: batch.deliveries.len(),
        bytes: batch.payload_bytes(),
        iterator_age: first.map(|first| first.arrived.until(now)).unwrap_or_default(),
        ..Summary::default()
    };
    let (mut from, mut first_failed) = (0, None);
    while from < batch.deliveries.len() && first_failed.is_none() {
        let started = Instant::now();
        let (filing, next) = Filing::part(batch, from, &context.rules);
        let decoded = Instant::now();
        let settled = filing.settle(&context.store, give_up.saturating_duration_since(decoded)).await;
        for failure in &settled.failures {
            error!(error = telemetry::chain(failure), "filing a part of the batch failed");
        }
        summary.add(&filing, settled.records, decoded - started, decoded.elapsed());
        (from, first_failed) = (next, settled.first_failed);
    }
    summary.to_be_delivered_again = first_failed.map_or(0, |first| batch.deliveries.len() - first);
    println!("{}", summary.line(u64::try_from(now.as_millis()).unwrap_or(u64::MAX)));
    reply(batch, first_failed)
}

fn reply(batch: &Batch, first_failed: Option<usize>) -> KinesisEventResponse {
    let mut reply = KinesisEventResponse::default();
    if let Some(delivery) = first_failed.and_then(|first| batch.deliveries.get(first)) {
        reply.add_failure(&delivery.sequence_number);
    }
    reply
}
