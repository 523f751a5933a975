//! `GET /transactions`: which transactions there were: the newest or the slowest, those that failed, those in which a
//! service took part.
//!
//! Over all days, window by window, the newest first: the transactions of which a window has such records; then, of
//! these, the outlines, which are of whole transactions.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use bson::oid::ObjectId;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use record::Day;
use record::{EventTime, time_of};
use store::{Order, ServiceSlice, Store, StoreError, TransactionHit};
use tokio::time::timeout;

use crate::Context;
use crate::http::error::QueryError;
use crate::http::reply::{MAX_BYTES, TIME_LIMIT, now, respond};
use crate::render::{Cut, Outline, fitting, outlines};
use crate::request::{Format, Sort, TransactionListSearch};
use crate::search::scan::{ScanClock, ScanEnd, Scanned};
use crate::search::scan_plan::{FirstWidth, ScanPlan, Window};
use crate::search::transaction_lookup::DAYS_AT_ONCE;

/// How many days before and after its records that were found a transaction may have others.
const NEAR_DAYS: usize = 2;
/// How many records are looked at at once: some thousand transactions.
const RECORDS_AT_ONCE: i64 = 10_000;
/// What the outlines of an answer may cost the server, a day.
const OUTLINES_MAX_TIME: Duration = Duration::from_secs(10);

/// Answers with what is found until the answer is full or the time is up.
pub(crate) async fn get(State(context): State<Arc<Context>>, uri: Uri) -> Result<Response, QueryError> {
    let search = TransactionListSearch::parse(uri.query(), now()).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, answer(&context.store, &search, context.config.search_time)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?
}

async fn answer(store: &Store, search: &TransactionListSearch, search_time: Duration) -> Result<Response, QueryError> {
    let days = store.days().await.map_err(QueryError::Store)?;
    let mut plan = ScanPlan::new(Order::Newest, days.clone(), search.ids(), FirstWidth::Minute, search.asked_at);
    let reached = search.ids().end;
    let mut survey = Survey { store, search, days, told: HashSet::new(), found: Vec::new(), reached };
    let end = survey.run(&mut plan, search_time).await?;
    if end == ScanEnd::OutOfTime && survey.reached == reached {
        // Not even the first step could be done: to go on from there would be to ask the same again.
        return Err(QueryError::OutOfTime { limit: search_time });
    }
    survey.answer(end).await
}

/// A transaction for the answer.
#[derive(Debug)]
struct Found {
    uid: String,
    /// The first and the last of its records that were looked for.
    first: ObjectId,
    last: ObjectId,
    /// From its first record to its last; zero where nobody asked.
    duration: Duration,
}

/// What is known so far.
struct Survey<'a> {
    store: &'a Store,
    search: &'a TransactionListSearch,
    /// All days, in order.
    days: Vec<Day>,
    /// The transactions that have been looked at, in the answer or not.
    told: HashSet<String>,
    /// The answer, in its order, and perhaps more than it may hold.
    found: Vec<Found>,
    /// From here on, everything has been looked at.
    reached: Option<ObjectId>,
}

