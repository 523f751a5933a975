//! `GET /services`: the services that wrote records.

use std::time::Duration;

use record::EventTime;
use store::IdRange;

use crate::paths::SERVICES;

use super::moment::{self, FROM, TO};
use super::{BadParameter, Parameters};

/// The known parameters.
pub(crate) const PARAMETERS: [&str; 2] = [FROM, TO];

/// The default length of the time range.
const DEFAULT_RANGE: Duration = Duration::from_hours(24);

/// A request for the services that wrote records in a time range.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ServicesSearch {
    from: EventTime,
    to: Option<EventTime>,
}

impl ServicesSearch {
    /// Reads a query string at the time `now`.
    pub(crate) fn parse(query: Option<&str>, now: EventTime) -> Result<Self, BadParameter> {
        let (from, to) = moment::span(&Parameters::parse(query, &PARAMETERS)?, now)?;
        let from = from.unwrap_or_else(|| to.unwrap_or(now).before(DEFAULT_RANGE));
        Ok(Self { from, to })
    }

    /// Returns the ids of the records to scan.
    pub(crate) fn ids(self) -> IdRange {
        IdRange::of_time(Some(self.from), self.to)
    }

    /// Returns the path and query for records before `reached`.
    pub(crate) fn address_before(self, reached: EventTime) -> String {
        format!("{SERVICES}?{FROM}={}&{TO}={reached}", self.from)
    }
}

#[cfg(test)]
mod tests {
    use super::{EventTime, ServicesSearch};

    #[test]
    fn what_was_written_before_is_asked_for_by_its_time() {
        let time = |text| EventTime::from_rfc3339(text).unwrap();
        let now = time("2026-11-20T12:00:00Z");
        let search = ServicesSearch::parse(None, now).unwrap();
        let before = search.address_before(time("2026-11-20T08:00:00Z"));
        assert_eq!(before, "/services?from=2026-11-19T12:00:00.000000Z&to=2026-11-20T08:00:00.000000Z");
        let again = ServicesSearch::parse(before.split_once('?').map(|(_, query)| query), now).unwrap();
        assert_eq!((again.from, again.to), (search.from, Some(time("2026-11-20T08:00:00Z"))));
        assert!(ServicesSearch::parse(Some("service=x"), now).is_err());
    }
}
