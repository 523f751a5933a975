//! Pure scan plan: which time windows to read next, and how far we got.
//!
//! A scan of a whole day that runs out of time tells nothing about how far it got. So a scan reads windows of time. They
//! widen while MongoDB is quick and narrow while it is slow. Where sketches tell in which ranges of a day the records may be,
//! the windows are these ranges.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bson::oid::ObjectId;
use record::Day;
use record::{EventTime, first_id, time_of};
use store::{Candidates, IdRange, Order, Wanted};

use crate::render::Searched;

const DAY: Duration = Duration::from_hours(24);
/// The first window of a scan that discards most of what it reads.
const FIRST_WIDTH: Duration = Duration::from_mins(1);
/// The narrowest window.
const MIN_WIDTH: Duration = Duration::from_secs(1);
/// The time limit of a window. The narrowest window may take all the time that is left.
const MAX_TIME: Duration = Duration::from_secs(2);
/// The next window is wider after one that took less than this.
const QUICK: Duration = Duration::from_millis(200);
/// The next window is narrower after one that took more than this.
const SLOW: Duration = Duration::from_millis(800);
/// The factor by which the next window is wider or narrower.
const WIDTH_FACTOR: u32 = 4;
/// The factor by which a window that ran out of time is narrower at the next try.
const RETRY_FACTOR: u32 = 16;
/// Ranges that the sketches left are one window if what lies between them is no longer than this, at first.
const FIRST_GAP: Duration = Duration::from_millis(100);
/// Ranges are one window also if what lies between them is at most this part of their own time together. So a scan reads at
/// most an eighth more: each range lies between two others. The sketches of a day with a record a second lie a second apart.
const GAP_SHARE: u32 = 16;
/// The longest time between ranges of one window.
const MAX_GAP: Duration = Duration::from_hours(1);
/// The ranges of the next window may lie further apart after one that took less than this: about what a query takes without
/// records.
const QUICK_RANGES: Duration = Duration::from_millis(20);
/// They have to lie closer after one that took more than this.
const SLOW_RANGES: Duration = Duration::from_millis(60);
/// The sketches of so many days are asked first. Often the newest day fills the answer.
const FIRST_ASKED: usize = 1;
/// The factor by which the sketches of more days are asked next.
const ASKED_FACTOR: usize = 8;
/// The sketches of at most so many days are asked at once.
const MAX_ASKED: usize = 512;

/// How wide the first window of a scan is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FirstWidth {
    /// A day: the answer takes nearly everything that MongoDB reads.
    Day,
    /// A minute: MongoDB may read far more than the answer takes.
    Minute,
}

/// A part of a day to scan.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Window {
    pub(crate) day: Day,
    pub(crate) ids: IdRange,
    /// The time limit.
    pub(crate) max_time: Duration,
}

/// The windows of a scan over several days.
#[derive(Clone, Debug)]
pub(crate) struct ScanPlan {
    order: Order,
    /// The days that have records, in time order.
    days: Vec<Day>,
    /// The ids that are left to scan.
    rest: IdRange,
    first_width: Duration,
    width: Duration,
    /// The current time. Records of the future are rare, so a quick window of the future says nothing about the next.
    now: ObjectId,
    /// What to ask the sketches.
    wanted: Option<Wanted>,
    /// What the sketches said of the days that they were asked about.
    told: BTreeMap<Day, Candidates>,
    /// The sketches of how many days are asked next.
    asked_next: usize,
    /// The width of a window within what the sketches left.
    sketched_width: Duration,
    /// How long the time between ranges of one window may be. A day with few records has many ranges, and a query for each takes
    /// longer than to read what lies between them.
    gap: Duration,
    /// The days of which only what the sketches left was read.
    sketched: BTreeSet<Day>,
    /// The days that were scanned.
    scanned: BTreeSet<Day>,
}

impl ScanPlan {
    /// Plans a scan of the ids of these days, which are in time order.
    pub(crate) fn new(order: Order, days: Vec<Day>, ids: IdRange, first_width: FirstWidth, now: EventTime) -> Self {
        let first_width = match first_width {
            FirstWidth::Day => DAY,
            FirstWidth::Minute => FIRST_WIDTH,
        };
        Self {
            order,
            days,
            rest: ids,
            first_width,
            width: first_width,
            now: first_id(now),
            wanted: None,
            told: BTreeMap::new(),
            asked_next: FIRST_ASKED,
            sketched_width: DAY,
            gap: FIRST_GAP,
            sketched: BTreeSet::new(),
            scanned: BTreeSet::new(),
        }
    }

