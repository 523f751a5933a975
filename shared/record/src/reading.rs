//! Reads what another dialect's field says, as its role asks for it.

use super::attribute::Attribute;
use super::blank::says_nothing;
use super::dialect::Reading;
use super::field::Field;
use super::level::{self, Scale};
use super::meaning::{FIRST_SPELLED_RANK, Role};
use super::scales::{Scales, is_stream};
use super::sender::Sender;
use super::value::Value;
use super::{EventTime, exception, frames, node_format};

/// How much worse a level's name is that nobody knows.
const UNKNOWN_LEVEL: usize = 10_000;
/// The types of events of Kubernetes, and their levels.
const EVENT_TYPES: [(&str, &str); 2] = [("Normal", "INFO"), ("Warning", "WARNING")];
/// The lengths of a container's id: a short one, and a whole one.
const CONTAINER_ID_DIGITS: [usize; 2] = [12, 64];
/// What ends the name of a program's file in Python.
const PYTHON_FILE: &str = ".py";

/// A value that was read from another dialect's field.
pub(super) enum AliasedValue {
    Text(String),
    Template(String),
    Integer(i64),
    Time(EventTime),
    /// A time that may mean something else.
    LooseTime(EventTime),
    /// A logger's name that tells no service.
    ClassName(String),
}

