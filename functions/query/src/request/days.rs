//! `GET /days`: how much there is of each day.

use std::iter;

use bson::oid::ObjectId;
use store::IdRange;

use crate::paths::DAYS;

use super::paging::{self, AFTER};
use super::{BadParameter, Parameters};

/// A request for the days.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DaysSearch {
    /// The cursor: the days have ids before it.
    after: Option<ObjectId>,
}

impl DaysSearch {
    /// Reads a query string.
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, BadParameter> {
        Ok(Self { after: paging::after(&Parameters::parse(query, &[AFTER])?)? })
    }

    /// Returns the ids of the records to count.
    pub(crate) fn ids(self) -> IdRange {
        self.after.map_or_else(IdRange::default, |after| IdRange::default().before(after))
    }

    /// Returns the path and query for what lies before the cursor `bound`.
    pub(crate) fn address_of_rest(bound: ObjectId) -> String {
        paging::address(DAYS, iter::empty(), &bound.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;

    use super::{DaysSearch, IdRange};

    #[test]
    fn what_lies_before_is_asked_for_with_a_cursor() {
        let cursor: ObjectId = "6b00065b28841133e527503d".parse().unwrap();
        let rest = DaysSearch::address_of_rest(cursor);
        assert_eq!(rest, "/days?after=6b00065b28841133e527503d");
        let again = DaysSearch::parse(rest.split_once('?').map(|(_, query)| query)).unwrap();
        assert_eq!(again.ids(), IdRange::default().before(cursor));
        assert_eq!(DaysSearch::parse(None).unwrap().ids(), IdRange::default());
        assert!(DaysSearch::parse(Some("after=x")).is_err());
    }
}
