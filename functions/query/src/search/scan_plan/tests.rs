//! Tests of the scan plan.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use record::{EventTime, first_id, time_of};
use store::{Candidates, Condition, IdRange, Order, Phrase, Wanted};

use super::{Day, FirstWidth, ObjectId, ScanPlan, Searched, Window};

const LEFT: Duration = Duration::from_secs(5);

fn time(text: &str) -> EventTime {
    EventTime::from_rfc3339(text).unwrap()
}

fn plan(order: Order, from: Option<&str>, to: Option<&str>, first_width: FirstWidth) -> ScanPlan {
    // Ids cannot tell the last one, which somebody else has made.
    let days = ["2026-11-17", "2026-11-19", "2026-11-20", "9999-12-31"].map(|day| day.parse().unwrap());
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
    let newest = plan(Order::Newest, Some("2026-11-18T22:00:00Z"), Some("2026-11-20T05:00:00Z"), FirstWidth::Minute);
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
    let oldest = plan(Order::Oldest, Some("2026-11-19T23:58:30Z"), Some("2026-11-20T00:03:00Z"), FirstWidth::Minute);
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
        let window = plan.next_window(LEFT).unwrap();
        assert_eq!(plan.narrow(&window), can);
        let window = plan.next_window(LEFT).unwrap();
        assert_eq!((shown(&window), window.max_time.as_secs()), (format!("2026-11-20 {from}-00:00:00"), max_time));
    }
    assert_eq!(plan.next_window(Duration::from_millis(3)).unwrap().max_time.as_millis(), 3);
}

fn wanted() -> Wanted {
    Wanted::of(&Condition::Phrase(Phrase::parse("timeout", Vec::new()))).unwrap()
}

fn range(from: &str, to: &str) -> IdRange {
    IdRange::of_time(Some(time(from)), Some(time(to)))
}

/// What a scan does: the days that it asks about, and the windows. `answer` has the ranges of the days with sketches.
fn asked_and_read(order: Order, answer: &[(&str, &[IdRange])]) -> (Vec<String>, Searched) {
    let mut plan = plan(order, None, None, FirstWidth::Minute).asking(Some(wanted()));
    let mut done = Vec::new();
    loop {
        while let Some((days, _)) = plan.question() {
            done.push(days.iter().map(Day::to_string).collect::<Vec<_>>().join(" "));
            let told = answer.iter().map(|(day, ranges)| (day.parse().unwrap(), Candidates::Ranges(ranges.to_vec())));
            plan.answered(&days, told.filter(|(day, _)| days.contains(day)).collect());
        }
        let Some(window) = plan.next_window(LEFT) else { return (done, plan.searched()) };
        done.push(shown(&window));
        plan.finished(&window, Duration::from_millis(500));
    }
}

#[test]
fn only_what_the_sketches_left_is_read() {
    let ranges =
        [range("2026-11-19T03:00:00Z", "2026-11-19T03:00:05Z"), range("2026-11-19T07:00:00Z", "2026-11-19T08:00:00Z")];
    let answer = [("2026-11-20", &[][..]), ("2026-11-19", &ranges), ("2026-11-17", &[])];
    let (done, searched) = asked_and_read(Order::Newest, &answer);
    let expect =
        ["2026-11-20", "2026-11-19 2026-11-17", "2026-11-19 07:00:00-08:00:00", "2026-11-19 03:00:00-03:00:05"];
    assert_eq!((done, searched), (expect.map(str::to_owned).to_vec(), Searched { sketches: 3, scanned: 0 }));
    let (done, searched) = asked_and_read(Order::Oldest, &answer);
    let expect =
        ["2026-11-17", "2026-11-19 2026-11-20", "2026-11-19 03:00:00-03:00:05", "2026-11-19 07:00:00-08:00:00"];
    assert_eq!((done, searched), (expect.map(str::to_owned).to_vec(), Searched { sketches: 3, scanned: 0 }));
}

