//! `GET /transactions`: the newest, slowest or failed transactions, or those of a service.
//!
//! It scans all days window by window, newest first, and groups the matching records by `log_uid`. Then it reads the
//! listed transactions as a whole.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use bson::oid::ObjectId;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use record::Day;
use record::{EventTime, time_of};
use store::{Condition, Lookup, NO_LIMIT, Order, Reader, ServiceSlice, StoreError, TransactionHit};
use tokio::time::timeout;

use crate::Context;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::http::reply::{MAX_BYTES, TIME_LIMIT, now, respond};
use crate::render::{Cut, ListedTransaction, Searched, fitting, transaction_list};
use crate::request::{Format, Sort, TransactionListSearch};
use crate::search::scan::{ScanClock, ScanEnd, Scanned, searched};
use crate::search::scan_plan::{FirstWidth, ScanPlan, Window};
use crate::search::transaction_lookup::DAYS_AT_ONCE;

/// How many records one lookup reads: some thousand transactions.
const RECORDS_AT_ONCE: i64 = 10_000;
/// So many transactions are not gathered before they are judged, but for those of one lookup more.
const JUDGED_AT_ONCE: usize = 10_000;
/// The time limit for the transactions of an answer, per day.
const LIST_MAX_TIME: Duration = Duration::from_secs(10);

/// Answers with the transactions found until the answer is full or the time is up.
pub(crate) async fn get(State(context): State<Arc<Context>>, caller: Caller, uri: Uri) -> Result<Response, QueryError> {
    let search = TransactionListSearch::parse(uri.query(), now()).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, answer(context.reader(&caller), &search, context.config.search_time)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?
}

async fn answer(
    reader: Reader<'_>,
    search: &TransactionListSearch,
    search_time: Duration,
) -> Result<Response, QueryError> {
    let days = reader.days().await.map_err(QueryError::Store)?;
    let plan = ScanPlan::new(Order::Newest, days.clone(), search.ids(), FirstWidth::Minute, search.asked_at);
    let mut plan = plan.asking(reader.wanted(search.condition()));
    let reached = search.ids().end;
    let (told, met, found) = (HashSet::new(), Vec::new(), Vec::new());
    // The slowest are known in the end.
    let patience = if search.sort == Sort::Slowest { JUDGED_AT_ONCE } else { search.limit };
    let mut survey = Survey { reader, search, days, told, met, patience, found, reached };
    let end = survey.run(&mut plan, search_time).await?;
    if end == ScanEnd::OutOfTime && survey.reached == reached {
        // Nothing was scanned, so a next page would be the same request again.
        return Err(QueryError::OutOfTime { limit: search_time });
    }
    let searched = searched(reader, search.condition(), &plan);
    survey.answer(end, searched).await
}

/// A transaction to list.
#[derive(Debug)]
struct FoundTransaction {
    uid: String,
    /// Its newest matching record.
    last: ObjectId,
    /// The time from its first to its last record. Zero where the request does not need it.
    duration: Duration,
}

/// The state of a scan for transactions.
struct Survey<'a> {
    reader: Reader<'a>,
    search: &'a TransactionListSearch,
    /// All days, in order.
    days: Vec<Day>,
    /// The uids that the scan has met.
    told: HashSet<String>,
    /// The transactions that the scan has met and that are not judged yet, in order.
    met: Vec<TransactionHit>,
    /// How many of these are judged at once if their durations are asked for.
    patience: usize,
    /// The transactions to list, in order. Can be more than the answer holds.
    found: Vec<FoundTransaction>,
    /// Everything from this id on is scanned.
    reached: Option<ObjectId>,
}