impl Survey<'_> {
    /// Looks at one window after the other.
    async fn run(&mut self, plan: &mut ScanPlan, time: Duration) -> Result<ScanEnd, QueryError> {
        let mut clock = ScanClock::start(time);
        loop {
            let window = match clock.next_window(plan) {
                Ok(window) => window,
                Err(end) => return Ok(end),
            };
            let looked = self.look_at(&window).await;
            if let Some(end) = clock.advance(plan, &window, looked)? {
                return Ok(end);
            }
            self.reached = plan.cursor();
        }
    }

    /// Takes the transactions of a window, the newest first.
    async fn look_at(&mut self, window: &Window) -> Result<Scanned, QueryError> {
        let lookup = self.search.lookup(window.ids, RECORDS_AT_ONCE, window.max_time);
        let mut sightings = self.store.sightings(window.day, &lookup).await.map_err(QueryError::Store)?;
        let records: u64 = sightings.iter().map(|sighting| sighting.count).sum();
        let until = sightings.iter().map(|sighting| sighting.first).min();
        sightings.retain(|sighting| !self.told.contains(&sighting.uid));
        sightings.sort_unstable_by_key(|sighting| Reverse(sighting.last));
        self.take(sightings, window.max_time).await.map_err(QueryError::Store)?;
        if self.search.sort == Sort::Newest && self.found.len() > self.search.limit {
            return Ok(Scanned::Enough);
        }
        let is_all = i64::try_from(records).is_ok_and(|records| records < RECORDS_AT_ONCE);
        Ok(until.filter(|_| !is_all).map_or(Scanned::All, Scanned::Through))
    }

    /// Takes those of the transactions that no answer before has told of, if they took long enough.
    async fn take(&mut self, sightings: Vec<TransactionHit>, max_time: Duration) -> Result<(), StoreError> {
        let before = self.told_before(&sightings, max_time).await?;
        let durations = self.durations(&sightings, max_time).await?;
        for TransactionHit { uid, first, last, .. } in sightings {
            let duration = durations.get(&uid).copied().unwrap_or_default();
            if !before.contains(&uid) && duration >= self.search.min_duration {
                self.found.push(Found { uid: uid.clone(), first, last, duration });
            }
            self.told.insert(uid);
        }
        if self.search.sort == Sort::Slowest {
            self.found.sort_by_key(|found| Reverse(found.duration));
            self.found.truncate(self.search.limit);
        }
        Ok(())
    }

    /// How long the transactions took, if that matters.
    async fn durations(
        &self,
        sightings: &[TransactionHit],
        max_time: Duration,
    ) -> Result<HashMap<String, Duration>, StoreError> {
        if !self.search.is_of_durations() || sightings.is_empty() {
            return Ok(HashMap::new());
        }
        let uids: &Vec<&str> = &sightings.iter().map(|sighting| sighting.uid.as_str()).collect();
        let ids = sightings.iter().flat_map(|sighting| [sighting.first, sighting.last]);
        let spans = self.days_around(ids).into_iter().map(async |day| self.store.spans(day, uids, max_time).await);
        let spans: Vec<Vec<TransactionHit>> = stream::iter(spans).buffer_unordered(DAYS_AT_ONCE).try_collect().await?;
        let mut whole: HashMap<String, (ObjectId, ObjectId)> = HashMap::new();
        for TransactionHit { uid, first, last, .. } in spans.into_iter().flatten() {
            let own = whole.entry(uid).or_insert((first, last));
            *own = (own.0.min(first), own.1.max(last));
        }
        Ok(whole.into_iter().map(|(uid, (first, last))| (uid, between(first, last))).collect())
    }

    /// Those that have such records where the answers before have looked.
    async fn told_before(
        &self,
        sightings: &[TransactionHit],
        max_time: Duration,
    ) -> Result<HashSet<String>, StoreError> {
        let Some(ids) = self.search.ids_before() else { return Ok(HashSet::new()) };
        let lookup = &self.search.lookup(ids, RECORDS_AT_ONCE, max_time);
        let uids: &Vec<&str> = &sightings.iter().map(|sighting| sighting.uid.as_str()).collect();
        let days: Vec<Day> = self.days.iter().copied().filter(|day| ids.reaches(*day)).collect();
        let seen = days.into_iter().map(async |day| self.store.seen(day, uids, lookup).await);
        let seen: Vec<Vec<String>> = stream::iter(seen).buffer_unordered(DAYS_AT_ONCE).try_collect().await?;
        Ok(seen.into_iter().flatten().collect())
    }

    /// The outlines of those of the transactions that the answer may hold, in its order.
    async fn outlines(&self) -> Result<Vec<Outline>, StoreError> {
        let found = &self.found[..self.found.len().min(self.search.limit)];
        let uids: &Vec<&str> = &found.iter().map(|found| found.uid.as_str()).collect();
        let ids = found.iter().flat_map(|found| [found.first, found.last]);
        let shares = self.days_around(ids).into_iter();
        let shares = shares.map(async |day| self.store.shares(day, uids, OUTLINES_MAX_TIME).await);
        let shares: Vec<Vec<ServiceSlice>> = stream::iter(shares).buffer_unordered(DAYS_AT_ONCE).try_collect().await?;
        let mut outlines = Outline::of(shares.into_iter().flatten());
        Ok(uids.iter().filter_map(|uid| outlines.remove(*uid)).collect())
    }

    fn days_around(&self, ids: impl Iterator<Item = ObjectId>) -> Vec<Day> {
        let days: Vec<Day> = ids.filter_map(time_of).map(Day::of).collect();
        let Some((first, last)) = days.iter().min().zip(days.iter().max()) else { return Vec::new() };
        let begin = self.days.partition_point(|day| day < first).saturating_sub(NEAR_DAYS);
        let end = self.days.partition_point(|day| day <= last) + NEAR_DAYS;
        self.days[begin..end.min(self.days.len())].to_vec()
    }

    /// The answer, as much of it as there is room for.
    async fn answer(&self, end: ScanEnd) -> Result<Response, QueryError> {
        let told = self.outlines().await.map_err(QueryError::Store)?;
        let told = &told[..fitting(&told, MAX_BYTES).map_err(QueryError::Summary)?];
        let is_more = told.len() < self.found.len();
        let (bound, cut) = match (self.search.sort, end) {
            (Sort::Newest, _) if is_more => (self.found[..told.len()].last().map(|found| found.last), None),
            (_, ScanEnd::OutOfTime) => (self.reached, self.reached.and_then(time_of).map(Cut::of_time)),
            (_, ScanEnd::Complete | ScanEnd::Full) => (None, None),
        };
        let end = end_of_time(self.search.asked_at, &self.found);
        let next = bound.map(|bound| self.search.address_of_rest(bound, end));
        let body = outlines(told, next.as_deref(), cut).map_err(QueryError::Summary)?;
        Ok(respond(Format::Json, body, next.as_deref()))
    }
}