impl Role {
    /// Returns the field itself, or the one within it at the role's path.
    pub(super) fn find<'a>(&self, field: Field<'a>) -> Option<Field<'a>> {
        match (self.path, self.rank) {
            ("", _) => Some(field),
            (path, 0..FIRST_SPELLED_RANK) => field.at(path),
            (path, _) => field.spelled_at(path),
        }
    }

    /// Returns the value and how much worse it is than another; `None` if it is unusable.
    pub(super) fn read(&self, field: Field<'_>, scales: Scales<'_, '_>) -> Option<(usize, AliasedValue)> {
        let value = match (self.reading, field) {
            (_, Field::Scalar(Value::Text(text))) if says_nothing(text) => return None,
            (Reading::Time | Reading::ObservedTime, field) => {
                AliasedValue::Time(EventTime::of_field(field).filter(|time| time.is_of_event())?)
            }
            (Reading::LooseTime, Field::Scalar(Value::Text(date))) if !date.contains(':') => return None,
            (Reading::LooseTime, field) => {
                AliasedValue::LooseTime(EventTime::of_field(field).filter(|time| time.is_of_event())?)
            }
            (Reading::Seconds, Field::Scalar(value)) => AliasedValue::Time(scales.with_nanos(EventTime::of(value)?)?),
            (Reading::Exception, field) | (Reading::ErrorObject, field @ Field::Object(_)) => {
                AliasedValue::Text(exception::text(field)?)
            }
            (Reading::Bytes, field @ Field::Array(_)) => AliasedValue::Text(text_of_bytes(field)?),
            // A ship carries containers, too.
            (Reading::Container, Field::Scalar(Value::Text(name)))
                if name.starts_with('/') || scales.is_containers() =>
            {
                AliasedValue::Text(name.trim_start_matches('/').to_owned())
            }
            (Reading::Unit, Field::Scalar(Value::Text(unit))) => {
                AliasedValue::Text(unit.strip_suffix(".service").filter(|name| !name.is_empty())?.to_owned())
            }
            (Reading::Program, Field::Scalar(Value::Text(program))) if scales.0.has_mark(Sender::Logstash) => {
                AliasedValue::Text(name_of_program(program)?.to_owned())
            }
            (Reading::Target, Field::Scalar(Value::Text(target))) if scales.is_target(target) => {
                AliasedValue::Text(target.to_owned())
            }
            (Reading::ClassName, Field::Scalar(Value::Text(name))) if scales.is_class(name) => {
                AliasedValue::ClassName(name.to_owned())
            }
            (Reading::Category, Field::Scalar(Value::Text(category))) if scales.is_log4js() => {
                AliasedValue::Text(category.to_owned())
            }
            (Reading::Texts, field @ Field::Array(_)) if scales.is_log4js() => {
                AliasedValue::Text(node_format::line(field)?)
            }
            (Reading::Texts, field @ Field::Array(_)) => AliasedValue::Text(line_of_texts(field)?),
            // A company has facilities, too.
            (Reading::Facility, Field::Scalar(Value::Text(name))) if scales.is_named_by(name, self.attribute) => {
                AliasedValue::Text(name.to_owned())
            }
            (Reading::Template, Field::Scalar(Value::Text(text))) => AliasedValue::Template(text.to_owned()),
            (Reading::Family, Field::Scalar(Value::Text(text))) => {
                AliasedValue::Text(text.split(':').next().unwrap_or(text).to_owned())
            }
            (Reading::Letter, Field::Scalar(Value::Text(letter))) if letter.len() == 1 && scales.is_mongods() => {
                return self.read_level_name(letter, scales);
            }
            (Reading::Text, Field::Scalar(Value::Text(text))) if self.attribute == Attribute::Message => {
                AliasedValue::Text(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            (Reading::Text, Field::Scalar(Value::Text(text))) if self.is_no_name(text, scales) => return None,
            (Reading::Text, Field::Scalar(Value::Text(text))) => AliasedValue::Text(text.to_owned()),
            // An exception's is read as one.
            (Reading::Stack, field) if self.attribute == Attribute::StackInfo && is_exceptions(field) => return None,
            (Reading::Stack, field @ Field::Array(_)) => {
                AliasedValue::Text(exception::text(field).filter(|stack| exception::is_stack(stack))?)
            }
            (Reading::Stack, Field::Scalar(Value::Text(text))) if text.contains('\n') => {
                AliasedValue::Text(text.to_owned())
            }
            (Reading::Thrown, field) => {
                AliasedValue::Text(exception::text(field).filter(|stack| exception::is_thrown(stack))?)
            }
            (Reading::Channel | Reading::ZapsLogger, Field::Scalar(Value::Text(name)))
                if scales.is_logger(self.reading) =>
            {
                AliasedValue::Text(name.to_owned())
            }
            (Reading::Frames, Field::Scalar(Value::Text(text))) if frames::has_frames(text) => {
                AliasedValue::Text(text.to_owned())
            }
            (Reading::Frames, field @ Field::Array(_)) => {
                AliasedValue::Text(exception::text(field).filter(|stack| frames::are_frames(stack))?)
            }
            (Reading::Integer, Field::Scalar(Value::Integer(number))) => AliasedValue::Integer(number),
            (Reading::Integer, Field::Scalar(Value::Text(text))) => AliasedValue::Integer(text.parse().ok()?),
            (Reading::LevelNumber(scale), Field::Scalar(value)) => {
                let number = match value {
                    Value::Integer(number) => number,
                    Value::Text(text) => text.trim().parse().ok()?,
                    _ => return None,
                };
                AliasedValue::Integer(scales.level(scale, number)?)
            }
            (Reading::EventType, Field::Scalar(Value::Text(kind))) if scales.0.has_mark(Sender::Kubernetes) => {
                let (_, level) = EVENT_TYPES.iter().find(|(known, _)| *known == kind)?;
                AliasedValue::Text((*level).to_owned())
            }
            (Reading::LooseLevelName, Field::Scalar(Value::Text(name))) => {
                let number = level::number(name).filter(|number| scales.admits_loose(*number))?;
                AliasedValue::Text(level::name(number)?.to_owned())
            }
            (Reading::LevelName | Reading::KnownLevelName, Field::Scalar(Value::Text(name))) => {
                return self.read_level_name(name, scales);
            }
            _ => return None,
        };
        Some((0, value))
    }

    /// Returns whether a text names no host or service: the stream of a container, as Azure Monitor's `LogSource`, a number, or the
    /// id of a container, which Docker's driver for journald writes as `SYSLOG_IDENTIFIER`.
    fn is_no_name(&self, text: &str, scales: Scales<'_, '_>) -> bool {
        let is_id = || CONTAINER_ID_DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match self.attribute {
            Attribute::Fqdn => is_stream(text),
            Attribute::Service => {
                text.bytes().all(|byte| byte.is_ascii_digit()) || (is_id() && scales.0.has_mark(Sender::Docker))
            }
            _ => false,
        }
    }

    fn read_level_name(&self, name: &str, scales: Scales<'_, '_>) -> Option<(usize, AliasedValue)> {
        // A number that is written as text is the same number.
        if let Ok(number) = name.trim().parse() {
            let level = scales.level(Scale::Size, number).and_then(level::name)?;
            return Some((0, AliasedValue::Text(level.to_owned())));
        }
        match level::number(name).and_then(level::name) {
            Some(known) => Some((0, AliasedValue::Text(known.to_owned()))),
            None if self.reading == Reading::LevelName && !level::is_none(name) => {
                Some((UNKNOWN_LEVEL, AliasedValue::Text(name.to_owned())))
            }
            _ => None,
        }
    }
}

/// Returns the name of a program by its path: `shop` of `/srv/shop.py`. Without a program's file, Python has an option there.
fn name_of_program(program: &str) -> Option<&str> {
    let file = program.rsplit(['/', '\\']).next()?;
    let name = file.strip_suffix(PYTHON_FILE).unwrap_or(file);
    (!name.is_empty() && !name.starts_with('-')).then_some(name)
}

/// Returns whether a stack is that of an exception.
fn is_exceptions(stack: Field<'_>) -> bool {
    exception::text(stack).is_some_and(|stack| exception::is_thrown(&stack))
}

/// Returns the line of a list of texts; `None` if it has anything else.
fn line_of_texts(list: Field<'_>) -> Option<String> {
    let texts: Option<Vec<&str>> = list.items().map(Field::text).collect();
    texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join(" "))
}

/// Returns the text of a message that journald sends as the numbers of its bytes.
fn text_of_bytes(list: Field<'_>) -> Option<String> {
    let bytes: Option<Vec<u8>> = list
        .items()
        .map(|item| match item {
            Field::Scalar(Value::Integer(byte)) => u8::try_from(byte).ok(),
            _ => None,
        })
        .collect();
    let bytes = bytes.filter(|bytes| !bytes.is_empty())?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
