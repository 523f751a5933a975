//! `GET /logs`: records of all days that match a filter, newest or oldest first.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use record::time_of;
use store::{Condition, Reader};
use tokio::time::timeout;

use crate::Context;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::http::reply::{MAX_BYTES, TIME_LIMIT, accept, now, respond, with_follow_cut};
use crate::render::{Cut, Limits, Listing};
use crate::request::LogSearch;
use crate::search::linked_ids::Sought;
use crate::search::scan::{RecordSelection, ScanEnd, scan, searched};
use crate::search::scan_plan::{FirstWidth, ScanPlan};

/// Answers with the records found until the answer is full or the time is up.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, QueryError> {
    let search = LogSearch::parse(uri.query(), accept(&headers), now()).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, followed(context.reader(&caller), &search, context.config.search_time)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?
}

/// Answers with the records that carry the uid, or one that it leads to if ids are followed.
async fn followed(reader: Reader<'_>, search: &LogSearch, search_time: Duration) -> Result<Response, QueryError> {
    let sought = match search.filter.uid() {
        Some(uid) if search.follow => {
            Some(Sought::of(reader, uid, true, search_time).await.map_err(QueryError::Store)?)
        }
        _ => None,
    };
    let condition = sought.as_ref().map(|sought| search.filter.condition_with(&sought.uids));
    let condition = condition.unwrap_or_else(|| search.condition().clone());
    let response = answer(reader, search, condition, search_time).await?;
    Ok(with_follow_cut(response, sought.and_then(|sought| sought.followed).and_then(|followed| followed.cut)))
}

async fn answer(
    reader: Reader<'_>,
    search: &LogSearch,
    condition: Condition,
    search_time: Duration,
) -> Result<Response, QueryError> {
    let first_width = if reader.is_direct(&condition) { FirstWidth::Day } else { FirstWidth::Minute };
    let days = reader.days_for(&condition, search_time).await.map_err(QueryError::Store)?;
    let mut plan =
        ScanPlan::new(search.order, days, search.ids(), first_width, now()).asking(reader.wanted(&condition));
    let beginning = plan.cursor();
    let mut listing =
        Listing::new(search.format, search.fields.as_ref(), Limits { records: search.limit, bytes: MAX_BYTES });
    let order = search.order;
    let projection = search.fields.as_ref().map(|fields| fields.projection(&[]));
    let selection = RecordSelection { condition, order, limit: search.limit, projection };
    let end = scan(reader, &selection, &mut plan, search_time, |record| {
        listing.push(record).map_err(|source| QueryError::Render { id: record.id(), source })
    })
    .await?;
    let rest = if end == ScanEnd::Complete { None } else { plan.cursor() };
    let cut = match end {
        // Nothing was scanned, so a next page would be the same request again.
        ScanEnd::OutOfTime if rest == beginning => return Err(QueryError::OutOfTime { limit: search_time }),
        ScanEnd::OutOfTime => rest.and_then(time_of).map(Cut::of_time),
        ScanEnd::Complete | ScanEnd::Full => None,
    };
    let searched = searched(reader, &selection.condition, &plan);
    let next = rest.map(|bound| search.address_of_rest(bound));
    let body = listing.finish(next.as_deref(), cut, searched).map_err(QueryError::Summary)?;
    Ok(respond(search.format, body, next.as_deref()))
}