/// Many ranges of a day with few records are few windows.
#[test]
fn ranges_are_read_together_while_that_is_quick() {
    fn check(order: Order, took: u64) -> Vec<String> {
        let mut plan = plan(order, Some("2026-11-20T00:00:00Z"), None, FirstWidth::Minute).asking(Some(wanted()));
        let minutes = |minute: u32| format!("2026-11-20T{:02}:{:02}:00Z", minute / 60, minute % 60);
        let ranges: Vec<IdRange> = (0..140).map(|ten| range(&minutes(ten * 10), &minutes(ten * 10 + 1))).collect();
        let (days, _) = plan.question().unwrap();
        plan.answered(&days.clone(), [(days[0], Candidates::Ranges(ranges))].into());
        steps(plan, &[took; 200])
    }
    let newest = check(Order::Newest, 1);
    assert_eq!(newest[0], "2026-11-20 23:10:00-23:11:00");
    assert_eq!(newest.len(), 8, "{newest:?}");
    assert_eq!(newest[7], "2026-11-20 00:00:00-22:01:00");
    let oldest = check(Order::Oldest, 1);
    assert_eq!((oldest.len(), oldest[7].as_str()), (8, "2026-11-20 01:10:00-23:11:00"));
    assert_eq!(check(Order::Newest, 30).len(), 140);
    assert_eq!(check(Order::Newest, 90).len(), 140);
}

