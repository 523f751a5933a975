//! `GET /transactions`: the newest or slowest transactions.

use std::time::Duration;

use bson::oid::ObjectId;
use record::{EventTime, time_of};
use store::{Condition, IdRange, Lookup, Order};

use crate::paths::TRANSACTIONS;

use super::filter::{FILTERS, Filter, LOG_UID};
use super::moment::{FROM, TO};
use super::paging::{self, AFTER, LIMIT};
use super::{BadParameter, Parameters, spelling};

const SORT: &str = "sort";
const NEWEST: &str = "newest";
const SLOWEST: &str = "slowest";
const MIN_DURATION: &str = "min_duration_ms";
const DEFAULT_LIMIT: usize = 50;
/// How many transactions an answer holds at most.
const MAX_LIMIT: usize = 500;
/// The default length of the time range.
const DEFAULT_RANGE: Duration = Duration::from_hours(24);
/// The longest duration: a year.
const MAX_DURATION_MS: u64 = 366 * 24 * 60 * 60 * 1_000;

/// Which transactions come first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sort {
    /// Those with the newest matching record.
    Newest,
    /// Those that took the longest.
    Slowest,
}

/// A request for the transactions that have a matching record in a time range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TransactionListSearch {
    /// The time of the request.
    pub(crate) asked_at: EventTime,
    filter: Filter,
    from: EventTime,
    pub(crate) sort: Sort,
    pub(crate) limit: usize,
    /// The shortest duration.
    pub(crate) min_duration: Duration,
    /// The cursor. Transactions with a matching record at this id or later are on earlier pages.
    after: Option<ObjectId>,
}

impl TransactionListSearch {
    /// Reads a query string at the time `now`.
    pub(crate) fn parse(query: Option<&str>, now: EventTime) -> Result<Self, BadParameter> {
        let known: Vec<&str> = parameters().collect();
        let parameters = Parameters::parse(query, &known)?;
        let filter = Filter::parse(&parameters, now)?;
        let ids = filter.ids();
        let end = ids.end.and_then(time_of).unwrap_or(now);
        Ok(Self {
            asked_at: now,
            from: ids.first.and_then(time_of).unwrap_or_else(|| end.before(DEFAULT_RANGE)),
            filter,
            sort: sort(&parameters)?,
            limit: paging::limit(&parameters, LIMIT, DEFAULT_LIMIT, 1..=MAX_LIMIT)?,
            min_duration: parameters.get(MIN_DURATION).map_or(Ok(Duration::ZERO), duration)?,
            after: paging::after(&parameters)?,
        })
    }

    /// Whether the request needs the duration of each transaction.
    pub(crate) fn is_of_durations(&self) -> bool {
        self.sort == Sort::Slowest || !self.min_duration.is_zero()
    }

    /// Returns the ids that are left to scan.
    pub(crate) fn ids(&self) -> IdRange {
        let ids = self.range();
        self.after.map_or(ids, |after| ids.before(after))
    }

    /// Returns the ids that earlier pages scanned. `None` on the first page.
    pub(crate) fn ids_before(&self) -> Option<IdRange> {
        self.after.map(|after| self.range().from(after))
    }

    /// Returns the condition that a record of each transaction matches.
    pub(crate) fn condition(&self) -> &Condition {
        self.filter.condition()
    }

    /// Returns the lookup of at most `limit` matching records with these ids, newest first.
    pub(crate) fn lookup(&self, ids: IdRange, limit: i64, max_time: Duration) -> Lookup {
        Lookup { filter: self.filter.condition().clone(), ids, order: Order::Newest, limit, projection: None, max_time }
    }

    /// Returns the path and query for the transactions whose newest matching record is before `bound`. The next page leaves
    /// out records from `end` on: they would move transactions that are not listed yet.
    pub(crate) fn address_of_rest(&self, bound: ObjectId, end: EventTime) -> String {
        let (from, to) = (self.from.to_string(), self.filter.ids().end.and_then(time_of).unwrap_or(end).to_string());
        let others = self.filter.parameters().filter(|(name, _)| ![FROM, TO].contains(name));
        let times = [(FROM, from.as_str()), (TO, to.as_str())];
        paging::address(TRANSACTIONS, times.into_iter().chain(others), &bound.to_hex())
    }

    fn range(&self) -> IdRange {
        IdRange { first: IdRange::of_time(Some(self.from), None).first, ..self.filter.ids() }
    }
}

