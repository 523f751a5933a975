//! `GET /logs/tail`: what was filed last, and what is filed from now on.

use std::fmt;

use bson::oid::ObjectId;
use record::EventTime;
use store::Condition;

use crate::paths::TAIL;

use super::filter::{FILTERS, Filter};
use super::format::{FORMAT, Format};
use super::moment::{FROM, TO};
use super::paging::{self, AFTER, LIMIT};
use super::{BadParameter, Parameters};

/// How many records are looked back for where nothing is said.
const DEFAULT_LAST: usize = 10;
/// How many records an answer holds where nothing is said.
const DEFAULT_LIMIT: usize = 1_000;
const MAX_LIMIT: usize = 10_000;
const A_CURSOR: &str = "what stands there in `next`, or the `id` of an event";
/// A place in a journal that has not begun.
const BEGINNING: &str = "0";

/// A place in the journal of filing, between two records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum JournalCursor {
    /// Before all.
    Beginning,
    /// Behind an entry.
    Behind(ObjectId),
    /// In an entry, behind so many of its records.
    Within(ObjectId, usize),
}

impl JournalCursor {
    fn parse(value: &str) -> Option<Self> {
        match value.split_once('-') {
            _ if value == BEGINNING => Some(Self::Beginning),
            None => value.parse().ok().map(Self::Behind),
            Some((entry, taken)) => Some(Self::Within(entry.parse().ok()?, taken.parse().ok()?)),
        }
    }

    /// Those of a journal's entries that are not behind it; `None` where it is in none of them.
    pub(crate) fn rest(self, journal: &[ObjectId]) -> Option<&[ObjectId]> {
        let position = |entry| journal.iter().rposition(|id| *id == entry);
        match self {
            Self::Beginning => Some(journal),
            Self::Behind(entry) => position(entry).map(|at| &journal[at + 1..]),
            Self::Within(entry, _) => position(entry).map(|at| &journal[at..]),
        }
    }

    /// How many records of an entry it is behind, if it is not behind all of them.
    pub(crate) fn taken(self, entry: ObjectId) -> usize {
        match self {
            Self::Within(own, taken) if own == entry => taken,
            _ => 0,
        }
    }

    /// The entry it was last in.
    pub(crate) fn entry(self) -> Option<ObjectId> {
        match self {
            Self::Beginning => None,
            Self::Behind(entry) | Self::Within(entry, _) => Some(entry),
        }
    }
}

impl fmt::Display for JournalCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beginning => f.write_str(BEGINNING),
            Self::Behind(entry) => write!(f, "{entry}"),
            Self::Within(entry, taken) => write!(f, "{entry}-{taken}"),
        }
    }
}

/// A tail of the records that a filter asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TailSearch {
    filter: Filter,
    pub(crate) format: Format,
    /// Where it goes on; `None` for the last records that were filed.
    pub(crate) after: Option<JournalCursor>,
    limit: Option<usize>,
}

impl TailSearch {
    /// Reads a query string, at the moment `now`. What the client saw last, by the header `Last-Event-ID`, is newer than
    /// what stands in the address.
    pub(crate) fn parse(
        query: Option<&str>,
        accept: Option<&str>,
        last_event: Option<&str>,
        now: EventTime,
    ) -> Result<Self, BadParameter> {
        let mut known: Vec<&str> = FILTERS.into_iter().filter(|name| ![FROM, TO].contains(name)).collect();
        known.extend([LIMIT, FORMAT, AFTER]);
        let parameters = Parameters::parse(query, &known)?;
        let limit = paging::limit(&parameters, LIMIT, 0, 1..=MAX_LIMIT)?;
        let after =
            last_event.map(|value| ("last-event-id", value)).or(parameters.get(AFTER).map(|value| (AFTER, value)));
        Ok(Self {
            filter: Filter::parse(&parameters, now)?,
            format: Format::parse(&parameters, accept)?,
            after: after.map(|(name, value)| place(name, value)).transpose()?,
            limit: Some(limit).filter(|limit| *limit > 0),
        })
    }

