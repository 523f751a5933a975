//! `GET /transactions/{log_uid}/outline`: the shape of a whole transaction, however large it is.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use futures_util::future::join;
use futures_util::{Stream, TryStreamExt as _};
use record::{Day, LogRecord};
use store::{Reader, StoreError};
use tokio::time::{Instant, timeout, timeout_at};

use crate::Context;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::http::reply::{TIME_LIMIT, known, now, respond, tagged};
use crate::render::{Completeness, Cut, OtherIds, Outline};
use crate::request::{Format, OutlineSearch};
use crate::search::completeness::{count_missing, failed_batches, progress};
use crate::search::linked_ids::Sought;
use crate::search::transaction_lookup::{TransactionRecords, lookup_transaction};

/// Answers with the outline of all records that it reads until the time is up.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, QueryError> {
    let search = OutlineSearch::parse(uri.path(), uri.query(), now()).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, answer(&context, context.reader(&caller), &search)).await;
    let (body, tag) = answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })??;
    Ok(tagged(respond(Format::Json, body, None), tag, known(&headers)))
}

async fn answer(context: &Context, reader: Reader<'_>, search: &OutlineSearch) -> Result<(Vec<u8>, u64), QueryError> {
    let progress = progress(context, reader).await?;
    let (read, failed_batches) =
        join(read(reader, search, context.config.search_time), failed_batches(context, reader)).await;
    let (days, outlined) = read?;
    let Some((mut outline, cut)) = outlined else {
        let (uid, is_narrowed) = (search.uid().clone(), search.is_narrowed());
        return Err(QueryError::UnknownTransaction { uid, days, progress, is_narrowed });
    };
    if let Some(id) = outline.first_error() {
        let error = reader.record(id, context.config.search_time).await.map_err(QueryError::Store)?;
        if let Some(message) = error.as_ref().and_then(LogRecord::message) {
            outline.set_error_message(message);
        }
    }
    if let Some(pin) = reader.pin_of(search.uid(), now()).await.map_err(QueryError::Store)? {
        outline.set_pin(pin.into());
    }
    let mut completeness = Completeness::new(&days, progress.as_ref());
    let (span, streams) = (outline.span(), outline.streams());
    count_missing(reader, &mut completeness, span, &streams, failed_batches.as_deref()).await?;
    outline.finish(search.uid(), &completeness, cut).map_err(QueryError::Summary)
}

/// An outline, and where the time was up; `None` without records.
type Outlined = Option<(Outline, Option<Cut>)>;

/// Returns the days that were looked at, and the outline of what was read within `limit`.
async fn read(reader: Reader<'_>, search: &OutlineSearch, limit: Duration) -> Result<(Vec<Day>, Outlined), QueryError> {
    let sought = Sought::of(reader, search.uid(), search.follow, limit).await.map_err(QueryError::Store)?;
    let deadline = Instant::now() + limit;
    let lookup = lookup_transaction(reader, &sought.uids, search.lookup(&sought.uids, limit)).await;
    let TransactionRecords { days, records } = lookup.map_err(QueryError::Store)?;
    let mut records = pin!(records);
    let mut outline: Option<Outline> = None;
    loop {
        match next(&mut records, deadline, limit).await {
            Ok(Some(record)) => match &mut outline {
                Some(outline) => outline.add(&record),
                None => outline = Some(begun(search, &sought, &record)),
            },
            Ok(None) => return Ok((days, outline.map(|outline| (outline, None)))),
            Err(error) if error.is_out_of_time() => {
                let Some(outline) = outline else { return Err(QueryError::OutOfTime { limit }) };
                let (_, reached) = outline.span();
                return Ok((days, Some((outline, Some(Cut::of_time(reached))))));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Returns the outline of the first record.
fn begun(search: &OutlineSearch, sought: &Sought, first: &LogRecord) -> Outline {
    Outline::new(search.by, search.bins, OtherIds::new(search.uid(), sought.followed), first)
}

/// Returns the next record; `None` at the end. Fails once the time is up.
async fn next(
    records: &mut (impl Stream<Item = Result<LogRecord, StoreError>> + Unpin),
    deadline: Instant,
    limit: Duration,
) -> Result<Option<LogRecord>, QueryError> {
    // A timeout alone would let records pass that are there already.
    if Instant::now() >= deadline {
        return Err(QueryError::OutOfTime { limit });
    }
    let next = timeout_at(deadline, records.try_next()).await;
    next.map_err(|_| QueryError::OutOfTime { limit })?.map_err(QueryError::Store)
}
