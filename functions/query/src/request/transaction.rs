//! `GET /transactions/{log_uid}`: the records of one transaction.

use std::time::Duration;

use bson::oid::ObjectId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use record::{EventTime, LogUid, MAX_UID_BYTES};
use store::{Condition, IdRange, Lookup, Order};

use crate::paths::TRANSACTION_PREFIX;

use super::fields::{FIELDS, Fields};
use super::filter::{FILTERS, Filter, LOG_UID};
use super::follow::{self, FOLLOW};
use super::format::{FORMAT, Format};
use super::paging::{self, AFTER, LIMIT};
use super::{BadParameter, Parameters};

/// How many records an answer holds at most. Also the default.
const MAX_LIMIT: usize = 10_000;
/// The fields that an answer sums up.
const SUMMED_UP: [&str; 6] = ["service", "levelno", "log_uid", "source.stream", "source.ids", "source.local_ids"];
const AN_ID: &str = "the id of a record: 24 hexadecimal digits, as in `next`";
/// Characters to escape in the uid of a path: all but RFC 3986's unreserved characters.
const ESCAPED_IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request for the records of one transaction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TransactionSearch {
    uid: LogUid,
    /// Whether records are taken that carry other ids of the same records.
    pub(crate) follow: bool,
    filter: Filter,
    pub(crate) limit: usize,
    pub(crate) format: Format,
    /// The fields to show; `None` for all.
    pub(crate) fields: Option<Fields>,
    /// The last record of the previous page.
    after: Option<ObjectId>,
}

impl TransactionSearch {
    /// Reads a request for `/transactions/{log_uid}` at the time `now`. The uid is the decoded rest of the path, including
    /// slashes. A `%` without two hexadecimal digits is literal.
    pub(crate) fn parse(
        path: &str,
        query: Option<&str>,
        accept: Option<&str>,
        now: EventTime,
    ) -> Result<Self, BadParameter> {
        let uid = uid(path.strip_prefix(TRANSACTION_PREFIX).unwrap_or_default())?;
        let known: Vec<&str> = parameters().collect();
        let parameters = Parameters::parse(query, &known)?;
        let format = Format::parse(&parameters, accept)?;
        Ok(Self {
            uid,
            follow: follow::parse(&parameters)?,
            filter: Filter::parse(&parameters, now)?,
            limit: paging::limit(&parameters, LIMIT, MAX_LIMIT, 1..=MAX_LIMIT)?,
            format,
            fields: Fields::parse(&parameters, format)?,
            after: parameters.get(AFTER).map(id).transpose()?,
        })
    }

    /// Returns the uid.
    pub(crate) fn uid(&self) -> &LogUid {
        &self.uid
    }

    /// Returns the ids that the records can have.
    pub(crate) fn ids(&self) -> IdRange {
        let range = self.filter.ids();
        self.after.map_or(range, |last| range.after(last))
    }

    /// Returns the lookup of a day's records that carry one of the uids: as many as fill an answer, and one to know that
    /// there are more.
    pub(crate) fn lookup(&self, uids: &[LogUid], max_time: Duration) -> Lookup {
        Lookup {
            filter: Condition::AnyUid(uids.to_vec()).and(self.filter.condition().clone()),
            ids: self.ids(),
            order: Order::Oldest,
            limit: i64::try_from(self.limit + 1).unwrap_or(i64::MAX),
            projection: self.fields.as_ref().map(|fields| fields.projection(&SUMMED_UP)),
            max_time,
        }
    }

    /// Whether the request leaves out records of the transaction.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.ids() != IdRange::default() || !self.filter.condition().is_everything()
    }

    /// Returns the path and query for the records after `last`.
    pub(crate) fn address_after(&self, last: ObjectId) -> String {
        let path = format!("{TRANSACTION_PREFIX}{}", utf8_percent_encode(self.uid.as_str(), ESCAPED_IN_PATH));
        paging::address(&path, self.filter.parameters(), &last.to_hex())
    }
}

