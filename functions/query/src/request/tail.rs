//! `GET /logs/tail`: the records filed last, and those filed from now on.

use std::fmt;

use bson::oid::ObjectId;
use record::EventTime;
use store::Condition;

use crate::paths::TAIL;

use super::fields::{FIELDS, Fields};
use super::filter::{FILTERS, Filter};
use super::format::{FORMAT, Format};
use super::moment::{FROM, TO};
use super::paging::{self, AFTER, LIMIT};
use super::{BadParameter, Parameters};

/// The default number of last records.
const DEFAULT_LAST: usize = 10;
/// The default page size with a cursor.
const DEFAULT_LIMIT: usize = 1_000;
const MAX_LIMIT: usize = 10_000;
const A_CURSOR: &str = "the `next` of an earlier answer, or the `id` of an event";
/// The cursor before all entries.
const BEGINNING: &str = "0";

/// A cursor in the journal, between two records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum JournalCursor {
    /// Before all entries.
    Beginning,
    /// After an entry.
    Behind(ObjectId),
    /// Within an entry, after so many of its records.
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

    /// Returns the journal entries from this cursor on. `None` if the journal does not have its entry.
    pub(crate) fn rest(self, journal: &[ObjectId]) -> Option<&[ObjectId]> {
        let position = |entry| journal.iter().rposition(|id| *id == entry);
        match self {
            Self::Beginning => Some(journal),
            Self::Behind(entry) => position(entry).map(|at| &journal[at + 1..]),
            Self::Within(entry, _) => position(entry).map(|at| &journal[at..]),
        }
    }

    /// Returns how many records of an entry are before this cursor, if it is within the entry; otherwise 0.
    pub(crate) fn taken(self, entry: ObjectId) -> usize {
        match self {
            Self::Within(own, taken) if own == entry => taken,
            _ => 0,
        }
    }

    /// Returns the entry of this cursor.
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

/// A request for a tail of matching records.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TailSearch {
    filter: Filter,
    pub(crate) format: Format,
    /// The fields to show; `None` for all.
    pub(crate) fields: Option<Fields>,
    /// The cursor. `None` for the last records.
    pub(crate) after: Option<JournalCursor>,
    limit: Option<usize>,
}

impl TailSearch {
    /// Reads a query string at the time `now`. The header `Last-Event-ID` is newer than `after`, so it wins.
    pub(crate) fn parse(
        query: Option<&str>,
        accept: Option<&str>,
        last_event: Option<&str>,
        now: EventTime,
    ) -> Result<Self, BadParameter> {
        let mut known: Vec<&str> = FILTERS.into_iter().filter(|name| ![FROM, TO].contains(name)).collect();
        known.extend([LIMIT, FORMAT, FIELDS, AFTER]);
        let parameters = Parameters::parse(query, &known)?;
        let limit = paging::limit(&parameters, LIMIT, 0, 1..=MAX_LIMIT)?;
        let after =
            last_event.map(|value| ("last-event-id", value)).or(parameters.get(AFTER).map(|value| (AFTER, value)));
        let format = Format::parse(&parameters, accept)?;
        Ok(Self {
            filter: Filter::parse(&parameters, now)?,
            format,
            fields: Fields::parse(&parameters, format)?,
            after: after.map(|(name, value)| place(name, value)).transpose()?,
            limit: Some(limit).filter(|limit| *limit > 0),
        })
    }

    /// Returns the condition that the records match.
    pub(crate) fn condition(&self) -> &Condition {
        self.filter.condition()
    }

    /// Returns how many of the last records are wanted.
    pub(crate) fn last(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_LAST)
    }

    /// Returns the page size.
    pub(crate) fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// Returns the path and query for the records after a cursor.
    pub(crate) fn address_behind(&self, place: JournalCursor) -> String {
        paging::address(TAIL, self.filter.parameters(), &place.to_string())
    }
}

fn place(name: &str, value: &str) -> Result<JournalCursor, BadParameter> {
    JournalCursor::parse(value).ok_or_else(|| BadParameter::value(name, value, "that is not a cursor", A_CURSOR))
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
        check("after=x", "after is `x`: that is not a cursor.");
        check("from=-1h", "There is no parameter `from`. Filter by a record's field with `field.from`.");
        check("limit=0", "limit is `0`: that is not an allowed number.");
        assert!(parse("", Some("x")).is_err());
    }
}
