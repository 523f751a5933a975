//! One invocation: files a batch and tells Lambda from where to deliver it again, if at all.

use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::event::streams::KinesisEventResponse;
use futures_util::future::{join, join_all};
use shared::store::{InsertError, Inserted};
use shared::telemetry;
use tokio::time::timeout;
use tracing::error;

use crate::context::Context;
use crate::event::Batch;
use crate::filing::{Filing, Pile};
use crate::summary::Summary;

/// What is kept of an invocation's time for the reply, when MongoDB is too slow to wait for.
const REPLY_MARGIN: Duration = Duration::from_millis(1_500);

/// Files a batch. The reply names the first Kinesis record that is not stored for certain: Lambda delivers again from
/// there on. It never fails as a whole, since then everything would be delivered again.
pub async fn handle(context: &Context, batch: &Batch, deadline: SystemTime) -> KinesisEventResponse {
    let started = Instant::now();
    let filing = Filing::of(batch, &context.rules);
    let decoded = Instant::now();

    let time_left = deadline.duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(REPLY_MARGIN);
    let days = filing.days.iter().map(|(day, pile)| settle(pile, time_left, context.store.insert(*day, &pile.items)));
    let set_aside = settle(&filing.set_aside, time_left, context.store.quarantine(&filing.set_aside.items));
    let (days, set_aside) = join(join_all(days), set_aside).await;
    let first_failed = days.iter().chain([&set_aside]).filter_map(|settled| settled.first_failed).min();

    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let first = batch.deliveries.first();
    let summary = Summary {
        stream: first.map(|delivery| delivery.stream.clone()).unwrap_or_default(),
        deliveries: batch.deliveries.len(),
        bytes: batch.payload_bytes(),
        records: days.iter().map(|day| day.inserted).sum(),
        set_aside: filing.reasons,
        ignored: filing.ignored,
        to_be_delivered_again: first_failed.map_or(0, |first| batch.deliveries.len() - first),
        iterator_age: first.map(|first| first.arrived.until(now)).unwrap_or_default(),
        decode: decoded - started,
        write: decoded.elapsed(),
    };
    println!("{}", summary.line(u64::try_from(now.as_millis()).unwrap_or(u64::MAX)));
    reply(batch, first_failed)
}

/// What became of a pile.
struct Settled {
    inserted: Inserted,
    /// The position in the batch of the first delivery that is not stored for certain.
    first_failed: Option<usize>,
}

async fn settle<T>(
    pile: &Pile<T>,
    time_left: Duration,
    storing: impl Future<Output = Result<Inserted, InsertError>>,
) -> Settled {
    let known_stored = match timeout(time_left, storing).await {
        Ok(Ok(inserted)) => return Settled { inserted, first_failed: None },
        Ok(Err(failure)) => {
            error!(error = telemetry::chain(&failure), "a part of the batch is not stored");
            failure.known_stored
        }
        Err(_) => {
            error!(time_left_ms = time_left.as_millis(), "a part of the batch is not stored: MongoDB took too long");
            0
        }
    };
    let inserted = Inserted { stored: known_stored, duplicates: 0 };
    Settled { inserted, first_failed: pile.deliveries.get(known_stored).copied() }
}

fn reply(batch: &Batch, first_failed: Option<usize>) -> KinesisEventResponse {
    let mut reply = KinesisEventResponse::default();
    if let Some(delivery) = first_failed.and_then(|first| batch.deliveries.get(first)) {
        reply.add_failure(&delivery.sequence_number);
    }
    reply
}