/// The sketches of a day follow each other, with a little time between one's last record and the next one's first.
#[test]
fn ranges_that_nearly_follow_each_other_are_read_together() {
    fn check(order: Order, seconds_of: &[u32], seconds_between: u32, expect: usize) {
        let mut plan = plan(order, Some("2026-11-20T00:00:00Z"), None, FirstWidth::Minute).asking(Some(wanted()));
        let clock =
            |second: u32| format!("2026-11-20T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60);
        let mut second = 0;
        let ranges = seconds_of.iter().map(|seconds| {
            let ids = range(&clock(second), &clock(second + seconds));
            second += seconds + seconds_between;
            ids
        });
        let (days, _) = plan.question().unwrap();
        plan.answered(&days.clone(), [(days[0], Candidates::Ranges(ranges.collect()))].into());
        let windows = steps(plan, &[30; 200]);
        assert_eq!(windows.len(), expect, "{seconds_of:?} and {seconds_between} s between: {windows:?}");
    }
    for order in [Order::Newest, Order::Oldest] {
        check(order, &[800; 100], 1, 1);
        check(order, &[8; 100], 1, 1);
        // What lies between is more than a sixteenth.
        check(order, &[7; 100], 1, 100);
        check(order, &[80; 50], 11, 50);
        // A range's own time counts, not that of the window that it is read with.
        check(order, &[800, 8, 8, 8], 40, 3);
        check(order, &[800, 8, 8, 8], 60, 4);
    }
}

/// An index finds the errors between the ranges, too, and each query costs the server the reading of the text's filter.
#[test]
fn ranges_are_read_together_where_an_index_finds_the_records() {
    let text = Condition::Phrase(Phrase::parse("timeout", Vec::new()));
    let errors = Wanted::of(&text.and(Condition::MinLevel(40)));
    let mut plan = plan(Order::Newest, Some("2026-11-20T00:00:00Z"), None, FirstWidth::Day).asking(errors);
    let ranges = [(1, 2), (5, 6), (22, 23)]
        .map(|(from, to)| range(&format!("2026-11-20T{from:02}:00:00Z"), &format!("2026-11-20T{to:02}:00:00Z")));
    let (days, _) = plan.question().unwrap();
    plan.answered(&days.clone(), [(days[0], Candidates::Ranges(ranges.to_vec()))].into());
    assert_eq!(steps(plan, &[90]), ["2026-11-20 01:00:00-23:00:00"]);
}

#[test]
fn a_day_of_which_the_sketches_say_nothing_is_scanned() {
    let ranges = [range("2026-11-20T23:59:00Z", "2026-11-20T23:59:30Z")];
    let (done, searched) = asked_and_read(Order::Newest, &[("2026-11-20", &ranges)]);
    assert_eq!(done[..2], ["2026-11-20", "2026-11-20 23:59:00-23:59:30"]);
    assert_eq!(done[2..4], ["2026-11-19 2026-11-17", "2026-11-19 23:59:00-00:00:00"]);
    assert_eq!(done.len(), 3 + 2 * 24 * 60);
    assert_eq!(searched, Searched { sketches: 1, scanned: 2 });
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
/// time). Each page takes at most `page` ids; the next page goes on at the cursor. `told` has the ranges that the sketches of
/// all days left.
fn met(
    order: Order,
    ids: &[ObjectId],
    range: IdRange,
    took: &[Option<u64>],
    page: usize,
    told: Option<&[IdRange]>,
) -> Vec<ObjectId> {
    let days: Vec<Day> =
        ids.iter().map(|id| Day::of(time_of(*id).unwrap())).collect::<BTreeSet<_>>().into_iter().collect();
    let now = time_of(range.end.unwrap_or_default()).unwrap();
    let now = EventTime::from_micros(now.micros() - 1_800_000_000).unwrap();
    let of_day = |day: Day, all: &[IdRange]| -> Vec<IdRange> {
        all.iter().map(|ids| ids.within(day)).filter(|ids| !ids.is_empty()).collect()
    };
    let begin =
        |range| ScanPlan::new(order, days.clone(), range, FirstWidth::Minute, now).asking(told.is_some().then(wanted));
    let (mut plan, mut met, mut took) = (begin(range), Vec::new(), took.iter().cycle());
    loop {
        while let Some((asked, _)) = plan.question() {
            let ranges = |day: &Day| Candidates::Ranges(of_day(*day, told.unwrap()));
            plan.answered(&asked, asked.iter().map(|day| (*day, ranges(day))).collect());
        }
        let Some(window) = plan.next_window(LEFT) else { return met };
        let Some(millis) = took.next().unwrap() else {
            plan.narrow(&window);
            continue;
        };
        let mut inside: Vec<ObjectId> = ids.iter().filter(|id| contains(window.ids, **id)).copied().collect();
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
}

/// An id of a time in half seconds, of which 5,000 are before midnight. The number tells ids of the same time apart.
fn id_at(halves: u32, number: usize) -> ObjectId {
    let micros = time("2026-11-20T00:00:00Z").micros() + (i64::from(halves) - 5_000) * 500_000;
    let mut bytes = first_id(EventTime::from_micros(micros).unwrap()).bytes();
    bytes[11] = u8::try_from(number).unwrap();
    ObjectId::from_bytes(bytes)
}

fn sorted_ids(half_seconds: &[u32]) -> Vec<ObjectId> {
    let mut ids: Vec<ObjectId> =
        half_seconds.iter().enumerate().map(|(number, halves)| id_at(*halves, number)).collect();
    ids.sort_unstable();
    ids
}

fn contains(range: IdRange, id: ObjectId) -> bool {
    range.first.unwrap() <= id && id < range.end.unwrap()
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
        let ids = sorted_ids(&half_seconds);
        let range = IdRange::default().from(id_at(range.0, 3)).before(id_at(range.1, 7));
        let mut expect: Vec<ObjectId> = ids.iter().filter(|id| contains(range, **id)).copied().collect();
        let order = if is_newest { Order::Newest } else { Order::Oldest };
        if is_newest {
            expect.reverse();
        }
        prop_assert_eq!(met(order, &ids, range, &took, page, None), expect);
    }

    /// What lies between near ranges may be met, too.
    #[test]
    fn what_the_sketches_left_is_met_once_and_in_order(
        half_seconds in vec(0..10_000_u32, 0..40),
        mut bounds in vec(0..10_000_u32, 0..60),
        took in vec(weighted(0.8, 0..1_000_u64), 1..10).prop_filter("some end", |took| took.iter().any(Option::is_some)),
        page in 1..5_usize,
        is_newest: bool,
    ) {
        let ids = sorted_ids(&half_seconds);
        let range = IdRange::default().from(id_at(0, 0)).before(id_at(10_000, 0));
        // From bound to bound: sorted, and apart where every second one is left out.
        bounds.sort_unstable();
        let told: Vec<IdRange> = bounds
            .chunks_exact(2)
            .map(|pair| IdRange::default().from(id_at(pair[0], 0)).before(id_at(pair[1], 0)))
            .filter(|ids| !ids.is_empty())
            .collect();
        let is_left = |id: &ObjectId| told.iter().any(|range| contains(*range, *id));
        let mut expect: Vec<ObjectId> = ids.iter().filter(|id| is_left(id)).copied().collect();
        let order = if is_newest { Order::Newest } else { Order::Oldest };
        if is_newest {
            expect.reverse();
        }
        let mut met = met(order, &ids, range, &took, page, Some(&told));
        let is_in_order = |pair: &[ObjectId]| if is_newest { pair[0] > pair[1] } else { pair[0] < pair[1] };
        prop_assert!(met.windows(2).all(is_in_order), "{met:?}");
        met.retain(is_left);
        prop_assert_eq!(met, expect);
    }
}
