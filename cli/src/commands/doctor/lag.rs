//! Checks how far each shard is filed: the journal against the stream.

use jiff::Timestamp;
use record::EventTime;
use std::time::Duration;
use store::{ShardProgress, Store, StoreError};

use super::finding::Report;
use crate::error::Error;
use crate::render::{count, duration};
use crate::services::{ServiceFailure, Services, ShardRecord};

const CHECK: &str = "lag";
const NEEDS: &str = "kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords";
/// How many shards are looked at. Each takes two requests, and a shard allows five reads a second for all readers.
const MAX_SHARDS: usize = 32;
/// The progress of a shard is behind by less than this.
const PROGRESS_IS_BEHIND_MS: i64 = 1_000;
/// How long a record may wait. The alarm `iterator-age` goes off after as long.
const MAX_WAIT_MS: f64 = 300_000.0;
const MAX_TIME: Duration = Duration::from_secs(10);

/// Compares what is filed with what is on the stream.
pub(super) async fn check(
    services: Option<&Services>,
    store: Option<&Store>,
    stream: Option<&str>,
    report: &mut Report,
) -> Result<(), Error> {
    let (Some(services), Some(store), Some(stream)) = (services, store, stream) else {
        return report.skipped(CHECK, "not checked: it needs the stream and MongoDB");
    };
    let progress = match store.shard_progress(MAX_TIME).await {
        Ok(progress) => progress,
        Err(error) => return report.store_failed(CHECK, &error),
    };
    let shards = match services.open_shards(stream).await {
        Ok(shards) => shards,
        Err(failure) if failure.is_missing() => return report.skipped(CHECK, "not checked: there is no stream"),
        Err(failure) => return report.failed(CHECK, &failure, NEEDS),
    };
    let (mut worst, mut waiting) = (0.0_f64, 0);
    for shard in shards.iter().take(MAX_SHARDS) {
        let filed = progress.iter().find(|own| own.stream == stream && own.shard == *shard);
        match first_waiting(services, store, stream, shard, filed).await {
            Ok(Some(record)) => {
                let wait = Timestamp::now().duration_since(record.arrived).as_secs_f64() * 1_000.0;
                worst = worst.max(wait);
                waiting += 1;
                if wait > MAX_WAIT_MS {
                    let what = format!("{shard} is behind: a record waits for {} to be filed", duration(wait));
                    report.problem(CHECK, what, "docs/runbook.md#iterator-age says where to look")?;
                }
            }
            Ok(None) => {}
            Err(Failed::Service(failure)) => return report.failed(CHECK, &failure, NEEDS),
            Err(Failed::Store(error)) => return report.store_failed(CHECK, &error),
        }
    }
    if worst > MAX_WAIT_MS {
        return Ok(());
    }
    let looked = count(shards.len().min(MAX_SHARDS) as u64, "shard");
    let of = if shards.len() > MAX_SHARDS { format!(" of {}", shards.len()) } else { String::new() };
    match waiting {
        0 => report.fine(CHECK, format!("all that is on {looked}{of} is filed")),
        _ => report.fine(CHECK, format!("{looked}{of} looked at, and the oldest record waits for {}", duration(worst))),
    }
}

enum Failed {
    Service(ServiceFailure),
    Store(StoreError),
}

/// Returns the first record of a shard that is not known to be filed.
async fn first_waiting(
    services: &Services,
    store: &Store,
    stream: &str,
    shard: &str,
    filed: Option<&ShardProgress>,
) -> Result<Option<ShardRecord>, Failed> {
    let filed_ms = filed.map(|filed| filed.arrived.micros() / 1_000 + PROGRESS_IS_BEHIND_MS);
    let from = filed_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let records = services.first_records(stream, shard, from).await.map_err(Failed::Service)?;
    for record in records {
        if from.is_some_and(|from| record.arrived < from) {
            continue;
        }
        let Some(arrived) = EventTime::from_millis(record.arrived.as_millisecond()) else { continue };
        // A shard moves on with the records that become log records.
        if !store.is_quarantined(stream, shard, &record.seq, arrived).await.map_err(Failed::Store)? {
            return Ok(Some(record));
        }
    }
    Ok(None)
}
