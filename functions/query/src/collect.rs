//! Looks at records window by window until there is enough, or the time is up.

use std::pin::pin;
use std::time::{Duration, Instant};

use bson::{Document, oid::ObjectId};
use futures_util::TryStreamExt as _;
use record::LogRecord;
use store::{IndexChoice, Lookup, Order, Store};

use crate::error::QueryError;
use crate::render::Pushed;
use crate::walk::{Walk, Window};

/// MongoDB takes a time of 0 for no limit.
const MIN_TIME: Duration = Duration::from_millis(1);

/// How a search ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// Everything was looked at.
    All,
    /// There is no room for more.
    Full,
    /// The time was up.
    Late,
}

/// How much of a window was seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Seen {
    /// Enough for an answer.
    Enough,
    /// Everything on the walk's side of this record, and the record.
    Until(ObjectId),
    /// Everything.
    All,
}

/// Which records are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// What they are to be like.
    pub(crate) condition: Document,
    /// What they are best found by.
    pub(crate) along: IndexChoice,
    /// In which order they are taken.
    pub(crate) order: Order,
    /// How many are taken.
    pub(crate) limit: usize,
}

impl Wanted {
    /// The lookup in a window for what is left to be taken, and one more, to know whether there is more.
    pub(crate) fn lookup(&self, window: &Window, taken: usize) -> Lookup {
        Lookup {
            filter: self.condition.clone(),
            ids: window.ids,
            along: self.along,
            order: self.order,
            limit: i64::try_from(self.limit.saturating_sub(taken) + 1).unwrap_or(i64::MAX),
            max_time: window.max_time,
        }
    }
}

/// Takes the records that are wanted, until one finds no room.
pub(crate) async fn collect(
    store: &Store,
    wanted: &Wanted,
    walk: &mut Walk,
    time: Duration,
    mut push: impl FnMut(&LogRecord) -> Result<Pushed, QueryError> + Send,
) -> Result<End, QueryError> {
    let mut steps = Steps::within(time);
    let mut taken = 0;
    loop {
        let window = match steps.next(walk) {
            Ok(window) => window,
            Err(end) => return Ok(end),
        };
        let looked = look_at(store, &window, &wanted.lookup(&window, taken), walk, &mut taken, &mut push).await;
        if let Some(end) = steps.settle(walk, &window, looked)? {
            return Ok(end);
        }
    }
}

/// Takes the records of a window.
async fn look_at(
    store: &Store,
    window: &Window,
    lookup: &Lookup,
    walk: &mut Walk,
    taken: &mut usize,
    push: &mut (impl FnMut(&LogRecord) -> Result<Pushed, QueryError> + Send),
) -> Result<Seen, QueryError> {
    let mut records = pin!(store.records(window.day, lookup).await.map_err(QueryError::Store)?);
    while let Some(record) = records.try_next().await.map_err(QueryError::Store)? {
        if push(&record)? == Pushed::Full {
            return Ok(Seen::Enough);
        }
        *taken += 1;
        walk.took(record.id());
    }
    Ok(Seen::All)
}

/// The steps of a walk, by the clock.
#[derive(Debug)]
pub(crate) struct Steps {
    end: Instant,
    step_began: Instant,
}

impl Steps {
    /// Begins now, and ends after this time.
    pub(crate) fn within(time: Duration) -> Self {
        let now = Instant::now();
        Self { end: now + time, step_began: now }
    }

    /// The window to look at next, or why there is none.
    pub(crate) fn next(&mut self, walk: &Walk) -> Result<Window, End> {
        self.step_began = Instant::now();
        let time_left = self.end.saturating_duration_since(self.step_began);
        let window = walk.window(time_left).ok_or(End::All)?;
        if time_left < MIN_TIME { Err(End::Late) } else { Ok(window) }
    }

    /// Moves the walk on after a window was looked at, or not to its end; says so where that was the last.
    pub(crate) fn settle(
        &self,
        walk: &mut Walk,
        window: &Window,
        looked: Result<Seen, QueryError>,
    ) -> Result<Option<End>, QueryError> {
        match looked {
            Ok(Seen::Enough) => Ok(Some(End::Full)),
            Ok(Seen::Until(id)) => {
                walk.took(id);
                Ok(None)
            }
            Ok(Seen::All) => {
                walk.passed(window, self.step_began.elapsed());
                Ok(None)
            }
            Err(error) if error.is_out_of_time() => Ok((!walk.narrow()).then_some(End::Late)),
            Err(error) => Err(error),
        }
    }
}
