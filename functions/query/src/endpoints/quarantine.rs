//! `GET /quarantine`: the payloads that could not become log records.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use bson::oid::ObjectId;
use futures_util::TryStreamExt as _;
use record::{Day, RedactConfig, Redactor, time_of};
use store::{Order, QuarantineCount, QuarantineLookup, Reader, Store};
use tokio::time::timeout;
use tokio::try_join;

use crate::Context;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::http::reply::{TIME_LIMIT, now};
use crate::render::{Cut, DayCount, Entry, Quarantine};
use crate::request::QuarantineSearch;
use crate::search::scan::{ScanClock, ScanEnd, Scanned};
use crate::search::scan_plan::{FirstWidth, ScanPlan, Window};

/// How many counts an answer holds at most.
const MAX_COUNTS: usize = 2_000;
/// How many bytes of payloads an answer reads. MongoDB sends a payload whole, and it can have 10 MiB.
const MAX_READ_BYTES: usize = 32 * 1_024 * 1_024;

/// Answers with counts by day and reason, and with the newest entries.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Quarantine>, QueryError> {
    // Nobody knows whose a payload is that is no record.
    let reader = context.reader(&caller);
    let store = reader.whole_store().ok_or(QueryError::NotForTenants)?;
    let search = QuarantineSearch::parse(uri.query(), now()).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, answer(reader, store, &search, context.config.search_time)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?.map(Json)
}

async fn answer(
    reader: Reader<'_>,
    store: &Store,
    search: &QuarantineSearch,
    search_time: Duration,
) -> Result<Quarantine, QueryError> {
    let redactor = Redactor::new(RedactConfig::default()).map_err(QueryError::Redactor)?;
    let days = store.quarantine_days(search.ids(), search_time).await.map_err(QueryError::Store)?;
    let mut plan = ScanPlan::new(Order::Newest, days, search.ids(), FirstWidth::Day, now());
    let beginning = plan.cursor();
    let mut listing = Listing::new(store, search, redactor);
    let end = listing.scan(reader, &mut plan, search_time).await?;
    if end == ScanEnd::OutOfTime && plan.cursor() == beginning {
        return Err(QueryError::OutOfTime { limit: search_time });
    }
    Ok(listing.finish(&plan, end))
}

/// An answer in the making.
struct Listing<'a> {
    store: &'a Store,
    search: &'a QuarantineSearch,
    redactor: Redactor,
    /// `None` on all pages but the first.
    counts: Option<Vec<DayCount>>,
    /// Where the counts end, if they do not cover everything.
    counts_cut: Option<Cut>,
    page: Page,
}

/// The entries of an answer.
#[derive(Default)]
struct Page {
    entries: Vec<Entry>,
    /// The last entry.
    last: Option<ObjectId>,
    /// The bytes of the payloads that were read.
    read_bytes: usize,
    /// Whether there are more entries than the answer holds.
    is_full: bool,
}

impl<'a> Listing<'a> {
    fn new(store: &'a Store, search: &'a QuarantineSearch, redactor: Redactor) -> Self {
        let counts = search.is_first_page().then(Vec::new);
        Self { store, search, redactor, counts, counts_cut: None, page: Page::default() }
    }

    async fn scan(&mut self, reader: Reader<'_>, plan: &mut ScanPlan, time: Duration) -> Result<ScanEnd, QueryError> {
        let mut clock = ScanClock::start(time);
        loop {
            let window = match clock.next_window(reader, plan).await? {
                Ok(window) => window,
                Err(end) => return Ok(end),
            };
            let scanned = self.scan_window(&window).await;
            if let Some(end) = clock.advance(plan, &window, scanned)? {
                return Ok(end);
            }
        }
    }

    /// Counts a window and reads its entries: both or neither, since a window that runs out of time is read again.
    async fn scan_window(&mut self, window: &Window) -> Result<Scanned, QueryError> {
        let (ids, max_time) = (window.ids, window.max_time);
        let lookup = QuarantineLookup { ids, reasons: self.search.reasons.clone(), max_time };
        let (counts, page) = try_join!(self.window_counts(&lookup), self.window_page(&lookup))?;
        self.add_counts(window.day, counts);
        self.page.append(page);
        if self.counts_cut.is_none() && self.is_counting() && self.count_rows() > MAX_COUNTS {
            self.counts_cut = window.ids.first.and_then(time_of).map(Cut::of_counts);
        }
        Ok(if self.page.is_full && !self.is_counting() { Scanned::Enough } else { Scanned::All })
    }

    async fn window_counts(&self, lookup: &QuarantineLookup) -> Result<Vec<QuarantineCount>, QueryError> {
        if !self.is_counting() {
            return Ok(Vec::new());
        }
        self.store.quarantine_counts(lookup).await.map_err(QueryError::Store)
    }

    async fn window_page(&self, lookup: &QuarantineLookup) -> Result<Page, QueryError> {
        let mut page = Page { is_full: self.page.is_full, ..Page::default() };
        if page.is_full {
            return Ok(page);
        }
        let room = self.search.limit - self.page.entries.len();
        let limit = i64::try_from(room + 1).unwrap_or(i64::MAX);
        let mut found = pin!(self.store.quarantine_entries(lookup, limit).await.map_err(QueryError::Store)?);
        while let Some(entry) = found.try_next().await.map_err(QueryError::Store)? {
            if page.entries.len() == room || self.page.read_bytes + page.read_bytes >= MAX_READ_BYTES {
                page.is_full = true;
                break;
            }
            page.read_bytes += entry.document().as_bytes().len();
            page.last = entry.id().or(page.last);
            page.entries.extend(Entry::new(&entry, &self.redactor));
        }
        Ok(page)
    }

    fn is_counting(&self) -> bool {
        self.counts.is_some() && self.counts_cut.is_none()
    }

    fn count_rows(&self) -> usize {
        self.counts.as_ref().map_or(0, Vec::len)
    }

    fn add_counts(&mut self, day: Day, counts: Vec<QuarantineCount>) {
        if let Some(all) = &mut self.counts {
            DayCount::merge(all, DayCount::of_day(day, counts));
        }
    }

    fn finish(self, plan: &ScanPlan, end: ScanEnd) -> Quarantine {
        let reached = plan.cursor().filter(|_| end == ScanEnd::OutOfTime);
        let bound = if self.page.is_full { self.page.last } else { reached };
        Quarantine {
            counts: self.counts,
            entries: self.page.entries,
            next: bound.map(|bound| self.search.address_of_rest(bound)),
            cut: reached.and_then(time_of).map(Cut::of_time).or(self.counts_cut),
        }
    }
}

impl Page {
    fn append(&mut self, next: Self) {
        self.entries.extend(next.entries);
        self.last = next.last.or(self.last);
        self.read_bytes += next.read_bytes;
        self.is_full |= next.is_full;
    }
}
