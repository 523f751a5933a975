//! Parses the filter parameters `from to level service logger host log_uid q field.*`, and `not.*` of some of them.

mod field;
mod operator;
mod text;

use record::{EventTime, LogUid, level};
use store::{Condition, IdRange};

use super::alternatives::alternatives;
use super::moment::{self, FROM, TO};
use super::parameters::{FIELD, NOT_FIELD, NOT_Q};
use super::{BadParameter, Parameters, spelling};

const LEVEL: &str = "level";
const SERVICE: &str = "service";
const LOGGER: &str = "logger";
const HOST: &str = "host";
pub(super) const LOG_UID: &str = "log_uid";
const Q: &str = "q";
const NOT_SERVICE: &str = "not.service";
const NOT_LOGGER: &str = "not.logger";
const NOT_HOST: &str = "not.host";

/// The filter parameters. An endpoint may accept fewer of them.
pub(crate) const FILTERS: [&str; 14] =
    [FROM, TO, LEVEL, SERVICE, LOGGER, HOST, LOG_UID, Q, FIELD, NOT_SERVICE, NOT_LOGGER, NOT_HOST, NOT_Q, NOT_FIELD];

/// How many conditions on fields a request may have.
const MAX_FIELDS: usize = 10;
/// How many texts a request may exclude.
const MAX_EXCLUDED_TEXTS: usize = 10;
const LEVELS: [&str; 5] = ["debug", "info", "warning", "error", "critical"];

/// Which records a request asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter {
    from: Option<EventTime>,
    to: Option<EventTime>,
    /// Everything but the time.
    condition: Condition,
    /// All parameters of the request, relative times made absolute.
    asked: Vec<(String, String)>,
}

impl BadParameter {
    /// Returns the error for a regular expression that MongoDB refuses.
    pub(crate) fn regex() -> Self {
        let detail = "MongoDB rejects this regular expression: it is too large, or not valid PCRE.".to_owned();
        let allowed = text::A_TEXT.to_owned();
        Self { name: Q.to_owned(), value: None, detail, allowed, suggestion: None }
    }
}

impl Filter {
    /// Reads the parameters of a filter at the time `now`. Other parameters are left alone.
    pub(crate) fn parse(parameters: &Parameters<'_>, now: EventTime) -> Result<Self, BadParameter> {
        let (from, to) = moment::span(parameters, now)?;
        let asked = moment::pinned(parameters, from, to);
        Ok(Self { from, to, condition: condition(parameters)?, asked })
    }

    /// Returns the ids that records of the requested time can have.
    pub(crate) fn ids(&self) -> IdRange {
        IdRange::of_time(self.from, self.to)
    }

    /// Returns the condition that the records match, apart from their time.
    pub(crate) fn condition(&self) -> &Condition {
        &self.condition
    }

    /// Returns the uid that the records carry, if the request names one.
    pub(crate) fn uid(&self) -> Option<&LogUid> {
        let Condition::All(parts) = &self.condition else { return None };
        parts.iter().find_map(|part| if let Condition::AnyUid(uids) = part { uids.first() } else { None })
    }

    /// Returns the condition with other uids instead of the request's: records that carry one of them match.
    pub(crate) fn condition_with(&self, uids: &[LogUid]) -> Condition {
        let Condition::All(parts) = &self.condition else { return self.condition.clone() };
        let replaced = |part: &Condition| match part {
            Condition::AnyUid(_) => Condition::AnyUid(uids.to_vec()),
            other => other.clone(),
        };
        Condition::All(parts.iter().map(replaced).collect())
    }

