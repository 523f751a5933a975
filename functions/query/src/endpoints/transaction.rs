//! `GET /transactions/{log_uid}`: everything that happened in a transaction.

use std::pin::pin;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use futures_util::future::{join, try_join};
use futures_util::{Stream, TryFutureExt as _, TryStreamExt as _};
use record::Day;
use record::LogRecord;
use store::{Reader, StoreError};
use tokio::time::timeout;

use crate::Context;
use crate::caller::Caller;
use crate::endpoints::page::view_instead;
use crate::http::error::QueryError;
use crate::http::reply::{MAX_BYTES, TIME_LIMIT, accept, known, now, respond, tagged, with_follow_cut};
use crate::render::{Completeness, Limits, Listing, OtherIds, Page, Progress, Pushed, tag};
use crate::request::{Format, TransactionSearch};
use crate::search::completeness::{count_missing, failed_batches, progress};
use crate::search::linked_ids::Sought;
use crate::search::transaction_lookup::{DAY_MAX_TIME, TransactionRecords, lookup_transaction};

/// Answers with the transaction, or with as much of it as one answer has room for.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, QueryError> {
    if let Some(view) = view_instead(&uri, &headers) {
        return Ok(view);
    }
    let search =
        TransactionSearch::parse(uri.path(), uri.query(), accept(&headers), now()).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, answer(&context, context.reader(&caller), &search)).await;
    let (Answer { body, next, tag }, follow_cut) =
        answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })??;
    let response = tagged(respond(search.format, body, next.as_deref()), tag, known(&headers));
    Ok(with_follow_cut(response, follow_cut))
}

/// An answer, the address of the rest, and a tag that is another where the answer says something else.
struct Answer {
    body: Vec<u8>,
    next: Option<String>,
    tag: u64,
}

/// Returns the answer, and the limit that ended the following of ids.
async fn answer(
    context: &Context,
    reader: Reader<'_>,
    search: &TransactionSearch,
) -> Result<(Answer, Option<&'static str>), QueryError> {
    let limits = Limits { records: search.limit, bytes: MAX_BYTES };
    let progress = progress(context, reader).await?;
    let sought =
        Sought::of(reader, search.uid(), search.follow, context.config.search_time).await.map_err(QueryError::Store)?;
    let (days, answer) = match search.format {
        Format::Json => document(context, reader, search, &sought, limits, progress.as_ref()).await?,
        Format::Ndjson | Format::Text => list(reader, search, &sought, limits).await?,
    };
    let (uid, is_narrowed) = (search.uid().clone(), search.is_narrowed());
    let answer = answer.ok_or_else(|| QueryError::UnknownTransaction { uid, days, progress, is_narrowed })?;
    Ok((answer, sought.followed.and_then(|followed| followed.cut)))
}

/// The days that were looked at, and the answer; `None` where there is no record.
type Answered = (Vec<Day>, Option<Answer>);

/// One document, which says what the records come to and what is known of their completeness.
async fn document(
    context: &Context,
    reader: Reader<'_>,
    search: &TransactionSearch,
    sought: &Sought,
    limits: Limits,
    progress: Option<&Progress>,
) -> Result<Answered, QueryError> {
    let page = page(reader, search, sought, limits, progress);
    let (page, failed_batches) = join(page, failed_batches(context, reader)).await;
    let (days, mut page, next) = page?;
    if let Some(span) = page.span() {
        let streams = page.streams();
        count_missing(reader, page.completeness_mut(), span, &streams, failed_batches.as_deref()).await?;
    }
    let tag = page.tag(next.as_deref());
    let body = page.finish(next.as_deref()).map_err(QueryError::Summary)?;
    Ok((days, body.map(|body| Answer { body, next, tag })))
}

/// Returns the days that were looked at, a page with as many records as it has room for, and the address of the rest.
async fn page<'a>(
    reader: Reader<'_>,
    search: &'a TransactionSearch,
    sought: &Sought,
    limits: Limits,
    progress: Option<&Progress>,
) -> Result<(Vec<Day>, Page<'a>, Option<String>), QueryError> {
    let TransactionRecords { days, records } = lookup(reader, search, sought).await?;
    let completeness = Completeness::new(&days, progress);
    let other_ids = OtherIds::new(search.uid(), sought.followed);
    let page = Page::new(search.uid(), search.fields.as_ref(), limits, completeness, other_ids);
    let mut page = page.map_err(QueryError::Summary)?;
    // After the list of days, which says whether there are pins.
    let pin = reader.pin_of(search.uid(), now()).map_err(QueryError::Store);
    let (next, pin) = try_join(fill(search, records, |record| page.push(record)), pin).await?;
    if let Some(pin) = pin {
        page.set_pin(pin.into());
    }
    Ok((days, page, next))
}

/// The records and nothing else.
async fn list(
    reader: Reader<'_>,
    search: &TransactionSearch,
    sought: &Sought,
    limits: Limits,
) -> Result<Answered, QueryError> {
    let TransactionRecords { days, records } = lookup(reader, search, sought).await?;
    let mut listing = Listing::new(search.format, search.fields.as_ref(), limits);
    let next = fill(search, records, |record| listing.push(record)).await?;
    if listing.len() == 0 {
        return Ok((days, None));
    }
    let body = listing.finish(next.as_deref(), None, None).map_err(QueryError::Summary)?;
    let tag = tag([&body, next.as_deref().unwrap_or_default().as_bytes()]);
    Ok((days, Some(Answer { body, next, tag })))
}

