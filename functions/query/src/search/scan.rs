//! Scans records window by window, until the answer is full or the time is up.

use std::pin::pin;
use std::time::{Duration, Instant};

use bson::oid::ObjectId;
use futures_util::TryStreamExt as _;
use record::LogRecord;
use store::{Condition, Lookup, Order, Projection, Reader};

use super::scan_plan::{ScanPlan, Window};
use crate::http::error::QueryError;
use crate::render::{Pushed, Searched};

/// The shortest time limit of a lookup. MongoDB takes 0 for no limit.
const MIN_TIME: Duration = Duration::from_millis(1);
/// How long the sketches of some days may take. If they take longer, the days are scanned.
const SKETCHES_MAX_TIME: Duration = Duration::from_secs(3);

/// Why a scan ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ScanEnd {
    /// Everything is scanned.
    Complete,
    /// The answer is full.
    Full,
    /// The time is up.
    OutOfTime,
}

/// How much of a window is scanned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scanned {
    /// Enough to fill the answer.
    Enough,
    /// Scanned up to and including this record.
    Through(ObjectId),
    /// The whole window.
    All,
}

/// Which records to read, and how.
#[derive(Clone, Debug)]
pub(crate) struct RecordSelection {
    /// The condition that they match.
    pub(crate) condition: Condition,
    /// The order in which they are read.
    pub(crate) order: Order,
    /// How many are read at most.
    pub(crate) limit: usize,
    /// The fields that MongoDB sends; `None` for all.
    pub(crate) projection: Option<Projection>,
}

impl RecordSelection {
    /// Returns the lookup of a window after `taken` records. It reads one record more than are left to take, to know
    /// whether there are more.
    pub(crate) fn lookup(&self, window: &Window, taken: usize) -> Lookup {
        Lookup {
            filter: self.condition.clone(),
            ids: window.ids,
            order: self.order,
            limit: i64::try_from(self.limit.saturating_sub(taken) + 1).unwrap_or(i64::MAX),
            projection: self.projection.clone(),
            max_time: window.max_time,
        }
    }
}

/// Hands the selected records to `push`, until one finds no room or `time` is up.
pub(crate) async fn scan(
    reader: Reader<'_>,
    selection: &RecordSelection,
    plan: &mut ScanPlan,
    time: Duration,
    mut push: impl FnMut(&LogRecord) -> Result<Pushed, QueryError> + Send,
) -> Result<ScanEnd, QueryError> {
    let mut clock = ScanClock::start(time);
    let mut taken = 0;
    loop {
        let window = match clock.next_window(reader, plan).await? {
            Ok(window) => window,
            Err(end) => return Ok(end),
        };
        let lookup = selection.lookup(&window, taken);
        let scanned = scan_window(reader, &window, &lookup, plan, &mut taken, &mut push).await;
        if let Some(end) = clock.advance(plan, &window, scanned)? {
            return Ok(end);
        }
    }
}

async fn scan_window(
    reader: Reader<'_>,
    window: &Window,
    lookup: &Lookup,
    plan: &mut ScanPlan,
    taken: &mut usize,
    push: &mut (impl FnMut(&LogRecord) -> Result<Pushed, QueryError> + Send),
) -> Result<Scanned, QueryError> {
    let mut records = pin!(reader.records(window.day, lookup).await.map_err(QueryError::Store)?);
    while let Some(record) = records.try_next().await.map_err(QueryError::Store)? {
        if push(&record)? == Pushed::Full {
            return Ok(Scanned::Enough);
        }
        *taken += 1;
        plan.scanned_through(record.id());
    }
    Ok(Scanned::All)
}

/// Returns how a search was done; `None` where an index alone found the records. A tenant is not told: the days are everybody's, and a
/// sketch that has a word has it of anybody's records.
pub(crate) fn searched(reader: Reader<'_>, condition: &Condition, plan: &ScanPlan) -> Option<Searched> {
    let by_index_alone = reader.is_direct(condition) && !plan.asks_sketches();
    (reader.whole_store().is_some() && !by_index_alone).then(|| plan.searched())
}

/// Drives a scan plan by the clock.
#[derive(Debug)]
pub(crate) struct ScanClock {
    deadline: Instant,
    window_began: Instant,
}

impl ScanClock {
    /// Starts a scan that may take `time`.
    pub(crate) fn start(time: Duration) -> Self {
        let now = Instant::now();
        Self { deadline: now + time, window_began: now }
    }

    /// Returns the next window, or why there is none. Asks the sketches before.
    pub(crate) async fn next_window(
        &mut self,
        reader: Reader<'_>,
        plan: &mut ScanPlan,
    ) -> Result<Result<Window, ScanEnd>, QueryError> {
        while let Some((days, wanted)) = plan.question() {
            let time_left = self.deadline.saturating_duration_since(Instant::now());
            if time_left < MIN_TIME {
                return Ok(Err(ScanEnd::OutOfTime));
            }
            let max_time = time_left.min(SKETCHES_MAX_TIME);
            let candidates = reader.candidates(&days, wanted, max_time).await.map_err(QueryError::Store)?;
            plan.answered(&days, candidates);
        }
        self.window_began = Instant::now();
        let time_left = self.deadline.saturating_duration_since(self.window_began);
        let Some(window) = plan.next_window(time_left) else { return Ok(Err(ScanEnd::Complete)) };
        Ok(if time_left < MIN_TIME { Err(ScanEnd::OutOfTime) } else { Ok(window) })
    }

    /// Moves the plan past a window, as far as it is scanned. Returns why the scan ends, if it does.
    pub(crate) fn advance(
        &self,
        plan: &mut ScanPlan,
        window: &Window,
        scanned: Result<Scanned, QueryError>,
    ) -> Result<Option<ScanEnd>, QueryError> {
        match scanned {
            Ok(Scanned::Enough) => Ok(Some(ScanEnd::Full)),
            Ok(Scanned::Through(id)) => {
                plan.scanned_through(id);
                Ok(None)
            }
            Ok(Scanned::All) => {
                plan.finished(window, self.window_began.elapsed());
                Ok(None)
            }
            Err(error) if error.is_out_of_time() => Ok((!plan.narrow(window)).then_some(ScanEnd::OutOfTime)),
            Err(error) => Err(error),
        }
    }
}