    /// Returns all parameters of the request, for the address of the next page.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.asked.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Reads every filter but the time.
fn condition(parameters: &Parameters<'_>) -> Result<Condition, BadParameter> {
    let get = |name| parameters.get(name);
    let one_of = |name, condition: fn(Vec<String>) -> Condition| {
        let names = alternatives(parameters, name)?;
        Ok((!names.is_empty()).then(|| condition(names)))
    };
    let mut all: Vec<Condition> = [
        get(LEVEL).map(level_number).transpose()?.map(Condition::MinLevel),
        get(LOG_UID).map(uid).transpose()?.map(Condition::uid),
        one_of(SERVICE, Condition::Service)?,
        one_of(HOST, Condition::Host)?,
        one_of(LOGGER, Condition::Logger)?,
        get(Q).map(|value| text::parse(Q, value)).transpose()?,
    ]
    .into_iter()
    .flatten()
    .collect();
    all.extend(fields(parameters)?);
    all.extend(excluded(parameters)?.into_iter().map(not));
    Ok(Condition::All(all))
}

/// Reads what the records must not be. A record without the field is not so.
fn excluded(parameters: &Parameters<'_>) -> Result<Vec<Condition>, BadParameter> {
    let one_of = |name, condition: fn(Vec<String>) -> Condition| {
        let names = alternatives(parameters, name)?;
        Ok((!names.is_empty()).then(|| condition(names)))
    };
    let named = [
        one_of(NOT_SERVICE, Condition::Service)?,
        one_of(NOT_HOST, Condition::Host)?,
        one_of(NOT_LOGGER, Condition::Logger)?,
    ];
    let texts: Vec<&str> = parameters.all(NOT_Q).collect();
    if texts.len() > MAX_EXCLUDED_TEXTS {
        return Err(too_many(NOT_Q, texts.len(), "texts to exclude", &format!("{MAX_EXCLUDED_TEXTS} texts")));
    }
    let texts = texts.into_iter().map(|value| text::parse(NOT_Q, value));
    named.into_iter().flatten().map(Ok).chain(texts).collect()
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

fn level_number(value: &str) -> Result<i64, BadParameter> {
    let number = level::number(value).or_else(|| value.parse::<u16>().ok().map(i64::from));
    number.ok_or_else(|| {
        let suggestion = spelling::closest(value, &LEVELS);
        let allowed = "TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL, or the number of a level, such as 30";
        BadParameter { suggestion, ..BadParameter::value(LEVEL, value, "that is not a level", allowed) }
    })
}

fn uid(value: &str) -> Result<LogUid, BadParameter> {
    let allowed = "the log_uid of a transaction";
    LogUid::parse(value).map_err(|not| BadParameter::value(LOG_UID, value, &not.to_string(), allowed))
}

fn fields(parameters: &Parameters<'_>) -> Result<Vec<Condition>, BadParameter> {
    let fields = parameters.fields().map(|(name, value)| field::parse("field.", name, value));
    let excluded = parameters.excluded_fields();
    let excluded = excluded.map(|(name, value)| field::parse("not.field.", name, value).map(not));
    let fields = fields.chain(excluded).collect::<Result<Vec<_>, _>>()?;
    if fields.len() <= MAX_FIELDS {
        return Ok(fields);
    }
    Err(too_many(FIELD, fields.len(), "field conditions", &format!("{MAX_FIELDS} fields")))
}

fn too_many(name: &str, count: usize, what: &str, allowed: &str) -> BadParameter {
    let detail = format!("The request has {count} {what}.");
    BadParameter { name: name.to_owned(), value: None, detail, allowed: allowed.to_owned(), suggestion: None }
}

#[cfg(test)]
mod tests {
    use record::LogUid;
    use store::{Comparison, Condition, FieldName, FieldTest, Literal, Phrase, TextPattern};

    use super::{EventTime, FILTERS, Filter, Parameters};

    fn parse(query: &str) -> Result<Filter, super::BadParameter> {
        let now = EventTime::from_rfc3339("2026-11-20T08:35:39.165953Z").unwrap();
        Filter::parse(&Parameters::parse(Some(query), &FILTERS)?, now)
    }

    #[test]
    fn bad_values_are_refused_with_what_is_allowed() {
        fn check(query: &str, expect: &str) {
            let refused = parse(query).unwrap_err();
            let meant = refused.suggestion.map(|meant| format!(" | {meant}")).unwrap_or_default();
            assert_eq!(format!("{refused} | {}{meant}", refused.allowed), expect, "{query}");
        }
        let levels = "TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL, or the number of a level, such as 30";
        check("level=WARNNG", &format!("level is `WARNNG`: that is not a level. | {levels} | warning"));
        check("level=-1", &format!("level is `-1`: that is not a level. | {levels}"));
        check("level=", &format!("level is ``: that is not a level. | {levels}"));
        let names = "1 to 20 names between commas";
        check("service=", &format!("service is ``: a name between the commas is empty. | {names}"));
        check("host=a,,b", &format!("host is `a,,b`: a name between the commas is empty. | {names}"));
        let many = ["x"; 21].join(",");
        check(&format!("logger={many}"), &format!("logger is `{many}`: there are too many names. | {names}"));
        check(
            "log_uid=-",
            "log_uid is `-`: services write this when there is no transaction, as they write `-`, `None` or `$request_id`. | the log_uid of a transaction",
        );
        let many: Vec<String> = (0..11).map(|number| format!("field.f{number}=1")).collect();
        check(&many.join("&"), "The request has 11 field conditions. | 10 fields");
        let many: Vec<String> = (0..11).map(|number| format!("not.field.f={number}")).collect();
        check(&many.join("&"), "The request has 11 field conditions. | 10 fields");
        let many: Vec<String> = (0..11).map(|number| format!("not.q={number}")).collect();
        check(&many.join("&"), "The request has 11 texts to exclude. | 10 texts");
        check("field.a=1&field.a=2", "field.a is given more than once. | field.a once");
        check("not.service=a&not.service=b", "not.service is given more than once. | not.service once");
    }

    #[test]
    fn a_filter_can_be_asked_for_again() {
        let filter = parse("from=-1h&level=warn&service=a,b&q=%2Fx%2Fi&field.order:string=42&to=2026-11-20").unwrap();
        let asked: Vec<(&str, &str)> = filter.parameters().collect();
        let expect = [
            ("from", "2026-11-20T07:35:39.165953Z"),
            ("level", "warn"),
            ("service", "a,b"),
            ("q", "/x/i"),
            ("field.order:string", "42"),
            ("to", "2026-11-21T00:00:00.000000Z"),
        ];
        assert_eq!(asked, expect);
    }

    #[test]
    fn times_are_a_range_of_ids() {
        let filter = parse("from=-1h&to=-1m").unwrap();
        assert_eq!((filter.ids().first, filter.ids().end), {
            let id = |text| Some(record::first_id(EventTime::from_rfc3339(text).unwrap()));
            (id("2026-11-20T07:35:39.165953Z"), id("2026-11-20T08:34:39.165953Z"))
        });
        assert!(filter.condition().is_everything());
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn uid(uid: &str) -> Condition {
        Condition::uid(LogUid::parse(uid).unwrap())
    }

    fn field(name: &str, test: FieldTest) -> Condition {
        Condition::Field { name: FieldName::parse(name).unwrap(), test }
    }

    fn matching(pattern: &str) -> Condition {
        Condition::Text(TextPattern { pattern: pattern.to_owned(), ignore_case: false })
    }

    fn phrase(text: &str) -> Condition {
        Condition::Phrase(Phrase::parse(text, Vec::new()))
    }

    #[test]
    fn a_filter_is_a_condition() {
        fn check(query: &str, expect: &[Condition]) {
            assert_eq!(*parse(query).unwrap().condition(), Condition::All(expect.to_vec()), "{query}");
        }
        check("", &[]);
        check("from=-1h&to=2026-11-20", &[]);
        check("level=ERROR", &[Condition::MinLevel(40)]);
        check("level=25", &[Condition::MinLevel(25)]);
        check("service=shop", &[Condition::Service(names(&["shop"]))]);
        check("service=shop,$ne", &[Condition::Service(names(&["shop", "$ne"]))]);
        check("host=a", &[Condition::Host(names(&["a"]))]);
        check("log_uid=%7B%22$ne%22:1%7D", &[uid(r#"{"$ne":1}"#)]);
        check("logger=a.b", &[Condition::Logger(names(&["a.b"]))]);
        check("q=50%25 (off)", &[phrase("50 off")]);
        check("q=/a|b/", &[matching("a|b")]);
        check("log_uid=x&level=30", &[Condition::MinLevel(30), uid("x")]);
        let is = |text: &str| FieldTest::OneOf(vec![Literal::Text(text.to_owned())]);
        let one_of = FieldTest::OneOf(vec![Literal::Text("42".to_owned()), Literal::Integer(42)]);
        check("field.order=42", &[field("order", one_of)]);
        check("field.order:exists=true", &[field("order", FieldTest::Exists)]);
        check("field.order:exists=false", &[Condition::Not(Box::new(field("order", FieldTest::Exists)))]);
        for name in ["a.b", "$where", "a.b.c", "a.$ne", "a[$ne]", ".", "a..b"] {
            check(&format!("field.{name}=$x"), &[field(name, is("$x"))]);
        }
        check("field.$where:exists=true", &[field("$where", FieldTest::Exists)]);
        let not = |condition: &Condition| Condition::Not(Box::new(condition.clone()));
        check("not.service=a,b", &[not(&Condition::Service(names(&["a", "b"])))]);
        check(
            "not.host=a&not.logger=b",
            &[not(&Condition::Host(names(&["a"]))), not(&Condition::Logger(names(&["b"])))],
        );
        let [text, regex] = [phrase("a"), matching("b")];
        check("not.q=a&not.q=/b/", &[not(&text), not(&regex)]);
        let [x, y] = ["$x", "$y"].map(|text| field("a", is(text)));
        check("not.field.a=$x&not.field.a=$y", &[not(&x), not(&y)]);
        check("field.a!=$x&field.a!=$y&field.a=$x", &[not(&x), not(&y), x.clone()]);
        check("not.field.a!=$x", &[not(&not(&x))]);
        let compare = |comparison, number| FieldTest::Compare { comparison, with: vec![Literal::Integer(number)] };
        let [from, to] = [(Comparison::GreaterOrEqual, 500), (Comparison::Less, 600)];
        let [from, to] = [from, to].map(|(comparison, number)| field("status", compare(comparison, number)));
        check("field.status>=500&field.status<600", &[from, to]);
    }
}
