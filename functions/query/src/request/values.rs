//! `GET /values`: the commonest values of a field.

use std::time::Duration;

use record::{EventTime, time_of};
use store::{Condition, FieldName, IdRange};

use crate::paths::VALUES;

use super::filter::{FILTERS, Filter};
use super::moment::{FROM, TO};
use super::paging::{self, LIMIT};
use super::{BadParameter, Parameters};

const NAME: &str = "name";
/// The longest name of a field, in bytes.
const MAX_NAME_BYTES: usize = 200;
const A_NAME: &str = "the name of a field, with dots for nested fields, such as name=customer.id";
const DEFAULT_LIMIT: usize = 20;
/// How many values an answer has at most.
const MAX_LIMIT: usize = 200;
/// The default length of the time range.
const DEFAULT_RANGE: Duration = Duration::from_hours(24);

/// A request for the values of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValuesSearch {
    pub(crate) name: FieldName,
    filter: Filter,
    from: EventTime,
    pub(crate) limit: usize,
}

impl ValuesSearch {
    /// Reads a query string at the time `now`.
    pub(crate) fn parse(query: Option<&str>, now: EventTime) -> Result<Self, BadParameter> {
        let known: Vec<&str> = [NAME].into_iter().chain(FILTERS).chain([LIMIT]).collect();
        let parameters = Parameters::parse(query, &known)?;
        let name = parameters.get(NAME).unwrap_or_default();
        let refused = || BadParameter::value(NAME, name, "no field can have that name", A_NAME);
        let field = FieldName::parse(name).filter(|_| name.len() <= MAX_NAME_BYTES).ok_or_else(refused)?;
        let filter = Filter::parse(&parameters, now)?;
        let IdRange { first, end } = filter.ids();
        let end = end.and_then(time_of).unwrap_or(now);
        Ok(Self {
            name: field,
            from: first.and_then(time_of).unwrap_or_else(|| end.before(DEFAULT_RANGE)),
            filter,
            limit: paging::limit(&parameters, LIMIT, DEFAULT_LIMIT, 1..=MAX_LIMIT)?,
        })
    }

    /// Returns the ids of the records to scan.
    pub(crate) fn ids(&self) -> IdRange {
        IdRange { first: IdRange::of_time(Some(self.from), None).first, ..self.filter.ids() }
    }

    /// Returns the condition that the records match.
    pub(crate) fn condition(&self) -> &Condition {
        self.filter.condition()
    }

    /// Returns the path and query for records before `reached`.
    pub(crate) fn address_before(&self, reached: EventTime) -> String {
        let (from, to) = (self.from.to_string(), reached.to_string());
        let others = self.filter.parameters().filter(|(name, _)| ![FROM, TO].contains(name));
        paging::target(VALUES, others.chain([(FROM, from.as_str()), (TO, &to)]))
    }
}

#[cfg(test)]
mod tests {
    use super::{EventTime, ValuesSearch};

    fn parse(query: &str) -> Result<ValuesSearch, super::BadParameter> {
        ValuesSearch::parse(Some(query), EventTime::from_rfc3339("2026-11-20T12:00:00Z").unwrap())
    }

    #[test]
    fn the_rest_is_asked_for_alike() {
        let search = parse("name=customer.id&from=-25h&level=ERROR&limit=7&field.a%3E5&to=-1h").unwrap();
        assert_eq!((search.name.as_str(), search.limit), ("customer.id", 7));
        let rest = search.address_before(EventTime::from_rfc3339("2026-11-20T08:00:00Z").unwrap());
        assert_eq!(
            rest,
            "/values?name=customer.id&level=ERROR&limit=7&field.a%3E5=&from=2026-11-19T11:00:00.000000Z&to=2026-11-20T08:00:00.000000Z"
        );
        let again = parse(rest.split_once('?').unwrap().1).unwrap();
        assert_eq!((again.from, again.condition()), (search.from, search.condition()));
    }

    #[test]
    fn others_are_refused() {
        fn check(query: &str, expect: &str) {
            let bad = parse(query).unwrap_err();
            assert_eq!(format!("{bad} | {}", bad.allowed), expect, "{query}");
        }
        let a_name = "the name of a field, with dots for nested fields, such as name=customer.id";
        check("", &format!("name is ``: no field can have that name. | {a_name}"));
        check("name=%00", &format!("name is `\0`: no field can have that name. | {a_name}"));
        check("name=a&limit=201", "limit is `201`: that is not an allowed number. | a whole number from 1 to 200");
        assert!(parse(&format!("name={}", "x".repeat(201))).is_err());
    }
}
