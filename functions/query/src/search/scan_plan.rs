//! Pure scan plan: which time windows to read next, and how far we got.
//!
//! A scan of a whole day that runs out of time tells nothing about how far it got. So a scan reads windows of time. They
//! widen while MongoDB is quick and narrow while it is slow.

use std::time::Duration;

use bson::oid::ObjectId;
use record::Day;
use record::{EventTime, first_id, time_of};
use store::{IdRange, Order};

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
}

impl ScanPlan {
    /// Plans a scan of the ids of these days, which are in time order.
    pub(crate) fn new(order: Order, days: Vec<Day>, ids: IdRange, first_width: FirstWidth, now: EventTime) -> Self {
        let first_width = match first_width {
            FirstWidth::Day => DAY,
            FirstWidth::Minute => FIRST_WIDTH,
        };
        Self { order, days, rest: ids, first_width, width: first_width, now: first_id(now) }
    }

    /// Returns the next window; `None` at the end.
    pub(crate) fn next_window(&self, time_left: Duration) -> Option<Window> {
        let mut days = self.days.iter().copied().map(|day| (day, self.rest.within(day)));
        let has_ids = |(_, ids): &(Day, IdRange)| !ids.is_empty();
        let (day, ids) = match self.order {
            Order::Newest => days.rfind(has_ids)?,
            Order::Oldest => days.find(has_ids)?,
        };
        let narrowed = match self.order {
            Order::Newest => {
                let end = ids.end.map(|end| if self.spans_now(&ids) { self.now } else { end });
                end.and_then(|end| earlier(end, self.width_for(&ids))).map(|first| ids.from(first))
            }
            Order::Oldest => ids.first.and_then(|first| later(first, self.width)).map(|end| ids.before(end)),
        };
        let max_time = if self.width == MIN_WIDTH { time_left } else { time_left.min(MAX_TIME) };
        Some(Window { day, ids: narrowed.filter(|ids| !ids.is_empty()).unwrap_or(ids), max_time })
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
        self.rest = match (self.order, window.ids) {
            (Order::Newest, IdRange { first: Some(first), .. }) => self.rest.before(first),
            (Order::Oldest, IdRange { end: Some(end), .. }) => self.rest.from(end),
            // The calendar ends there.
            _ => IdRange { first: window.ids.first, end: window.ids.first },
        };
        self.width = self.width_for(&window.ids);
        if took < QUICK {
            self.width = (self.width * WIDTH_FACTOR).min(DAY);
        } else if took > SLOW {
            self.width = (self.width / WIDTH_FACTOR).max(MIN_WIDTH);
        }
    }