    /// Plans to ask the sketches first, if they can tell.
    pub(crate) fn asking(self, wanted: Option<Wanted>) -> Self {
        let plan = Self { wanted, ..self };
        Self { gap: plan.least_gap(), ..plan }
    }

    /// Returns the shortest time between ranges of one window. Where an index finds the records, what lies between costs nothing.
    fn least_gap(&self) -> Duration {
        if self.wanted.as_ref().is_some_and(Wanted::is_indexed) { DAY } else { FIRST_GAP }
    }

    /// Whether sketches are asked.
    pub(crate) fn asks_sketches(&self) -> bool {
        self.wanted.is_some()
    }

    /// Returns the days whose sketches are to be asked before the next window, and what to ask.
    pub(crate) fn question(&self) -> Option<(Vec<Day>, &Wanted)> {
        let wanted = self.wanted.as_ref()?;
        let left = self.days.iter().copied().filter(|day| !self.rest.within(*day).is_empty());
        let in_order: Vec<Day> = match self.order {
            Order::Newest => left.rev().take(self.told.len() + MAX_ASKED).collect(),
            Order::Oldest => left.take(self.told.len() + MAX_ASKED).collect(),
        };
        let is_told = |day: &&Day| self.told.contains_key(day);
        let has_window = |day: &Day| self.told.get(day).is_some_and(|told| self.next_range(*day, told).is_some());
        let known = in_order.iter().take_while(is_told).count();
        if in_order.iter().take(known).any(has_window) {
            return None;
        }
        let next: Vec<Day> = in_order.into_iter().skip(known).take(self.asked_next).collect();
        (!next.is_empty()).then_some((next, wanted))
    }

    /// Notes what the sketches said of the days that they were asked about. A day of which they said nothing is scanned.
    pub(crate) fn answered(&mut self, asked: &[Day], mut candidates: BTreeMap<Day, Candidates>) {
        self.asked_next = (self.asked_next * ASKED_FACTOR).min(MAX_ASKED);
        let told = asked.iter().map(|day| (*day, candidates.remove(day).unwrap_or(Candidates::Anywhere)));
        self.told.extend(told);
    }

    /// Returns how many days were looked at so far, and in which way.
    pub(crate) fn searched(&self) -> Searched {
        Searched { sketches: self.sketched.len(), scanned: self.scanned.len() }
    }

    /// Returns the next window; `None` at the end.
    pub(crate) fn next_window(&mut self, time_left: Duration) -> Option<Window> {
        loop {
            let mut days = self.days.iter().copied().map(|day| (day, self.rest.within(day)));
            let has_ids = |(_, ids): &(Day, IdRange)| !ids.is_empty();
            let (day, all) = match self.order {
                Order::Newest => days.rfind(has_ids)?,
                Order::Oldest => days.find(has_ids)?,
            };
            let told = self.told.get(&day).unwrap_or(&Candidates::Anywhere);
            let next = self.next_range(day, told);
            let is_sketched = self.is_sketched(day);
            let looked = if is_sketched { &mut self.sketched } else { &mut self.scanned };
            looked.insert(day);
            let Some(ids) = next else {
                self.pass(all);
                continue;
            };
            let width = if is_sketched { self.sketched_width } else { self.width_for(&ids) };
            let narrowed = match self.order {
                Order::Newest => {
                    let end = ids.end.map(|end| if !is_sketched && self.spans_now(&ids) { self.now } else { end });
                    end.and_then(|end| earlier(end, width)).map(|first| ids.from(first))
                }
                Order::Oldest => ids.first.and_then(|first| later(first, width)).map(|end| ids.before(end)),
            };
            let max_time = if width == MIN_WIDTH { time_left } else { time_left.min(MAX_TIME) };
            return Some(Window { day, ids: narrowed.filter(|ids| !ids.is_empty()).unwrap_or(ids), max_time });
        }
    }

