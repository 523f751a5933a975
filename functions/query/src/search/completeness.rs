//! What is known of whether a transaction is complete: how far the shards are filed, and what may be missing.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use record::EventTime;
use runtime::FailedBatches;
use store::Reader;

use crate::Context;
use crate::http::error::QueryError;
use crate::http::reply::now;
use crate::render::{Completeness, Progress};

/// What each look beside the records may cost the server.
const MAX_TIME: Duration = Duration::from_secs(5);
/// How far payloads set aside are counted: there is no need to know exactly how bad it is.
const MAX_QUARANTINED: u64 = 1_000;
/// What arrives so much before or after a transaction's records may belong to it: clocks differ, and sending takes time.
const MARGIN_MICROS: i64 = 5 * 60 * 1_000_000;

/// Reads how far the shards are filed. Call it before the records are read: what is filed in between may be missing.
/// `None` for a tenant.
pub(crate) async fn progress(context: &Context, reader: Reader<'_>) -> Result<Option<Progress>, QueryError> {
    let Some(store) = reader.whole_store() else { return Ok(None) };
    Ok(Some(Progress {
        shards: store.shard_progress(MAX_TIME).await.map_err(QueryError::Store)?,
        is_from_primary: store.reads_from_primary(),
        read_at: now(),
        retention: context.config.stream_retention,
    }))
}

/// Returns the batches in the on-failure bucket; `None` for a tenant, or if nobody knows.
pub(crate) async fn failed_batches(context: &Context, reader: Reader<'_>) -> Option<Arc<FailedBatches>> {
    reader.whole_store()?;
    context.failed_batches.get().await
}

/// Counts what was not filed of these streams around the time of the records. Take the failed batches after the
/// progress: a batch is given up before its shard moves on. Call it after the days were listed, which was after the progress:
/// what is missing was in the quarantine by then, and so there was one. Counts nothing for a tenant.
pub(crate) async fn count_missing(
    reader: Reader<'_>,
    known: &mut Completeness,
    span: (EventTime, EventTime),
    streams: &[String],
    failed_batches: Option<&FailedBatches>,
) -> Result<(), QueryError> {
    let Some(store) = reader.whole_store() else { return Ok(()) };
    let Some(arrived) = around(span) else { return Ok(()) };
    known.set_failed_batches(failed_batches.map(|batches| batches.count(&arrived)));
    if !store.may_have_quarantine() {
        return Ok(());
    }
    let count = store.count_quarantined_within(streams, arrived, MAX_QUARANTINED, MAX_TIME).await;
    known.set_quarantined(count.map_err(QueryError::Store)?);
    Ok(())
}

/// When something arrived that may belong to records of this time.
fn around((started, ended): (EventTime, EventTime)) -> Option<Range<EventTime>> {
    Some(
        EventTime::from_micros(started.micros() - MARGIN_MICROS)?
            ..EventTime::from_micros(ended.micros() + MARGIN_MICROS)?,
    )
}