/// Returns the known parameters. `log_uid` is not among them: use `GET /transactions/{log_uid}`.
pub(crate) fn parameters() -> impl Iterator<Item = &'static str> {
    FILTERS.into_iter().filter(|name| *name != LOG_UID).chain([MIN_DURATION, SORT, LIMIT, AFTER])
}

fn sort(parameters: &Parameters<'_>) -> Result<Sort, BadParameter> {
    match parameters.get(SORT) {
        None | Some(NEWEST) => Ok(Sort::Newest),
        Some(SLOWEST) => Ok(Sort::Slowest),
        Some(other) => {
            let suggestion = spelling::closest(other, &[NEWEST, SLOWEST]);
            let bad = BadParameter::value(SORT, other, "there is no such order", &format!("{NEWEST}, {SLOWEST}"));
            Err(BadParameter { suggestion, ..bad })
        }
    }
}

fn duration(value: &str) -> Result<Duration, BadParameter> {
    let millis = value.parse().ok().filter(|millis| *millis <= MAX_DURATION_MS);
    millis.map(Duration::from_millis).ok_or_else(|| {
        let allowed = format!("a whole number of milliseconds up to {MAX_DURATION_MS}");
        BadParameter::value(MIN_DURATION, value, "that is not a duration", &allowed)
    })
}

#[cfg(test)]
mod tests {
    use record::time_of;

    use super::{EventTime, TransactionListSearch};

    const ID: &str = "6b00065b28841133e527503d";

    fn now() -> EventTime {
        EventTime::from_rfc3339("2026-11-20T12:00:00Z").unwrap()
    }

    fn parse(query: &str) -> Result<TransactionListSearch, super::BadParameter> {
        TransactionListSearch::parse(Some(query), now())
    }

    #[test]
    fn the_last_day_is_looked_at_if_nobody_says() {
        fn check(query: &str, from: &str, to: &str) {
            let ids = parse(query).unwrap().ids();
            let time = |id: Option<_>| id.and_then(time_of).map(|time| time.to_string()).unwrap_or_default();
            let expect = [from, to].map(|time| if time.is_empty() { String::new() } else { format!("{time}.000000Z") });
            assert_eq!([time(ids.first), time(ids.end)], expect, "{query}");
        }
        check("", "2026-11-19T12:00:00", "");
        check("from=-1h", "2026-11-20T11:00:00", "");
        check("to=2026-11-18", "2026-11-18T00:00:00", "2026-11-19T00:00:00");
        check("from=2026-11-01&to=2026-11-02", "2026-11-01T00:00:00", "2026-11-03T00:00:00");
    }

    #[test]
    fn the_rest_is_of_the_same_time() {
        fn check(query: &str, expect: &str) {
            let search = parse(query).unwrap();
            assert_eq!(search.ids_before(), None);
            let rest = search.address_of_rest(ID.parse().unwrap(), now());
            assert_eq!(rest, format!("/transactions?{expect}&after={ID}"), "{query}");
            let rest = TransactionListSearch::parse(rest.split_once('?').map(|(_, query)| query), now()).unwrap();
            assert_eq!((rest.ids().end, rest.ids_before().unwrap().first), (ID.parse().ok(), ID.parse().ok()));
            assert_eq!((rest.sort, rest.limit, rest.min_duration), (search.sort, search.limit, search.min_duration));
        }
        check("", "from=2026-11-19T12:00:00.000000Z&to=2026-11-20T12:00:00.000000Z");
        check(
            "from=-12h&level=ERROR&min_duration_ms=250&sort=slowest&limit=7&field.a=b",
            "from=2026-11-20T00:00:00.000000Z&to=2026-11-20T12:00:00.000000Z&level=ERROR&min_duration_ms=250&sort=slowest&limit=7&field.a=b",
        );
    }

    #[test]
    fn others_are_refused() {
        fn check(query: &str, expect: &str) {
            let refused = parse(query).unwrap_err();
            assert_eq!(format!("{refused} | {}", refused.allowed), expect, "{query}");
        }
        check("sort=slow", "sort is `slow`: there is no such order. | newest, slowest");
        check("limit=501", "limit is `501`: that is not an allowed number. | a whole number from 1 to 500");
        check(
            "min_duration_ms=1.5",
            "min_duration_ms is `1.5`: that is not a duration. | a whole number of milliseconds up to 31622400000",
        );
        check("after=x", "after is `x`: that is not a cursor. | the `next` of an earlier answer");
        assert!(parse("log_uid=x").is_err());
    }
}
