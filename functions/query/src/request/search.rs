//! What is searched for: one transaction, whole or part of it.

use mongodb::bson::oid::ObjectId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use shared::record::{EventTime, LogUid, MAX_UID_BYTES};
use shared::store::IdRange;

use super::{BadParameter, Parameters};

/// What the path of a transaction begins with; its uid follows.
pub(crate) const TRANSACTIONS: &str = "/transactions/";

const LOG_UID: &str = "log_uid";
const FROM: &str = "from";
const TO: &str = "to";
const AFTER: &str = "after";
const A_TIME: &str = "a time as RFC 3339 writes it, such as 2026-11-20T08:35:39.165953Z";
const AN_ID: &str = "the id of a record: 24 hexadecimal digits, as they stand in `next`";
/// What a uid in a path has escaped: all but RFC 3986's unreserved characters.
const ESCAPED_IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A search for the records of one transaction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Search {
    uid: LogUid,
    /// The first time of interest.
    from: Option<EventTime>,
    /// The first time that is of no interest any more.
    to: Option<EventTime>,
    /// The last record of the answer before.
    after: Option<ObjectId>,
}

impl Search {
    /// Reads a request for `/transactions/{log_uid}`. The uid is the rest of the path, slashes and all, unescaped; an
    /// `%` without two hexadecimal digits is one.
    pub(crate) fn parse(path: &str, query: Option<&str>) -> Result<Self, BadParameter> {
        let uid = uid(path.strip_prefix(TRANSACTIONS).unwrap_or_default())?;
        let parameters = Parameters::parse(query, &[FROM, TO, AFTER])?;
        let (from, to) = (time(&parameters, FROM)?, time(&parameters, TO)?);
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            let value = parameters.get(TO).unwrap_or_default();
            return Err(BadParameter::value(TO, value, "that is not after `from`", &format!("a time after {from}")));
        }
        Ok(Self { uid, from, to, after: id(&parameters, AFTER)? })
    }

    /// Whose records are searched for.
    pub(crate) fn uid(&self) -> &LogUid {
        &self.uid
    }

    /// The ids that such records can have.
    pub(crate) fn ids(&self) -> IdRange {
        let range = IdRange::of_time(self.from, self.to);
        self.after.map_or(range, |last| range.after(last))
    }

    /// Whether it leaves out records of the transaction.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.ids() != IdRange::default()
    }

    /// The search for what comes after the record `last`.
    pub(crate) fn after(self, last: ObjectId) -> Self {
        Self { after: Some(last), ..self }
    }

    /// The path and query that [`Self::parse`] reads as this search.
    pub(crate) fn target(&self) -> String {
        let mut target = format!("{TRANSACTIONS}{}", utf8_percent_encode(self.uid.as_str(), ESCAPED_IN_PATH));
        let times = [(FROM, self.from), (TO, self.to)].map(|(name, time)| Some((name, time?.to_string())));
        let after = self.after.map(|last| (AFTER, last.to_hex()));
        for (at, (name, value)) in times.into_iter().flatten().chain(after).enumerate() {
            let mark = if at == 0 { '?' } else { '&' };
            target.extend([mark.to_string().as_str(), name, "=", &value]);
        }
        target
    }
}

fn uid(sent: &str) -> Result<LogUid, BadParameter> {
    let allowed = || format!("1 to {MAX_UID_BYTES} bytes of text, escaped as in every URL, and not `-` or `None`");
    let unescaped = percent_decode_str(sent).decode_utf8();
    let text = unescaped
        .map_err(|_| BadParameter::value(LOG_UID, sent, "what it escapes is not text in UTF-8", &allowed()))?;
    LogUid::parse(&text).map_err(|not| BadParameter::value(LOG_UID, &text, &not.to_string(), &allowed()))
}

fn time(parameters: &Parameters<'_>, name: &str) -> Result<Option<EventTime>, BadParameter> {
    let Some(value) = parameters.get(name) else { return Ok(None) };
    // Who does not escape the `+` of an offset sends a space, which no RFC 3339 time has.
    let time = EventTime::from_rfc3339(value).or_else(|| EventTime::from_rfc3339(&value.replace(' ', "+")));
    time.map(Some).ok_or_else(|| BadParameter::value(name, value, "that is not a time", A_TIME))
}

fn id(parameters: &Parameters<'_>, name: &str) -> Result<Option<ObjectId>, BadParameter> {
    let Some(value) = parameters.get(name) else { return Ok(None) };
    value.parse().map(Some).map_err(|_| BadParameter::value(name, value, "that is not the id of a record", AN_ID))
}

#[cfg(test)]
mod tests {
    use shared::record::first_id;

    use super::{EventTime, LogUid, Search};

    const ID: &str = "6b00065b28841133e527503d";

    fn parse(target: &str) -> Result<Search, super::BadParameter> {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        Search::parse(path, query)
    }

    #[test]
    fn the_uid_is_the_rest_of_the_path() {
        fn check(path: &str, expect: &str) {
            assert_eq!(parse(path).unwrap().uid().as_str(), expect, "{path}");
        }
        check("/transactions/6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f", "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f");
        check("/transactions/order%2017%2FGr%C3%B6%C3%9Fe", "order 17/Größe");
        check("/transactions/a/b/", "a/b/");
        check("/transactions/..", "..");
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
            "log_uid is `-`: it is empty, `-` or `None`, which services write where there is no transaction.",
        );
        check("/transactions/%FF", "log_uid is `%FF`: what it escapes is not text in UTF-8.");
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
        let a_time = "a time as RFC 3339 writes it, such as 2026-11-20T08:35:39.165953Z";
        check("from=yesterday", &format!("from is `yesterday`: that is not a time. | {a_time}"));
        check("to=2026-11-20", &format!("to is `2026-11-20`: that is not a time. | {a_time}"));
        check("to=", &format!("to is ``: that is not a time. | {a_time}"));
        check(
            "from=2026-11-20T08:00:00Z&to=2026-11-20T08:00:00Z",
            "to is `2026-11-20T08:00:00Z`: that is not after `from`. | a time after 2026-11-20T08:00:00.000000Z",
        );
        check(
            "after=17",
            "after is `17`: that is not the id of a record. | the id of a record: 24 hexadecimal digits, as they stand in `next`",
        );
    }

    #[test]
    fn a_search_can_be_asked_for_again() {
        fn check(target: &str) {
            assert_eq!(parse(target).unwrap().target(), target);
        }
        check("/transactions/order%2017%2FGr%C3%B6%C3%9Fe%3F%25%00");
        check("/transactions/..");
        check("/transactions/x?from=2026-11-20T08:00:00.000001Z&to=2026-11-20T09:00:00.000000Z");
        check(&format!("/transactions/x?after={ID}"));
        check(&format!("/transactions/x?to=2026-11-20T09:00:00.000000Z&after={ID}"));
    }

    #[test]
    fn what_comes_after_a_record_excludes_it() {
        let search = parse("/transactions/x?from=1970-01-01T00:00:00Z").unwrap().after(ID.parse().unwrap());
        assert_eq!(search.ids().first.unwrap().to_hex(), "6b00065b28841133e527503e");
        assert!(search.is_narrowed());
        assert_eq!(*search.uid(), LogUid::parse("x").unwrap());
    }
}
