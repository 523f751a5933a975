//! `GET /logs`: matching records, newest or oldest first.

use bson::oid::ObjectId;
use record::EventTime;
use store::{Condition, IdRange, Order};

use crate::paths::LOGS;

use super::fields::{FIELDS, Fields};
use super::filter::{FILTERS, Filter, LOG_UID};
use super::follow::{self, FOLLOW};
use super::format::{FORMAT, Format};
use super::paging::{self, AFTER, LIMIT};
use super::{BadParameter, Parameters, spelling};

const ORDER: &str = "order";
const NEWEST: &str = "newest";
const OLDEST: &str = "oldest";
const DEFAULT_LIMIT: usize = 100;
/// How many records an answer holds at most.
const MAX_LIMIT: usize = 10_000;

/// A request for records.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogSearch {
    pub(crate) filter: Filter,
    /// Whether records are taken that carry other ids of the same records. Then the filter has a uid.
    pub(crate) follow: bool,
    pub(crate) order: Order,
    pub(crate) limit: usize,
    pub(crate) format: Format,
    /// The fields to show; `None` for all.
    pub(crate) fields: Option<Fields>,
    /// The cursor. With the newest first, the page has ids before it; otherwise it has this id and later ones.
    after: Option<ObjectId>,
}

impl LogSearch {
    /// Reads a query string at the time `now`.
    pub(crate) fn parse(query: Option<&str>, accept: Option<&str>, now: EventTime) -> Result<Self, BadParameter> {
        let mut known = FILTERS.to_vec();
        known.extend([FOLLOW, ORDER, LIMIT, FORMAT, FIELDS, AFTER]);
        let parameters = Parameters::parse(query, &known)?;
        let format = Format::parse(&parameters, accept)?;
        let filter = Filter::parse(&parameters, now)?;
        let follow = follow::parse(&parameters)?;
        if follow && filter.uid().is_none() {
            let detail = "there is no id to follow";
            return Err(BadParameter::value(FOLLOW, "1", detail, &format!("`{FOLLOW}` together with `{LOG_UID}`")));
        }
        Ok(Self {
            filter,
            follow,
            order: order(&parameters)?,
            limit: paging::limit(&parameters, LIMIT, DEFAULT_LIMIT, 1..=MAX_LIMIT)?,
            format,
            fields: Fields::parse(&parameters, format)?,
            after: paging::after(&parameters)?,
        })
    }

    /// Returns the ids that the records can have.
    pub(crate) fn ids(&self) -> IdRange {
        let ids = self.filter.ids();
        match (self.after, self.order) {
            (None, _) => ids,
            (Some(end), Order::Newest) => ids.before(end),
            (Some(first), Order::Oldest) => ids.from(first),
        }
    }

    /// Returns the condition that the records match.
    pub(crate) fn condition(&self) -> &Condition {
        self.filter.condition()
    }

    /// Returns the path and query of the next page, for the cursor `bound`.
    pub(crate) fn address_of_rest(&self, bound: ObjectId) -> String {
        paging::address(LOGS, self.filter.parameters(), &bound.to_hex())
    }
}

fn order(parameters: &Parameters<'_>) -> Result<Order, BadParameter> {
    match parameters.get(ORDER) {
        None | Some(NEWEST) => Ok(Order::Newest),
        Some(OLDEST) => Ok(Order::Oldest),
        Some(other) => {
            let suggestion = spelling::closest(other, &[NEWEST, OLDEST]);
            let bad = BadParameter::value(ORDER, other, "there is no such order", &format!("{NEWEST}, {OLDEST}"));
            Err(BadParameter { suggestion, ..bad })
        }
    }
}

#[cfg(test)]
mod tests {
    use record::LogUid;

    use super::{Condition, EventTime, Format, IdRange, LogSearch, Order};

    const ID: &str = "6b00065b28841133e527503d";

    fn parse(query: &str) -> Result<LogSearch, super::BadParameter> {
        let now = EventTime::from_rfc3339("2026-11-20T08:35:39.165953Z").unwrap();
        LogSearch::parse(Some(query), None, now)
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let search = parse("").unwrap();
        assert_eq!((search.order, search.limit, search.format), (Order::Newest, 100, Format::Json));
        assert_eq!((search.ids(), search.condition().is_everything()), (IdRange::default(), true));
    }

    #[test]
    fn an_id_is_followed_with_all_other_filters() {
        let search = parse("log_uid=r-1&follow=1&level=ERROR").unwrap();
        assert_eq!((search.follow, search.filter.uid().map(LogUid::as_str)), (true, Some("r-1")));
        let uids = ["r-1", "t-1"].map(|uid| LogUid::parse(uid).unwrap());
        let expect = Condition::All(vec![Condition::MinLevel(40), Condition::AnyUid(uids.to_vec())]);
        assert_eq!(search.filter.condition_with(&uids), expect);
        assert!(!parse("log_uid=r-1&follow=0").unwrap().follow);
    }

    #[test]
    fn a_cursor_narrows_from_the_side_that_is_read() {
        let id = ID.parse().unwrap();
        assert_eq!(parse(&format!("after={ID}")).unwrap().ids(), IdRange::default().before(id));
        assert_eq!(parse(&format!("after={ID}&order=oldest")).unwrap().ids(), IdRange::default().from(id));
        let far = parse(&format!("after={ID}&order=oldest&from=2027-01-01")).unwrap();
        assert_eq!(far.ids(), parse("from=2027-01-01").unwrap().ids());
    }

    #[test]
    fn errors_and_transactions_have_their_index() {
        fn check(query: &str, is_direct: bool) {
            assert_eq!(parse(query).unwrap().condition().is_direct(), is_direct, "{query}");
        }
        check("", true);
        check("from=-1h", true);
        check("level=ERROR", true);
        check("level=CRITICAL&q=x&from=-1h", true);
        check("level=WARNING", false);
        check("log_uid=x", true);
        check("log_uid=x&level=ERROR", true);
        check("q=x", false);
    }

    #[test]
    fn the_rest_is_asked_for_alike() {
        let search =
            parse("level=ERROR&from=-1h&limit=5&order=oldest&format=text&after=6b00065b28841133e5275000").unwrap();
        let rest = search.address_of_rest(ID.parse().unwrap());
        assert_eq!(
            rest,
            format!("/logs?level=ERROR&from=2026-11-20T07:35:39.165953Z&limit=5&order=oldest&format=text&after={ID}")
        );
    }

    #[test]
    fn bad_values_are_refused() {
        fn check(query: &str, expect: &str) {
            let bad = parse(query).unwrap_err();
            assert_eq!(format!("{bad} | {} | {}", bad.allowed, bad.suggestion.unwrap_or("-")), expect, "{query}");
        }
        check("order=newst", "order is `newst`: there is no such order. | newest, oldest | newest");
        check("after=17", "after is `17`: that is not a cursor. | the `next` of an earlier answer | -");
        check("follow=1", "follow is `1`: there is no id to follow. | `follow` together with `log_uid` | -");
        check("limit=0", "limit is `0`: that is not an allowed number. | a whole number from 1 to 10000 | -");
    }
}
