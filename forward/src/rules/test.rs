//! A test of a field's value: a text, a pattern, a comparison, a list of these.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::field::{FieldName, Seen};
use super::glob;
use crate::yaml::{Kind, Mistake, Node, suggestion};

/// The most memory that a regular expression may take, compiled.
const MAX_REGEX_BYTES: usize = 1 << 20;
/// The names of the levels, for messages.
const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
/// What a text may begin with, longer ones first. None of the comparisons is `!=`.
const OPERATORS: [(&str, Option<Operator>); 6] = [
    (">=", Some(Operator::AtLeast)),
    ("<=", Some(Operator::AtMost)),
    ("!=", None),
    (">", Some(Operator::Above)),
    ("<", Some(Operator::Below)),
    ("=", Some(Operator::Equal)),
];

/// A test of a value.
#[derive(Debug)]
pub(super) enum Test {
    /// The field is missing, or null.
    Missing,
    /// The field is there.
    Present,
    /// The value is this boolean.
    Boolean(bool),
    /// The value, as a text, is this.
    Text(String),
    /// The value, as a text, matches.
    Pattern(Regex),
    /// The value is a number, or a text that is one, of which this holds.
    Number(Operator, f64),
    /// The level has this name.
    LevelName(&'static str),
    /// None of these holds.
    Not(Box<Test>),
    /// One of these holds.
    AnyOf(Vec<Test>),
}

/// A comparison.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operator {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
}

impl Test {
    /// Reads a test of a field.
    pub(super) fn read(field: &FieldName, node: &Node) -> Result<Self, Mistake> {
        match &node.kind {
            Kind::Null => Ok(Self::Missing),
            Kind::Boolean(value) => Ok(Self::Boolean(*value)),
            Kind::Integer(number) if *field == FieldName::Level => of_level(&number.to_string(), Operator::Equal, node),
            Kind::Integer(number) => Ok(Self::Number(Operator::Equal, to_f64(*number))),
            Kind::Float(number) => Ok(Self::Number(Operator::Equal, *number)),
            Kind::Text(text) => of_text(field, text, node),
            Kind::List(items) if items.is_empty() => Err(node.mistake("the list is empty: no record can match")),
            Kind::List(items) => {
                items.iter().map(|item| Self::read(field, item)).collect::<Result<_, _>>().map(Self::AnyOf)
            }
            Kind::Map(_) => {
                Err(node.mistake("a test is a text, a number or a list; write nested names with dots: `order.amount`"))
            }
        }
    }

    /// Returns whether it holds of a record's field.
    pub(super) fn holds(&self, field: &FieldName, seen: &mut Seen<'_>) -> bool {
        self.holds_of(seen.value(field).as_deref())
    }

    fn holds_of(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else {
            return match self {
                Self::Missing => true,
                Self::Not(test) => !test.holds_of(None),
                Self::AnyOf(tests) => tests.iter().any(|test| test.holds_of(None)),
                _ => false,
            };
        };
        match (self, value) {
            (Self::Not(test), _) => !test.holds_of(Some(value)),
            (Self::AnyOf(tests), _) => tests.iter().any(|test| test.holds_of(Some(value))),
            (Self::Missing, _) => value.is_null(),
            (Self::Present, _) => !value.is_null(),
            (_, Value::Array(items)) => items.iter().any(|item| self.holds_of(Some(item))),
            (Self::Boolean(wanted), Value::Bool(value)) => value == wanted,
            (Self::Boolean(wanted), Value::String(text)) => {
                text.eq_ignore_ascii_case(if *wanted { "true" } else { "false" })
            }
            (Self::Number(operator, wanted), _) => number(value).is_some_and(|number| operator.holds(number, *wanted)),
            (Self::LevelName(wanted), _) => value.as_i64().and_then(record::level::name) == Some(wanted),
            (Self::Text(wanted), Value::String(text)) => text == wanted,
            (Self::Text(wanted), Value::Number(number)) => number.to_string() == *wanted,
            (Self::Pattern(pattern), Value::String(text)) => pattern.is_match(text),
            (Self::Pattern(pattern), Value::Number(number)) => pattern.is_match(&number.to_string()),
            _ => false,
        }
    }
}

impl Operator {
    fn holds(self, value: f64, wanted: f64) -> bool {
        match self {
            Self::Above => value > wanted,
            Self::AtLeast => value >= wanted,
            Self::Below => value < wanted,
            Self::AtMost => value <= wanted,
            Self::Equal => (value - wanted).abs() <= f64::EPSILON * wanted.abs(),
        }
    }
}

fn of_text(field: &FieldName, text: &str, node: &Node) -> Result<Test, Mistake> {
    if let Some((pattern, flags)) = text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
        if !matches!(flags, "" | "i") {
            return Err(node.mistake(format!("`{flags}` is no flag of a regular expression; known is only `i`")));
        }
        let regex = RegexBuilder::new(pattern).case_insensitive(flags == "i").size_limit(MAX_REGEX_BYTES).build();
        return regex.map(Test::Pattern).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            node.mistake(format!("`{pattern}` is no regular expression: {reason}"))
        });
    }
    if *field == FieldName::Level {
        return match operator(text).unwrap_or((Some(Operator::Equal), text)) {
            (Some(operator), level) => of_level(level, operator, node),
            (None, level) => of_level(level, Operator::Equal, node).map(Box::new).map(Test::Not),
        };
    }
    match operator(text) {
        Some((None, rest)) => of_text(field, rest, node).map(Box::new).map(Test::Not),
        Some((Some(operator), rest)) => {
            let number = rest.parse().map_err(|_| {
                node.mistake(format!("`{rest}` is no number to compare with; `/^{}/` is the text", regex::escape(text)))
            })?;
            Ok(Test::Number(operator, number))
        }
        None if text == "*" || text == "**" => Ok(Test::Present),
        None if glob::is_one(text) => {
            let pattern = glob::to_regex(text, field.is_dotted());
            let regex = RegexBuilder::new(&pattern).size_limit(MAX_REGEX_BYTES).build();
            regex.map(Test::Pattern).map_err(|_| node.mistake(format!("`{text}` is no pattern")))
        }
        None => Ok(Test::Text(text.to_owned())),
    }
}

/// Splits `>=10` into the comparison and what it compares with; none is `!=`.
fn operator(text: &str) -> Option<(Option<Operator>, &str)> {
    OPERATORS.into_iter().find_map(|(sign, operator)| Some((operator, text.strip_prefix(sign)?.trim())))
}

fn of_level(level: &str, operator: Operator, node: &Node) -> Result<Test, Mistake> {
    let number = level.parse().ok().or_else(|| record::level::number(level));
    let Some(number) = number else {
        let suggestion = suggestion(level, LEVELS);
        return Err(node.mistake(format!("`{level}` is no level; {suggestion}")));
    };
    let name = record::level::name(number).filter(|_| level.parse::<i64>().is_err());
    Ok(match (operator, name) {
        (Operator::Equal, Some(name)) => Test::LevelName(name),
        (operator, _) => Test::Number(operator, to_f64(number)),
    })
}

/// Returns a number, or a text as one.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Returns the nearest float: rules compare amounts and durations, not ids.
#[allow(clippy::cast_precision_loss)]
fn to_f64(number: i64) -> f64 {
    number as f64
}