    /// Returns the first range of a day, in the order of the scan, that is left to read.
    fn next_range(&self, day: Day, told: &Candidates) -> Option<IdRange> {
        let rest = self.rest.within(day);
        let has_ids = |ids: &IdRange| !ids.is_empty();
        let Candidates::Ranges(ranges) = told else { return Some(rest).filter(has_ids) };
        let mut left = ranges.iter().map(|ids| ids.and(rest)).filter(has_ids);
        let is_newest = self.order == Order::Newest;
        let mut window = if is_newest { left.next_back()? } else { left.next()? };
        let mut last = window;
        while let Some(next) = if is_newest { left.next_back() } else { left.next() } {
            let (earlier, later) = if is_newest { (next, window) } else { (window, next) };
            let own = last.duration().saturating_add(next.duration());
            if !earlier.is_near(later, self.gap.max(own / GAP_SHARE)) {
                break;
            }
            window = IdRange { first: earlier.first, end: later.end };
            last = next;
        }
        Some(window)
    }

    fn is_sketched(&self, day: Day) -> bool {
        matches!(self.told.get(&day), Some(Candidates::Ranges(_)))
    }

    /// Notes that everything up to and including this record is scanned.
    pub(crate) fn scanned_through(&mut self, id: ObjectId) {
        self.rest = match self.order {
            Order::Newest => self.rest.before(id),
            Order::Oldest => self.rest.after(id),
        };
    }

    /// Notes that a whole window is scanned, and how long it took.
    pub(crate) fn finished(&mut self, window: &Window, took: Duration) {
        self.pass(window.ids);
        let is_sketched = self.is_sketched(window.day);
        if !is_sketched {
            self.width = self.width_for(&window.ids);
        }
        if is_sketched && took < QUICK_RANGES {
            self.gap = (self.gap * WIDTH_FACTOR).min(MAX_GAP).max(self.least_gap());
        } else if is_sketched && took > SLOW_RANGES {
            self.gap = (self.gap / WIDTH_FACTOR).max(self.least_gap());
        }
        let width = self.width_of(window.day);
        if took < QUICK {
            *width = (*width * WIDTH_FACTOR).min(DAY);
        } else if took > SLOW {
            *width = (*width / WIDTH_FACTOR).max(MIN_WIDTH);
        }
    }

    /// Narrows the window that ran out of time. Returns `false` where it cannot be narrower.
    pub(crate) fn narrow(&mut self, window: &Window) -> bool {
        self.gap = self.least_gap();
        let width = self.width_of(window.day);
        let can = *width > MIN_WIDTH;
        *width = (*width / RETRY_FACTOR).max(MIN_WIDTH);
        can
    }

    fn width_of(&mut self, day: Day) -> &mut Duration {
        if self.is_sketched(day) { &mut self.sketched_width } else { &mut self.width }
    }

    /// Notes that there is nothing left in these ids, nor before them in the order of the scan.
    fn pass(&mut self, ids: IdRange) {
        self.rest = match (self.order, ids) {
            (Order::Newest, IdRange { first: Some(first), .. }) => self.rest.before(first),
            (Order::Oldest, IdRange { end: Some(end), .. }) => self.rest.from(end),
            // The calendar ends there.
            _ => IdRange { first: ids.first, end: ids.first },
        };
    }

    /// Returns where the scan goes on: everything on the near side of this id is scanned. `None` before the first window
    /// of a range without a bound.
    pub(crate) fn cursor(&self) -> Option<ObjectId> {
        match self.order {
            Order::Newest => self.rest.end,
            Order::Oldest => self.rest.first,
        }
    }

    /// The width of a window that begins at the end of these ids, or at the current time.
    fn width_for(&self, ids: &IdRange) -> Duration {
        if self.spans_now(ids) { self.width.min(self.first_width) } else { self.width }
    }

    /// Whether a scan from the newest record comes from the future to the past here.
    fn spans_now(&self, ids: &IdRange) -> bool {
        let is_before = ids.first.is_none_or(|first| first < self.now);
        self.order == Order::Newest && is_before && ids.end.is_none_or(|end| end > self.now)
    }
}

fn earlier(end: ObjectId, width: Duration) -> Option<ObjectId> {
    moved(end, -i64::try_from(width.as_micros()).ok()?)
}

fn later(first: ObjectId, width: Duration) -> Option<ObjectId> {
    moved(first, i64::try_from(width.as_micros()).ok()?)
}

fn moved(id: ObjectId, by_micros: i64) -> Option<ObjectId> {
    EventTime::from_micros(time_of(id)?.micros().checked_add(by_micros)?).map(first_id)
}
