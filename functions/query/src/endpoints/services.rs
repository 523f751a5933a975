//! `GET /services`: the services that wrote records, with counts by level.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use record::{level, time_of};
use serde::Serialize;
use store::{Order, Reader, ServiceRecords};
use tokio::time::timeout;

use crate::Context;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::http::reply::{TIME_LIMIT, now};
use crate::render::{Cut, NO_LEVEL};
use crate::request::ServicesSearch;
use crate::search::scan::{ScanClock, ScanEnd, Scanned};
use crate::search::scan_plan::{FirstWidth, ScanPlan};

/// Returns at most 1,000 services, busiest first. More are not services: the field holds something else.
const MAX_SERVICES: usize = 1_000;
/// How many services a scan keeps from window to window. The field can hold a new value in every record.
const MAX_KEPT: usize = 10 * MAX_SERVICES;
/// How many pairs of service and level a scan takes from a window.
const MAX_OF_WINDOW: i64 = 10_000;
/// How many characters of a service's name an answer shows.
const NAME_CHARS: usize = 200;

/// The answer: services sorted by name.
#[derive(Debug, Serialize)]
pub(crate) struct Writers {
    services: Vec<Writer>,
    next: Option<String>,
    cut: Option<Cut>,
}

/// What one service wrote. Records without a service count as one.
#[derive(Debug, Serialize)]
struct Writer {
    service: Option<String>,
    records: u64,
    /// Counts by level, with Python's names.
    levels: BTreeMap<&'static str, u64>,
    first: Option<String>,
    last: Option<String>,
}

/// Answers with the services found until the time is up.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Writers>, QueryError> {
    let search = ServicesSearch::parse(uri.query(), now()).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, answer(context.reader(&caller), search, context.config.search_time)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?.map(Json)
}

async fn answer(reader: Reader<'_>, search: ServicesSearch, search_time: Duration) -> Result<Writers, QueryError> {
    let days = reader.days().await.map_err(QueryError::Store)?;
    let mut plan = ScanPlan::new(Order::Newest, days, search.ids(), FirstWidth::Minute, now());
    let beginning = plan.cursor();
    let mut found = HashMap::new();
    let end = scan_services(reader, &mut plan, &mut found, search_time).await?;
    // A window ends at a time. What is not scanned was written before it.
    let reached = if end == ScanEnd::Complete { None } else { plan.cursor().and_then(time_of) };
    if end == ScanEnd::OutOfTime && plan.cursor() == beginning {
        return Err(QueryError::OutOfTime { limit: search_time });
    }
    Ok(Writers {
        services: told(found),
        next: reached.map(|reached| search.address_before(reached)),
        cut: reached.map(Cut::of_time),
    })
}

/// What each service wrote.
type RecordsByService = HashMap<Option<String>, Vec<ServiceRecords>>;

/// Scans window by window.
async fn scan_services(
    reader: Reader<'_>,
    plan: &mut ScanPlan,
    found: &mut RecordsByService,
    time: Duration,
) -> Result<ScanEnd, QueryError> {
    let mut clock = ScanClock::start(time);
    loop {
        let window = match clock.next_window(reader, plan).await? {
            Ok(window) => window,
            Err(end) => return Ok(end),
        };
        let services =
            reader.services(window.day, window.ids, MAX_OF_WINDOW, window.max_time).await.map_err(QueryError::Store);
        let added = services.map(|services| {
            for records in services {
                add(found, records);
            }
            keep_most(found);
        });
        if let Some(end) = clock.advance(plan, &window, added.map(|()| Scanned::All))? {
            return Ok(end);
        }
    }
}

/// Adds the records of a service and level to those found before.
fn add(found: &mut RecordsByService, records: ServiceRecords) {
    let own = found.entry(records.service.clone()).or_default();
    match own.iter_mut().find(|own| own.level == records.level) {
        Some(own) => {
            own.count += records.count;
            own.first = own.first.min(records.first);
            own.last = own.last.max(records.last);
        }
        None => own.push(records),
    }
}

/// Drops the least busy services if there are too many.
fn keep_most(found: &mut RecordsByService) {
    if found.len() > MAX_KEPT {
        *found = most(mem::take(found)).collect();
    }
}

/// Returns the busiest services, as many as an answer holds.
fn most(found: RecordsByService) -> impl Iterator<Item = (Option<String>, Vec<ServiceRecords>)> {
    let mut services: Vec<_> = found.into_iter().collect();
    services.sort_by_key(|(_, records)| Reverse(total(records)));
    services.into_iter().take(MAX_SERVICES)
}

fn total(records: &[ServiceRecords]) -> u64 {
    records.iter().map(|records| records.count).sum()
}

fn told(found: RecordsByService) -> Vec<Writer> {
    let mut services: Vec<Writer> = most(found).map(|(name, records)| Writer::new(name, &records)).collect();
    services.sort_by(|a, b| a.service.cmp(&b.service));
    services
}

impl Writer {
    fn new(name: Option<String>, records: &[ServiceRecords]) -> Self {
        let mut levels = BTreeMap::new();
        for records in records {
            *levels.entry(records.level.and_then(level::name).unwrap_or(NO_LEVEL)).or_default() += records.count;
        }
        let time = |id: Option<_>| id.and_then(time_of).map(|time| time.to_string());
        Self {
            service: name.map(|name| name.chars().take(NAME_CHARS).collect()),
            records: total(records),
            levels,
            first: time(records.iter().map(|records| records.first).min()),
            last: time(records.iter().map(|records| records.last).max()),
        }
    }
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;

    use super::{MAX_KEPT, MAX_SERVICES, RecordsByService, ServiceRecords, add, keep_most, told};

    #[test]
    fn of_too_many_services_those_that_wrote_most_are_kept() {
        let records = |number: usize, count: u64| ServiceRecords {
            service: Some(format!("{number:05}")),
            level: Some(20),
            count,
            first: ObjectId::from_bytes([0; 12]),
            last: ObjectId::from_bytes([0; 12]),
        };
        let mut found = RecordsByService::new();
        add(&mut found, records(7, 5));
        for number in 0..MAX_KEPT {
            add(&mut found, records(number, 1));
        }
        keep_most(&mut found);
        assert_eq!(found.len(), MAX_KEPT);
        add(&mut found, records(MAX_KEPT, 3));
        keep_most(&mut found);
        assert_eq!(found.len(), MAX_SERVICES);
        let most: Vec<u64> = told(found).iter().map(|service| service.records).filter(|records| *records > 1).collect();
        assert_eq!(most, [6, 3]);
    }
}