impl Survey<'_> {
    /// Scans window by window. What was met is judged when it may fill the answer: that takes a query for each day.
    async fn run(&mut self, plan: &mut ScanPlan, time: Duration) -> Result<ScanEnd, QueryError> {
        let mut clock = ScanClock::start(time);
        let end = loop {
            let window = match clock.next_window(self.reader, plan).await? {
                Ok(window) => window,
                Err(end) => break end,
            };
            let looked = self.look_at(&window).await;
            if let Some(end) = clock.advance(plan, &window, looked)? {
                break end;
            }
            self.reached = plan.cursor();
            let missing = self.search.limit.saturating_sub(self.found.len());
            let enough = if self.search.is_of_durations() { self.patience } else { missing };
            if self.met.len() > enough {
                self.judge().await.map_err(QueryError::Store)?;
                if self.search.sort == Sort::Newest && self.found.len() > self.search.limit {
                    return Ok(ScanEnd::Full);
                }
            }
        };
        self.judge().await.map_err(QueryError::Store)?;
        Ok(end)
    }

    /// Notes the transactions with matching records in a window that the scan has not met yet: each at its newest one.
    async fn look_at(&mut self, window: &Window) -> Result<Scanned, QueryError> {
        let lookup = self.search.lookup(window.ids, RECORDS_AT_ONCE, window.max_time);
        let mut sightings = self.reader.transaction_hits(window.day, &lookup).await.map_err(QueryError::Store)?;
        let records: u64 = sightings.iter().map(|sighting| sighting.count).sum();
        let until = sightings.iter().map(|sighting| sighting.first).min();
        sightings.retain(|sighting| !self.told.contains(&sighting.uid));
        sightings.sort_unstable_by_key(|sighting| Reverse(sighting.last));
        self.told.extend(sightings.iter().map(|sighting| sighting.uid.clone()));
        self.met.append(&mut sightings);
        let is_all = i64::try_from(records).is_ok_and(|records| records < RECORDS_AT_ONCE);
        Ok(until.filter(|_| !is_all).map_or(Scanned::All, Scanned::Through))
    }

    /// Lists the transactions that are on no earlier page and took long enough.
    async fn judge(&mut self) -> Result<(), StoreError> {
        let met = mem::take(&mut self.met);
        // If few last long enough, there are many to judge.
        self.patience = (self.patience * 2).min(JUDGED_AT_ONCE);
        let before = self.told_before(&met).await?;
        let durations = self.durations(&met).await?;
        for TransactionHit { uid, last, .. } in met {
            let duration = durations.get(&uid).copied().unwrap_or_default();
            if !before.contains(&uid) && duration >= self.search.min_duration {
                self.found.push(FoundTransaction { uid, last, duration });
            }
        }
        if self.search.sort == Sort::Slowest {
            self.found.sort_by_key(|found| Reverse(found.duration));
            self.found.truncate(self.search.limit);
        }
        Ok(())
    }

    /// Returns how long the transactions took, on all days, if the request needs it.
    async fn durations(&self, met: &[TransactionHit]) -> Result<HashMap<String, Duration>, StoreError> {
        if !self.search.is_of_durations() || met.is_empty() {
            return Ok(HashMap::new());
        }
        let uids: &Vec<&str> = &met.iter().map(|met| met.uid.as_str()).collect();
        let spans = self.days.clone().into_iter();
        let spans = spans.map(async |day| self.reader.transaction_spans(day, uids, LIST_MAX_TIME).await);
        let spans: Vec<Vec<TransactionHit>> = stream::iter(spans).buffer_unordered(DAYS_AT_ONCE).try_collect().await?;
        let mut whole: HashMap<String, (ObjectId, ObjectId)> = HashMap::new();
        for TransactionHit { uid, first, last, .. } in spans.into_iter().flatten() {
            let own = whole.entry(uid).or_insert((first, last));
            *own = (own.0.min(first), own.1.max(last));
        }
        Ok(whole.into_iter().map(|(uid, (first, last))| (uid, between(first, last))).collect())
    }

    /// Returns the uids with a matching record in the range of earlier pages.
    async fn told_before(&self, met: &[TransactionHit]) -> Result<HashSet<String>, StoreError> {
        let Some(ids) = self.search.ids_before().filter(|_| !met.is_empty()) else { return Ok(HashSet::new()) };
        let matching = &self.search.lookup(ids, NO_LIMIT, LIST_MAX_TIME);
        let any = &Lookup { filter: Condition::All(Vec::new()), ..matching.clone() };
        let uids: &Vec<&str> = &met.iter().map(|met| met.uid.as_str()).collect();
        let days: Vec<Day> = self.days.iter().copied().filter(|day| ids.reaches(*day)).collect();
        let seen = days.into_iter().map(async |day| {
            // Most transactions have no records there at all. The index tells that, and a text costs the server milliseconds.
            let there = self.reader.matching_uids(day, uids, any).await?;
            if there.is_empty() || matching.filter == any.filter {
                return Ok(there);
            }
            let there: Vec<&str> = there.iter().map(String::as_str).collect();
            self.reader.matching_uids(day, &there, matching).await
        });
        let seen: Vec<Vec<String>> = stream::iter(seen).buffer_unordered(DAYS_AT_ONCE).try_collect().await?;
        Ok(seen.into_iter().flatten().collect())
    }

    /// Returns the listed transactions with all of their days, as many as the answer may hold, in order.
    async fn listed(&self) -> Result<Vec<ListedTransaction>, StoreError> {
        let found = &self.found[..self.found.len().min(self.search.limit)];
        let uids: &Vec<&str> = &found.iter().map(|found| found.uid.as_str()).collect();
        let shares = self.days.clone().into_iter();
        let shares = shares.map(async |day| self.reader.service_slices(day, uids, LIST_MAX_TIME).await);
        let shares: Vec<Vec<ServiceSlice>> = stream::iter(shares).buffer_unordered(DAYS_AT_ONCE).try_collect().await?;
        let mut listed = ListedTransaction::of(shares.into_iter().flatten());
        Ok(uids.iter().filter_map(|uid| listed.remove(*uid)).collect())
    }

    /// Renders the answer, as much as fits.
    async fn answer(&self, end: ScanEnd, searched: Option<Searched>) -> Result<Response, QueryError> {
        let told = self.listed().await.map_err(QueryError::Store)?;
        let told = &told[..fitting(&told, MAX_BYTES).map_err(QueryError::Summary)?];
        let is_more = told.len() < self.found.len();
        let (bound, cut) = match (self.search.sort, end) {
            (Sort::Newest, _) if is_more => (self.found[..told.len()].last().map(|found| found.last), None),
            (_, ScanEnd::OutOfTime) => (self.reached, self.reached.and_then(time_of).map(Cut::of_time)),
            (_, ScanEnd::Complete | ScanEnd::Full) => (None, None),
        };
        let end = end_of_time(self.search.asked_at, &self.found);
        let next = bound.map(|bound| self.search.address_of_rest(bound, end));
        let body = transaction_list(told, next.as_deref(), cut, searched).map_err(QueryError::Summary)?;
        Ok(respond(Format::Json, body, next.as_deref()))
    }
}