/// Returns the known parameters. The uid is in the path.
pub(crate) fn parameters() -> impl Iterator<Item = &'static str> {
    FILTERS.into_iter().filter(|name| *name != LOG_UID).chain([FOLLOW, LIMIT, FORMAT, FIELDS, AFTER])
}

/// Reads the uid of a path.
pub(super) fn uid(sent: &str) -> Result<LogUid, BadParameter> {
    let allowed = || {
        format!(
            "1 to {MAX_UID_BYTES} bytes of text, escaped as in every URL, and not a word for none such as `-` or `None`"
        )
    };
    let unescaped = percent_decode_str(sent).decode_utf8();
    let text = unescaped
        .map_err(|_| BadParameter::value(LOG_UID, sent, "its percent-encoding is not UTF-8 text", &allowed()))?;
    LogUid::parse(&text).map_err(|not| BadParameter::value(LOG_UID, &text, &not.to_string(), &allowed()))
}

fn id(value: &str) -> Result<ObjectId, BadParameter> {
    value.parse().map_err(|_| BadParameter::value(AFTER, value, "that is not the id of a record", AN_ID))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use record::first_id;
    use store::Condition;

    use super::{EventTime, LogUid, TransactionSearch};

    const ID: &str = "6b00065b28841133e527503d";

    fn parse(target: &str) -> Result<TransactionSearch, super::BadParameter> {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        TransactionSearch::parse(path, query, None, EventTime::from_micros(0).unwrap())
    }

    #[test]
    fn the_uid_is_the_rest_of_the_path() {
        fn check(path: &str, expect: &str) {
            assert_eq!(parse(path).unwrap().uid().as_str(), expect, "{path}");
        }
        check("/transactions/6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f", "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f");
        check("/transactions/order%2017%2FGr%C3%B6%C3%9Fe", "order 17/Größe");
        check("/transactions/a/b/", "a/b/");
        check("/transactions/..x", "..x");
        check("/transactions/%2e%2E/x", "../x");
        check("/transactions/$where", "$where");
        check("/transactions/%24ne", "$ne");
        check("/transactions/a+b", "a+b");
        check("/transactions/100%", "100%");
        check("/transactions/100%25%zz", "100%%zz");
        check("/transactions/%00", "\0");
        check("/transactions/%3Ffrom=x", "?from=x");
    }

    #[test]
    fn a_bad_uid_is_refused() {
        fn check(path: &str, expect: &str) {
            assert_eq!(parse(path).unwrap_err().to_string(), expect, "{path}");
        }
        check(
            "/transactions/-",
            "log_uid is `-`: services write this when there is no transaction, as they write `-`, `None` or `$request_id`.",
        );
        check("/transactions/%FF", "log_uid is `%FF`: its percent-encoding is not UTF-8 text.");
        let long = "x".repeat(513);
        check(
            &format!("/transactions/{long}"),
            &format!("log_uid is `{}…`: it is longer than 512 bytes.", &long[..100]),
        );
    }

    #[test]
    fn times_narrow_the_search() {
        fn check(query: &str, from: Option<&str>, to: Option<&str>) {
            let search = parse(&format!("/transactions/x?{query}")).unwrap();
            let id = |text: &str| first_id(EventTime::from_rfc3339(text).unwrap());
            assert_eq!((search.ids().first, search.ids().end), (from.map(id), to.map(id)), "{query}");
            assert_eq!(search.is_narrowed(), from.is_some() || to.is_some());
        }
        check("", None, None);
        check("from=2026-11-20T08:35:39Z", Some("2026-11-20T08:35:39Z"), None);
        check("to=2026-11-20T08:35:39.165953Z", None, Some("2026-11-20T08:35:39.165953Z"));
        check("from=2026-11-20T09:00:00%2B01:00", Some("2026-11-20T08:00:00Z"), None);
        check("from=2026-11-20T09:00:00+01:00", Some("2026-11-20T08:00:00Z"), None);
        check(
            "from=1969-12-31T23:59:59Z&to=9999-01-01T00:00:00Z",
            Some("1969-12-31T23:59:59Z"),
            Some("9999-01-01T00:00:00Z"),
        );
    }

    #[test]
    fn bad_values_are_refused_with_what_is_allowed() {
        fn check(query: &str, expect: &str) {
            let refused = parse(&format!("/transactions/x?{query}")).unwrap_err();
            assert_eq!(format!("{refused} | {}", refused.allowed), expect, "{query}");
        }
        check(
            "from=2026-11-20T08:00:00Z&to=2026-11-20T08:00:00Z",
            "to is `2026-11-20T08:00:00Z`: that is not after `from`. | a time after 2026-11-20T08:00:00.000000Z",
        );
        check("limit=10001", "limit is `10001`: that is not an allowed number. | a whole number from 1 to 10000");
        check(
            "after=17",
            "after is `17`: that is not the id of a record. | the id of a record: 24 hexadecimal digits, as in `next`",
        );
    }

    #[test]
    fn the_rest_is_asked_for_in_the_same_way() {
        fn check(target: &str, expect: &str) {
            let rest = parse(target).unwrap().address_after(ID.parse().unwrap());
            assert_eq!(rest, format!("{expect}after={ID}"));
            let again = parse(&rest).unwrap();
            assert_eq!(again.address_after(ID.parse().unwrap()), rest);
            assert_eq!(again.ids().first.unwrap().to_hex(), "6b00065b28841133e527503e");
        }
        check(
            "/transactions/order%2017%2FGr%C3%B6%C3%9Fe%3F%25%00",
            "/transactions/order%2017%2FGr%C3%B6%C3%9Fe%3F%25%00?",
        );
        check("/transactions/..x", "/transactions/..x?");
        check(
            "/transactions/x?from=2026-11-20T08:00:00.000001Z&level=ERROR&limit=7",
            "/transactions/x?from=2026-11-20T08:00:00.000001Z&level=ERROR&limit=7&",
        );
        check(&format!("/transactions/x?after={ID}&format=text"), "/transactions/x?format=text&");
    }

    #[test]
    fn ids_are_followed_if_that_is_asked_for() {
        fn check(query: &str, expect: Option<bool>) {
            assert_eq!(parse(&format!("/transactions/x?{query}")).ok().map(|search| search.follow), expect, "{query}");
        }
        check("", Some(false));
        check("follow=1", Some(true));
        check("follow=true", Some(true));
        check("follow=0", Some(false));
        check("follow=false", Some(false));
        check("follow=", None);
        check("follow=2", None);
        let next = parse("/transactions/x?follow=1&limit=1").unwrap().address_after(ID.parse().unwrap());
        assert_eq!(next, format!("/transactions/x?follow=1&limit=1&after={ID}"));
    }

    #[test]
    fn a_condition_is_always_on_the_transaction() {
        let uid = |uid| LogUid::parse(uid).unwrap();
        let condition = |search: &TransactionSearch, uids: &[LogUid]| search.lookup(uids, Duration::ZERO).filter;
        let search = parse("/transactions/$ne").unwrap();
        assert_eq!(condition(&search, &[uid("$ne")]), Condition::All(vec![Condition::uid(uid("$ne"))]));
        let narrowed = parse("/transactions/x?level=ERROR").unwrap();
        let both = [uid("x"), uid("y")];
        let expect = vec![Condition::AnyUid(both.to_vec()), Condition::MinLevel(40)];
        assert_eq!(condition(&narrowed, &both), Condition::All(expect));
        assert!(narrowed.is_narrowed() && !parse("/transactions/x?limit=1").unwrap().is_narrowed());
        assert!(parse("/transactions/x?log_uid=y").is_err());
    }
}