    /// Narrows the window that ran out of time. Returns `false` where it cannot be narrower.
    pub(crate) fn narrow(&mut self) -> bool {
        let can = self.width > MIN_WIDTH;
        self.width = (self.width / RETRY_FACTOR).max(MIN_WIDTH);
        can
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use proptest::collection::vec;
    use proptest::option::weighted;
    use proptest::prelude::*;
    use record::{EventTime, first_id, time_of};
    use store::{IdRange, Order};

    use super::{Day, FirstWidth, ObjectId, ScanPlan, Window};

    const LEFT: Duration = Duration::from_secs(5);

    fn time(text: &str) -> EventTime {
        EventTime::from_rfc3339(text).unwrap()
    }

    fn plan(order: Order, from: Option<&str>, to: Option<&str>, first_width: FirstWidth) -> ScanPlan {
        let days = ["2026-11-17", "2026-11-19", "2026-11-20"].map(|day| day.parse().unwrap());
        let now = time("2026-11-21T00:00:00Z");
        ScanPlan::new(order, days.to_vec(), IdRange::of_time(from.map(time), to.map(time)), first_width, now)
    }

    /// `day from-to`, to the second.
    fn shown(window: &Window) -> String {
        let clock = |id| time_of(id).unwrap().to_string()[11..19].to_owned();
        format!("{} {}-{}", window.day, clock(window.ids.first.unwrap()), clock(window.ids.end.unwrap()))
    }

    fn steps(mut plan: ScanPlan, took: &[u64]) -> Vec<String> {
        let mut windows = Vec::new();
        let mut took = took.iter().copied().chain(std::iter::repeat(0));
        while let Some(window) = plan.next_window(LEFT) {
            windows.push(shown(&window));
            plan.finished(&window, Duration::from_millis(took.next().unwrap()));
        }
        windows
    }

    #[test]
    fn whole_days_are_looked_at_in_order() {
        let plan = |order| plan(order, None, None, FirstWidth::Day);
        let newest = ["2026-11-20 00:00:00-00:00:00", "2026-11-19 00:00:00-00:00:00", "2026-11-17 00:00:00-00:00:00"];
        assert_eq!(steps(plan(Order::Newest), &[]), newest);
        assert_eq!(steps(plan(Order::Oldest), &[]), newest.into_iter().rev().collect::<Vec<_>>());
    }

    #[test]
    fn windows_widen_while_they_are_quick() {
        let newest =
            plan(Order::Newest, Some("2026-11-18T22:00:00Z"), Some("2026-11-20T05:00:00Z"), FirstWidth::Minute);
        assert_eq!(
            steps(newest, &[10, 10, 10, 500, 500, 900, 10]),
            [
                "2026-11-20 04:59:00-05:00:00",
                "2026-11-20 04:55:00-04:59:00",
                "2026-11-20 04:39:00-04:55:00",
                "2026-11-20 03:35:00-04:39:00",
                "2026-11-20 02:31:00-03:35:00",
                "2026-11-20 01:27:00-02:31:00",
                "2026-11-20 01:11:00-01:27:00",
                "2026-11-20 00:07:00-01:11:00",
                "2026-11-20 00:00:00-00:07:00",
                "2026-11-19 06:56:00-00:00:00",
                "2026-11-19 00:00:00-06:56:00",
            ]
        );
        let oldest =
            plan(Order::Oldest, Some("2026-11-19T23:58:30Z"), Some("2026-11-20T00:03:00Z"), FirstWidth::Minute);
        assert_eq!(
            steps(oldest, &[500, 500, 10]),
            [
                "2026-11-19 23:58:30-23:59:30",
                "2026-11-19 23:59:30-00:00:00",
                "2026-11-20 00:00:00-00:01:00",
                "2026-11-20 00:01:00-00:03:00",
            ]
        );
    }

    #[test]
    fn what_is_later_than_now_does_not_widen_the_windows() {
        fn check(now: &str, expect: &[&str]) {
            let days = ["2026-11-20", "2026-11-21", "2026-11-22"].map(|day| day.parse().unwrap());
            let plan = ScanPlan::new(Order::Newest, days.to_vec(), IdRange::default(), FirstWidth::Minute, time(now));
            assert_eq!(steps(plan, &[])[..expect.len()], *expect, "{now}");
        }
        check("2026-11-22T12:00:00Z", &["2026-11-22 11:59:00-00:00:00", "2026-11-22 11:55:00-11:59:00"]);
        check(
            "2026-11-20T12:00:00Z",
            &[
                "2026-11-22 23:59:00-00:00:00",
                "2026-11-22 23:55:00-23:59:00",
                "2026-11-22 23:39:00-23:55:00",
                "2026-11-22 22:35:00-23:39:00",
                "2026-11-22 18:19:00-22:35:00",
                "2026-11-22 01:15:00-18:19:00",
                "2026-11-22 00:00:00-01:15:00",
                "2026-11-21 00:00:00-00:00:00",
                "2026-11-20 11:59:00-00:00:00",
                "2026-11-20 11:55:00-11:59:00",
            ],
        );
    }

    #[test]
    fn a_window_that_takes_too_long_is_tried_narrower_until_it_cannot() {
        let mut plan = plan(Order::Newest, None, None, FirstWidth::Day);
        let widths = [
            (true, "22:30:00", 2),
            (true, "23:54:22", 2),
            (true, "23:59:38", 2),
            (true, "23:59:58", 2),
            (true, "23:59:59", 5),
            (false, "23:59:59", 5),
        ];
        for (can, from, max_time) in widths {
            assert_eq!(plan.narrow(), can);
            let window = plan.next_window(LEFT).unwrap();
            assert_eq!((shown(&window), window.max_time.as_secs()), (format!("2026-11-20 {from}-00:00:00"), max_time));
        }
        assert_eq!(plan.next_window(Duration::from_millis(3)).unwrap().max_time.as_millis(), 3);
    }

    #[test]
    fn what_was_taken_is_not_looked_at_again() {
        let id = first_id(time("2026-11-19T12:00:00Z"));
        let mut newest = plan(Order::Newest, None, None, FirstWidth::Day);
        assert_eq!(newest.cursor(), None);
        newest.scanned_through(id);
        assert_eq!(
            (newest.cursor(), shown(&newest.next_window(LEFT).unwrap()).as_str()),
            (Some(id), "2026-11-19 00:00:00-12:00:00")
        );
        let mut oldest = plan(Order::Oldest, None, None, FirstWidth::Day);
        oldest.scanned_through(id);
        assert_eq!(shown(&oldest.next_window(LEFT).unwrap()), "2026-11-19 12:00:00-00:00:00");
        assert!(oldest.cursor() > Some(id));
    }

    /// The ids that a scan meets, in that order, when its windows take so many milliseconds (`None`: they run out of
    /// time). Each page takes at most `page` ids; the next page goes on at the cursor.
    fn met(order: Order, ids: &[ObjectId], range: IdRange, took: &[Option<u64>], page: usize) -> Vec<ObjectId> {
        let days: Vec<Day> =
            ids.iter().map(|id| Day::of(time_of(*id).unwrap())).collect::<BTreeSet<_>>().into_iter().collect();
        let now = time_of(range.end.unwrap_or_default()).unwrap();
        let now = EventTime::from_micros(now.micros() - 1_800_000_000).unwrap();
        let begin = |range| ScanPlan::new(order, days.clone(), range, FirstWidth::Minute, now);
        let (mut plan, mut met, mut took) = (begin(range), Vec::new(), took.iter().cycle());
        while let Some(window) = plan.next_window(LEFT) {
            let Some(millis) = took.next().unwrap() else {
                plan.narrow();
                continue;
            };
            let is_in = |id: &&ObjectId| window.ids.first.unwrap() <= **id && **id < window.ids.end.unwrap();
            let mut inside: Vec<ObjectId> = ids.iter().filter(is_in).copied().collect();
            if order == Order::Newest {
                inside.reverse();
            }
            let is_full = inside.len() > page;
            for id in inside.into_iter().take(page) {
                plan.scanned_through(id);
                met.push(id);
            }
            if is_full {
                let bound = plan.cursor().unwrap();
                plan = begin(if order == Order::Newest { range.before(bound) } else { range.from(bound) });
            } else {
                plan.finished(&window, Duration::from_millis(*millis));
            }
        }
        met
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn everything_in_a_range_is_met_once_and_in_order(
            half_seconds in vec(0..10_000_u32, 0..40),
            range in (0..10_000_u32, 0..10_000_u32),
            took in vec(weighted(0.8, 0..1_000_u64), 1..10).prop_filter("some end", |took| took.iter().any(Option::is_some)),
            page in 1..5_usize,
            is_newest: bool,
        ) {
            let id = |(number, halves): (usize, &u32)| {
                // Before and after midnight.
                let micros = time("2026-11-20T00:00:00Z").micros() + (i64::from(*halves) - 5_000) * 500_000;
                let mut bytes = first_id(EventTime::from_micros(micros).unwrap()).bytes();
                bytes[11] = u8::try_from(number).unwrap();
                ObjectId::from_bytes(bytes)
            };
            let mut ids: Vec<ObjectId> = half_seconds.iter().enumerate().map(id).collect();
            ids.sort_unstable();
            let range = IdRange::default().from(id((3, &range.0))).before(id((7, &range.1)));
            let is_in = |id: &&ObjectId| range.first.unwrap() <= **id && **id < range.end.unwrap();
            let mut expect: Vec<ObjectId> = ids.iter().filter(is_in).copied().collect();
            let order = if is_newest { Order::Newest } else { Order::Oldest };
            if is_newest {
                expect.reverse();
            }
            prop_assert_eq!(met(order, &ids, range, &took, page), expect);
        }
    }
}