/// The end of what all answers are about: when the first was asked for, or when the last record happened that was found,
/// should that be later. Not when the answer was ready: what came in between may not have been seen.
fn end_of_time(asked_at: EventTime, found: &[Found]) -> EventTime {
    let last = found.iter().map(|found| found.last).max().and_then(time_of);
    let behind = last.and_then(|last| EventTime::from_micros(last.micros() + 1));
    behind.map_or(asked_at, |behind| behind.max(asked_at))
}

fn between(first: ObjectId, last: ObjectId) -> Duration {
    time_of(first).zip(time_of(last)).map(|(first, last)| last.distance(first)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Duration, EventTime, Found, end_of_time};
    use record::first_id;

    #[test]
    fn all_answers_are_about_what_the_first_could_see() {
        fn check(lasts: &[&str], expect: &str) {
            let time = |text: &str| EventTime::from_rfc3339(text).unwrap();
            let found = |last: &&str| {
                let id = first_id(time(last));
                Found { uid: "x".to_owned(), first: id, last: id, duration: Duration::ZERO }
            };
            let found: Vec<Found> = lasts.iter().map(found).collect();
            assert_eq!(end_of_time(time("2026-11-20T12:00:00Z"), &found).to_string(), expect);
        }
        check(&[], "2026-11-20T12:00:00.000000Z");
        check(&["2026-11-20T11:00:00Z", "2026-11-20T10:00:00Z"], "2026-11-20T12:00:00.000000Z");
        check(&["2026-11-20T11:00:00Z", "2026-11-20T12:00:03Z"], "2026-11-20T12:00:03.000001Z");
    }
}