async fn lookup<'a>(
    reader: Reader<'a>,
    search: &TransactionSearch,
    sought: &Sought,
) -> Result<TransactionRecords<impl Stream<Item = Result<LogRecord, StoreError>> + Send + use<'a>>, QueryError> {
    let uids = &sought.uids;
    lookup_transaction(reader, uids, search.lookup(uids, DAY_MAX_TIME)).await.map_err(QueryError::Store)
}

/// Takes records until there are no more or there is no room; then tells where the rest is.
async fn fill(
    search: &TransactionSearch,
    records: impl Stream<Item = Result<LogRecord, StoreError>>,
    mut push: impl FnMut(&LogRecord) -> Result<Pushed, serde_json::Error>,
) -> Result<Option<String>, QueryError> {
    let mut records = pin!(records);
    let mut last = None;
    while let Some(record) = records.try_next().await.map_err(QueryError::Store)? {
        let pushed = push(&record).map_err(|source| QueryError::Render { id: record.id(), source })?;
        if pushed == Pushed::Full {
            return Ok(last.map(|last| search.address_after(last)));
        }
        last = Some(record.id());
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use insta::assert_snapshot;
    use record::{EventTime, LogRecord};
    use store::StoreError;

    use super::{Completeness, Limits, OtherIds, Page, TransactionSearch, fill};
    use crate::test_records::{progress, record};

    async fn answer(target: &str, records: Vec<LogRecord>, max_records: usize) -> Option<String> {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let search = TransactionSearch::parse(path, query, None, EventTime::from_micros(0).unwrap()).unwrap();
        let limits = Limits { records: max_records, bytes: 1_000_000 };
        let known = Completeness::new(&["2026-11-20".parse().unwrap()], Some(&progress()));
        let mut page = Page::new(search.uid(), None, limits, known, OtherIds::new(search.uid(), None)).unwrap();
        let records = stream::iter(records.into_iter().map(Ok::<_, StoreError>));
        let next = fill(&search, records, |record| page.push(record)).await.unwrap();
        page.finish(next.as_deref()).unwrap().map(|json| String::from_utf8(json).unwrap())
    }

    fn three() -> Vec<LogRecord> {
        ["a", "b", "c"].into_iter().zip(1..).map(|(service, at)| record(at, service, 20)).collect()
    }

    #[tokio::test]
    async fn an_answer_with_all_records_has_no_next() {
        assert_snapshot!(answer("/transactions/x", three(), 3).await.unwrap(), @r#"{"log_uid":"x","started":"2026-11-20T08:35:39.000001Z","ended":"2026-11-20T08:35:39.000003Z","duration_ms":0.002,"services":["a","b","c"],"record_count":3,"worst_level":"INFO","also_known_as":[],"also_known_as_over":false,"followed":null,"completeness":{"days":{"count":1,"first":"2026-11-20","last":"2026-11-20"},"quarantined":0,"failed_batches":null,"filed_until":[],"silent_shards":0,"doubts":[]},"next":null,"records":[{"id":"6b00065b00001a2d5db0600a","time":"2026-11-20T08:35:39.000001Z","log_uid":"x","service":"a","message":"hello","levelno":20},{"id":"6b00065b00002a2d5db0600a","time":"2026-11-20T08:35:39.000002Z","log_uid":"x","service":"b","message":"hello","levelno":20},{"id":"6b00065b00003a2d5db0600a","time":"2026-11-20T08:35:39.000003Z","log_uid":"x","service":"c","message":"hello","levelno":20}]}"#);
    }

    #[tokio::test]
    async fn a_full_answer_says_where_the_rest_is() {
        assert_snapshot!(answer("/transactions/x?to=2026-11-21T00:00:00Z", three(), 2).await.unwrap(), @r#"{"log_uid":"x","started":"2026-11-20T08:35:39.000001Z","ended":"2026-11-20T08:35:39.000002Z","duration_ms":0.001,"services":["a","b"],"record_count":2,"worst_level":"INFO","also_known_as":[],"also_known_as_over":false,"followed":null,"completeness":{"days":{"count":1,"first":"2026-11-20","last":"2026-11-20"},"quarantined":0,"failed_batches":null,"filed_until":[],"silent_shards":0,"doubts":[]},"next":"/transactions/x?to=2026-11-21T00:00:00.000000Z&after=6b00065b00002a2d5db0600a","records":[{"id":"6b00065b00001a2d5db0600a","time":"2026-11-20T08:35:39.000001Z","log_uid":"x","service":"a","message":"hello","levelno":20},{"id":"6b00065b00002a2d5db0600a","time":"2026-11-20T08:35:39.000002Z","log_uid":"x","service":"b","message":"hello","levelno":20}]}"#);
    }

    #[tokio::test]
    async fn without_records_there_is_no_answer() {
        assert_eq!(answer("/transactions/x", Vec::new(), 2).await, None);
    }
}