/// Returns the end of the time that all pages cover: the time of the first request, or of the newest record found if
/// that is later. Not the time of the answer: records that arrived in between may be missing.
fn end_of_time(asked_at: EventTime, found: &[FoundTransaction]) -> EventTime {
    let last = found.iter().map(|found| found.last).max().and_then(time_of);
    let behind = last.and_then(|last| EventTime::from_micros(last.micros() + 1));
    behind.map_or(asked_at, |behind| behind.max(asked_at))
}

fn between(first: ObjectId, last: ObjectId) -> Duration {
    time_of(first).zip(time_of(last)).map(|(first, last)| last.distance(first)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Duration, EventTime, FoundTransaction, end_of_time};
    use record::first_id;

    #[test]
    fn all_answers_are_about_what_the_first_could_see() {
        fn check(lasts: &[&str], expect: &str) {
            let time = |text: &str| EventTime::from_rfc3339(text).unwrap();
            let found = |last: &&str| {
                let id = first_id(time(last));
                FoundTransaction { uid: "x".to_owned(), last: id, duration: Duration::ZERO }
            };
            let found: Vec<FoundTransaction> = lasts.iter().map(found).collect();
            assert_eq!(end_of_time(time("2026-11-20T12:00:00Z"), &found).to_string(), expect);
        }
        check(&[], "2026-11-20T12:00:00.000000Z");
        check(&["2026-11-20T11:00:00Z", "2026-11-20T10:00:00Z"], "2026-11-20T12:00:00.000000Z");
        check(&["2026-11-20T11:00:00Z", "2026-11-20T12:00:03Z"], "2026-11-20T12:00:03.000001Z");
    }
}
