//! Which records are asked for: the one reading of `from to level service logger host log_uid q field.*`.

mod condition;
mod field;
mod text;

use bson::Document;
use record::{EventTime, LogUid, level};
use store::{IdRange, IndexChoice};

use self::field::Field;
use self::text::Text;
use super::alternatives::alternatives;
use super::moment::{self, FROM, TO};
use super::parameters::FIELD;
use super::{BadParameter, Parameters, spelling};

const LEVEL: &str = "level";
const SERVICE: &str = "service";
const LOGGER: &str = "logger";
const HOST: &str = "host";
pub(super) const LOG_UID: &str = "log_uid";
const Q: &str = "q";

/// The parameters that a filter is read from. An endpoint may know fewer of them.
pub(crate) const FILTERS: [&str; 9] = [FROM, TO, LEVEL, SERVICE, LOGGER, HOST, LOG_UID, Q, FIELD];

/// How many fields may be asked for at once.
const MAX_FIELDS: usize = 10;
const LEVELS: [&str; 5] = ["debug", "info", "warning", "error", "critical"];

/// Which records are asked for. Every value in it is of a type that cannot be an operator.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter {
    from: Option<EventTime>,
    to: Option<EventTime>,
    level: Option<i64>,
    services: Vec<String>,
    loggers: Vec<String>,
    hosts: Vec<String>,
    uid: Option<LogUid>,
    text: Option<Text>,
    fields: Vec<Field>,
    /// All parameters of its request, relative times pinned.
    asked: Vec<(String, String)>,
}

impl BadParameter {
    /// A regular expression that MongoDB does not take, for whatever reason.
    pub(crate) fn regex() -> Self {
        let detail = "MongoDB does not take this regular expression: it is too large, or not one of PCRE's.".to_owned();
        let allowed = text::A_TEXT.to_owned();
        Self { name: Q.to_owned(), value: None, detail, allowed, suggestion: None }
    }
}

impl Filter {
    /// Reads those of the parameters that are a filter's, at the moment `now`.
    pub(crate) fn parse(parameters: &Parameters<'_>, now: EventTime) -> Result<Self, BadParameter> {
        let (from, to) = moment::span(parameters, now)?;
        Ok(Self {
            from,
            to,
            level: parameters.get(LEVEL).map(level_number).transpose()?,
            services: alternatives(parameters, SERVICE)?,
            loggers: alternatives(parameters, LOGGER)?,
            hosts: alternatives(parameters, HOST)?,
            uid: parameters.get(LOG_UID).map(uid).transpose()?,
            text: parameters.get(Q).map(|value| Text::parse(Q, value)).transpose()?,
            fields: fields(parameters)?,
            asked: moment::pinned(parameters, from, to),
        })
    }

    /// The ids that records of the time asked for can have.
    pub(crate) fn ids(&self) -> IdRange {
        IdRange::of_time(self.from, self.to)
    }

    /// What the records are best found by.
    pub(crate) fn along(&self) -> IndexChoice {
        let asks_for_errors = self.level.is_some_and(|number| number >= level::ERROR);
        if asks_for_errors && self.uid.is_none() { IndexChoice::Errors } else { IndexChoice::Ids }
    }

    /// Whose records are asked for, if only one transaction's.
    pub(crate) fn uid(&self) -> Option<&LogUid> {
        self.uid.as_ref()
    }

    /// Everything but the time as a filter for MongoDB; empty where all records are asked for.
    pub(crate) fn document(&self) -> Document {
        condition::document(self)
    }

    /// The parameters of its request, which are read as this filter at any moment: for the address of the next answer.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.asked.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
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

fn fields(parameters: &Parameters<'_>) -> Result<Vec<Field>, BadParameter> {
    let fields = parameters.fields().map(|(name, value)| Field::parse(name, value));
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    if fields.len() <= MAX_FIELDS {
        return Ok(fields);
    }
    let detail = format!("{} fields are asked for at once.", fields.len());
    let allowed = format!("{MAX_FIELDS} fields");
    Err(BadParameter { name: FIELD.to_owned(), value: None, detail, allowed, suggestion: None })
}

#[cfg(test)]
mod tests {
    use super::{EventTime, FILTERS, Filter, IndexChoice, Parameters};

    pub(super) fn parse(query: &str) -> Result<Filter, super::BadParameter> {
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
        check("service=", &format!("service is ``: there is nothing before, between or behind commas. | {names}"));
        check("host=a,,b", &format!("host is `a,,b`: there is nothing before, between or behind commas. | {names}"));
        let many = ["x"; 21].join(",");
        check(&format!("logger={many}"), &format!("logger is `{many}`: that is too many names. | {names}"));
        check(
            "log_uid=-",
            "log_uid is `-`: it is empty, `-` or `None`: services write these when there is no transaction. | the log_uid of a transaction",
        );
        let many: Vec<String> = (0..11).map(|number| format!("field.f{number}=1")).collect();
        check(&many.join("&"), "11 fields are asked for at once. | 10 fields");
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
        assert_eq!((filter.document().len(), filter.along(), filter.uid()), (0, IndexChoice::Ids, None));
    }
}
