//! `GET /quarantine`: the payloads that could not become log records.

use bson::oid::ObjectId;
use record::EventTime;
use store::IdRange;

use crate::paths::QUARANTINE;

use super::alternatives::alternatives;
use super::moment::{self, FROM, TO};
use super::paging::{self, AFTER, LIMIT};
use super::{BadParameter, Parameters};

const REASON: &str = "reason";
/// How many entries an answer holds where the request does not say.
const DEFAULT_LIMIT: usize = 20;
/// How many entries an answer holds at most.
const MAX_LIMIT: usize = 200;

/// A request for entries of the quarantine, by their time of arrival.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct QuarantineSearch {
    /// The reasons; empty for any reason.
    pub(crate) reasons: Vec<String>,
    from: Option<EventTime>,
    to: Option<EventTime>,
    pub(crate) limit: usize,
    /// The last entry of the previous page.
    after: Option<ObjectId>,
    /// The parameters, relative times made absolute.
    asked: Vec<(String, String)>,
}

impl QuarantineSearch {
    /// Reads a query string at the time `now`.
    pub(crate) fn parse(query: Option<&str>, now: EventTime) -> Result<Self, BadParameter> {
        let parameters = Parameters::parse(query, &[FROM, TO, REASON, LIMIT, AFTER])?;
        let (from, to) = moment::span(&parameters, now)?;
        Ok(Self {
            reasons: alternatives(&parameters, REASON)?,
            from,
            to,
            limit: paging::limit(&parameters, LIMIT, DEFAULT_LIMIT, 1..=MAX_LIMIT)?,
            after: paging::after(&parameters)?,
            asked: moment::pinned(&parameters, from, to),
        })
    }

    /// Whether this is the first page, which has the counts.
    pub(crate) fn is_first_page(&self) -> bool {
        self.after.is_none()
    }

    /// Returns the ids that the entries can have.
    pub(crate) fn ids(&self) -> IdRange {
        let ids = IdRange::of_time(self.from, self.to);
        self.after.map_or(ids, |after| ids.before(after))
    }

    /// Returns the path and query of the entries before `bound`.
    pub(crate) fn address_of_rest(&self, bound: ObjectId) -> String {
        let asked = self.asked.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        paging::address(QUARANTINE, asked, &bound.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use record::first_id;

    use super::{EventTime, QuarantineSearch};

    const ID: &str = "6b00065b28841133e527503d";

    fn time(text: &str) -> EventTime {
        EventTime::from_rfc3339(text).unwrap()
    }

    fn parse(query: &str) -> Result<QuarantineSearch, super::BadParameter> {
        QuarantineSearch::parse(Some(query), time("2026-11-20T12:00:00Z"))
    }

    #[test]
    fn a_request_without_parameters_asks_for_everything() {
        let search = parse("").unwrap();
        assert_eq!((search.ids().first, search.ids().end), (None, None));
        assert_eq!((search.reasons.len(), search.limit, search.is_first_page()), (0, 20, true));
    }

    #[test]
    fn the_next_page_asks_for_the_same_entries() {
        let search = parse("from=-1d&to=2026-11-20&reason=bad_json,empty&limit=7").unwrap();
        let next = search.address_of_rest(ID.parse().unwrap());
        assert_eq!(
            next,
            format!(
                "/quarantine?from=2026-11-19T12:00:00.000000Z&to=2026-11-21T00:00:00.000000Z&reason=bad_json,empty&limit=7&after={ID}"
            )
        );
        let page = parse(next.split_once('?').unwrap().1).unwrap();
        assert_eq!((page.reasons.as_slice(), page.limit), (search.reasons.as_slice(), 7));
        assert_eq!(page.ids().first, Some(first_id(time("2026-11-19T12:00:00Z"))));
        assert_eq!((page.ids().end, page.is_first_page()), (ID.parse().ok(), false));
        assert_eq!(page.address_of_rest(ID.parse().unwrap()), next);
    }

    #[test]
    fn bad_values_are_refused() {
        fn check(query: &str, expect: &str) {
            assert_eq!(parse(query).unwrap_err().to_string(), expect);
        }
        check("level=ERROR", "There is no parameter `level`.");
        check("reason[$ne]=x", "There is no parameter `reason[$ne]`.");
        check("reason=a,,b", "reason is `a,,b`: a name between the commas is empty.");
        check("limit=201", "limit is `201`: that is not an allowed number.");
        check("after=x", "after is `x`: that is not a cursor.");
    }
}