    /// What the records are to be like.
    pub(crate) fn condition(&self) -> &Condition {
        self.filter.condition()
    }

    /// How many records are looked back for.
    pub(crate) fn last(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_LAST)
    }

    /// How many records an answer holds at most.
    pub(crate) fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// The path and query for what is behind a place.
    pub(crate) fn address_behind(&self, place: JournalCursor) -> String {
        paging::address(TAIL, self.filter.parameters(), &place.to_string())
    }
}

fn place(name: &str, value: &str) -> Result<JournalCursor, BadParameter> {
    JournalCursor::parse(value)
        .ok_or_else(|| BadParameter::value(name, value, "that is no place to go on from", A_CURSOR))
}

#[cfg(test)]
mod tests {
    use super::{EventTime, JournalCursor, ObjectId, TailSearch};

    const ID: &str = "6b00065b28841133e527503d";

    fn parse(query: &str, last_event: Option<&str>) -> Result<TailSearch, super::BadParameter> {
        let now = EventTime::from_rfc3339("2026-11-20T08:35:39.165953Z").unwrap();
        TailSearch::parse(Some(query), None, last_event, now)
    }

    #[test]
    fn a_place_is_told_in_one_way() {
        fn check(value: &str, expect: Option<JournalCursor>) {
            let place = JournalCursor::parse(value);
            assert_eq!(place, expect, "{value}");
            assert!(place.is_none_or(|place| place.to_string() == value), "{value}");
        }
        let id: ObjectId = ID.parse().unwrap();
        check("0", Some(JournalCursor::Beginning));
        check(ID, Some(JournalCursor::Behind(id)));
        check(&format!("{ID}-17"), Some(JournalCursor::Within(id, 17)));
        for bad in ["", "1", "-", "x-1", &format!("{ID}-"), &format!("{ID}--1"), &format!("{ID}-x")] {
            check(bad, None);
        }
    }

    #[test]
    fn a_place_has_a_rest() {
        let journal = [1, 2, 3].map(|byte| ObjectId::from_bytes([byte; 12]));
        assert_eq!(JournalCursor::Beginning.rest(&journal), Some(&journal[..]));
        assert_eq!(JournalCursor::Behind(journal[1]).rest(&journal), Some(&journal[2..]));
        assert_eq!(JournalCursor::Within(journal[1], 1).rest(&journal), Some(&journal[1..]));
        assert_eq!(JournalCursor::Behind(journal[2]).rest(&journal), Some(&[][..]));
        assert_eq!(JournalCursor::Behind(ID.parse().unwrap()).rest(&journal), None);
        assert_eq!(JournalCursor::Within(journal[1], 7).taken(journal[1]), 7);
        assert_eq!(JournalCursor::Within(journal[1], 7).taken(journal[2]), 0);
    }

    #[test]
    fn what_was_seen_last_is_newer_than_the_address() {
        let search = parse(&format!("after={ID}&level=ERROR&limit=5"), Some("0")).unwrap();
        assert_eq!((search.after, search.last(), search.limit()), (Some(JournalCursor::Beginning), 5, 5));
        let place = JournalCursor::Within(ID.parse().unwrap(), 3);
        assert_eq!(search.address_behind(place), format!("/logs/tail?level=ERROR&limit=5&after={ID}-3"));
        let search = parse("", None).unwrap();
        assert_eq!((search.after, search.last(), search.limit()), (None, 10, 1_000));
    }

    #[test]
    fn what_a_tail_does_not_know_is_refused() {
        fn check(query: &str, expect: &str) {
            assert_eq!(parse(query, None).unwrap_err().to_string(), expect);
        }
        check("after=x", "after is `x`: that is no place to go on from.");
        check("from=-1h", "There is no parameter `from`. A field of the records is asked for as `field.from`.");
        check("limit=0", "limit is `0`: that is not so many.");
        assert!(parse("", Some("x")).is_err());
    }
}
