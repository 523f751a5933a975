//! `GET /transactions/{log_uid}/outline`: the shape of a transaction.

use std::time::Duration;

use record::{EventTime, LogUid};
use store::{Condition, IdRange, Lookup, NO_LIMIT, Order, Projection};

use crate::paths::{OUTLINE_SUFFIX, TRANSACTION_PREFIX};

use super::filter::{FILTERS, Filter, LOG_UID};
use super::follow::{self, FOLLOW};
use super::{BadParameter, Parameters, paging, spelling, transaction};

const BINS: &str = "bins";
const DEFAULT_BINS: usize = 200;
/// How many bins of time an outline has at most.
pub(crate) const MAX_BINS: usize = 400;
const BY: &str = "by";
/// The kinds of lanes, with their names in a query string.
const LANES: [(LaneKind, &str); 3] =
    [(LaneKind::Service, "service"), (LaneKind::Host, "host"), (LaneKind::Process, "process")];

/// The fields that an outline needs, beside those of its lanes.
const FIELDS: [&str; 7] =
    ["service", "levelno", "log_uid", "source.arrived", "source.stream", "source.ids", "source.local_ids"];

/// What an outline has a lane for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LaneKind {
    /// Each service.
    Service,
    /// Each host (`fqdn`).
    Host,
    /// Each process of a host.
    Process,
}

/// A request for the outline of one transaction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OutlineSearch {
    uid: LogUid,
    /// Whether records are taken that carry other ids of the same records.
    pub(crate) follow: bool,
    filter: Filter,
    pub(crate) bins: usize,
    pub(crate) by: LaneKind,
}

/// Whether a path is that of an outline. A uid that ends in `/outline` needs an escaped slash there.
pub(crate) fn is_outline(path: &str) -> bool {
    sent_uid(path).is_some()
}

/// Returns the uid of an outline's path as it was sent.
fn sent_uid(path: &str) -> Option<&str> {
    path.strip_prefix(TRANSACTION_PREFIX)?.strip_suffix(OUTLINE_SUFFIX)
}

impl LaneKind {
    /// Returns the name in a query string.
    pub(crate) fn name(self) -> &'static str {
        LANES.iter().find(|(lanes, _)| *lanes == self).map_or_else(Default::default, |(_, name)| *name)
    }

    /// Returns the fields that name a lane.
    pub(crate) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Service => &[],
            Self::Host => &["fqdn"],
            Self::Process => &["fqdn", "process"],
        }
    }

    fn parse(parameters: &Parameters<'_>) -> Result<Self, BadParameter> {
        let Some(value) = parameters.get(BY) else { return Ok(Self::Service) };
        let known = LANES.iter().find(|(_, name)| *name == value).map(|(lanes, _)| *lanes);
        known.ok_or_else(|| {
            let names = LANES.map(|(_, name)| name);
            let bad = BadParameter::value(BY, value, "there are no such lanes", &names.join(", "));
            BadParameter { suggestion: spelling::closest(value, &names), ..bad }
        })
    }
}

impl OutlineSearch {
    /// Reads a request for `/transactions/{log_uid}/outline` at the time `now`.
    pub(crate) fn parse(path: &str, query: Option<&str>, now: EventTime) -> Result<Self, BadParameter> {
        let uid = transaction::uid(sent_uid(path).unwrap_or_default())?;
        let known: Vec<&str> = FILTERS.into_iter().filter(|name| *name != LOG_UID).chain([FOLLOW, BINS, BY]).collect();
        let parameters = Parameters::parse(query, &known)?;
        Ok(Self {
            uid,
            follow: follow::parse(&parameters)?,
            filter: Filter::parse(&parameters, now)?,
            bins: paging::limit(&parameters, BINS, DEFAULT_BINS, 1..=MAX_BINS)?,
            by: LaneKind::parse(&parameters)?,
        })
    }

    /// Returns the uid.
    pub(crate) fn uid(&self) -> &LogUid {
        &self.uid
    }

    /// Whether the request leaves out records of the transaction.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.filter.ids() != IdRange::default() || !self.filter.condition().is_everything()
    }

    /// Returns the lookup of all of a day's records that carry one of the uids, with the fields that an outline needs.
    pub(crate) fn lookup(&self, uids: &[LogUid], max_time: Duration) -> Lookup {
        let fields = [&FIELDS[..], self.by.fields()].concat();
        Lookup {
            filter: Condition::AnyUid(uids.to_vec()).and(self.filter.condition().clone()),
            ids: self.filter.ids(),
            order: Order::Oldest,
            limit: NO_LIMIT,
            projection: Some(Projection::of_paths(&fields)),
            max_time,
        }
    }
}

#[cfg(test)]
mod tests {
    use record::EventTime;

    use super::{LaneKind, OutlineSearch, is_outline};

    fn parse(target: &str) -> Result<OutlineSearch, super::BadParameter> {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        OutlineSearch::parse(path, query, EventTime::from_micros(0).unwrap())
    }

    #[test]
    fn an_outline_has_a_path_of_its_own() {
        fn check(path: &str, uid: Option<&str>) {
            let found = is_outline(path).then(|| parse(path).unwrap().uid().as_str().to_owned());
            assert_eq!(found.as_deref(), uid, "{path}");
        }
        check("/transactions/x/outline", Some("x"));
        check("/transactions/a/b%2Fc/outline", Some("a/b/c"));
        check("/transactions/outline/outline", Some("outline"));
        check("/transactions/x/outline/outline", Some("x/outline"));
        check("/transactions/x%2Foutline/outline", Some("x/outline"));
        check("/transactions/outline", None);
        check("/transactions/x%2Foutline", None);
        check("/transactions/x/outlines", None);
        assert!(parse("/transactions//outline").is_err());
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        fn check(query: &str, bins: usize, by: LaneKind, is_narrowed: bool) {
            let search = parse(&format!("/transactions/x/outline?{query}")).unwrap();
            assert_eq!((search.bins, search.by, search.is_narrowed()), (bins, by, is_narrowed), "{query}");
        }
        check("", 200, LaneKind::Service, false);
        check("bins=400&by=process", 400, LaneKind::Process, false);
        check("by=host&level=ERROR", 200, LaneKind::Host, true);
        check("by=service&from=-1h", 200, LaneKind::Service, true);
    }

    #[test]
    fn bad_values_are_refused_with_what_is_allowed() {
        fn check(query: &str, expect: &str) {
            let bad = parse(&format!("/transactions/x/outline?{query}")).unwrap_err();
            assert_eq!(format!("{bad} | {} | {}", bad.allowed, bad.suggestion.unwrap_or("-")), expect, "{query}");
        }
        check("bins=401", "bins is `401`: that is not an allowed number. | a whole number from 1 to 400 | -");
        check("bins=0", "bins is `0`: that is not an allowed number. | a whole number from 1 to 400 | -");
        check("by=hosts", "by is `hosts`: there are no such lanes. | service, host, process | host");
        assert!(parse("/transactions/x/outline?log_uid=y").is_err());
        assert!(parse("/transactions/x/outline?limit=1").is_err());
    }
}
