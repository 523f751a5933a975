//! Reads what another dialect's field says, as its role asks for it.

use std::ops::RangeInclusive;

use super::attribute::Attribute;
use super::blank::says_nothing;
use super::dialect::Reading;
use super::document::Value;
use super::draft::Draft;
use super::envelope::Sender;
use super::field::Field;
use super::level::{self, Scale};
use super::meaning::{FIRST_SPELLED_RANK, Role};
use super::{EventTime, exception};

/// How much worse a level's name is that nobody knows.
const UNKNOWN_LEVEL: usize = 10_000;
/// Earlier times are no times of events but placeholders: 1990.
const EARLIEST_MICROS: i64 = 631_152_000_000_000;
/// The facilities of syslog, by name: <https://datatracker.ietf.org/doc/html/rfc5424#section-6.2.1>.
const FACILITIES: [&str; 24] = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "security",
    "console",
    "solaris-cron",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
];
/// The numbers of severities of Google Cloud: <https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity>.
const GOOGLES: [(i64, i64); 8] =
    [(100, 10), (200, 20), (300, 20), (400, 30), (500, 40), (600, 50), (700, 50), (800, 50)];
/// The types of events of Kubernetes, and their levels.
const EVENT_TYPES: [(&str, &str); 2] = [("Normal", "INFO"), ("Warning", "WARNING")];
/// The field that only GELF has, and those of a record of MongoDB's server, as they are spelled.
const GELF: &str = "shortmessage";
const MONGODS: [&str; 2] = ["s", "t"];
/// The field with a container's line.
const LOG: &str = "log";
/// The field with the logger's name, which Python's libraries write, and not those of Node.js.
const LOGGER: &str = "logger";
/// The field that only logbook has, as it is spelled, and its logger beside levels that only logbook has.
const LOGBOOK: &str = "formattedexception";
const CHANNEL: &str = "channel";
const LOGBOOKS_LEVELS: RangeInclusive<i64> = 11..=15;
/// The fields that only Monolog has beside its channel, as they are spelled.
const MONOLOGS: [&str; 2] = ["levelname", "datetime"];

/// A value that was read from another dialect's field.
pub(super) enum AliasedValue {
    Text(String),
    Template(String),
    Integer(i64),
    Time(EventTime),
    /// A time that may mean something else.
    LooseTime(EventTime),
}

/// What tells the scale of a level's number, and whether a name is a level: the other fields of the record. Each is looked
/// for only when it is asked for.
#[derive(Clone, Copy)]
pub(super) struct Scales<'d, 'r>(pub(super) &'d Draft<'r>);

/// Returns whether a time may be an event's, and is no placeholder.
pub(super) fn is_of_event(time: EventTime) -> bool {
    time.micros() >= EARLIEST_MICROS
}

fn is_facility(value: Value<'_>) -> Option<()> {
    let is_facility = match value {
        Value::Integer(number) => usize::try_from(number).is_ok_and(|number| number < FACILITIES.len()),
        Value::Text(text) => FACILITIES.contains(&text),
        _ => false,
    };
    is_facility.then_some(())
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
            (Reading::Time, field) => AliasedValue::Time(EventTime::of_field(field).filter(|time| is_of_event(*time))?),
            (Reading::LooseTime, Field::Scalar(Value::Text(date))) if !date.contains(':') => return None,
            (Reading::LooseTime, field) => {
                AliasedValue::LooseTime(EventTime::of_field(field).filter(|time| is_of_event(*time))?)
            }
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
            (Reading::Texts, field @ Field::Array(_)) => AliasedValue::Text(line_of_texts(field)?),
            // A company has facilities, too.
            (Reading::Facility, Field::Scalar(value @ Value::Text(name)))
                if is_facility(value).is_none() && scales.0.has_alias(&[GELF]) =>
            {
                AliasedValue::Text(name.to_owned())
            }
            (Reading::Template, Field::Scalar(Value::Text(text))) => AliasedValue::Template(text.to_owned()),
            (Reading::Family, Field::Scalar(Value::Text(text))) => {
                AliasedValue::Text(text.split(':').next().unwrap_or(text).to_owned())
            }
            (Reading::Letter, Field::Scalar(Value::Text(letter))) if letter.len() == 1 && scales.is_mongods() => {
                return self.read_level_name(letter);
            }
            (Reading::Text, Field::Scalar(Value::Text(text))) if self.attribute == Attribute::Message => {
                AliasedValue::Text(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            // A number is no service's name.
            (Reading::Text, Field::Scalar(Value::Text(text)))
                if self.attribute == Attribute::Service && text.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                return None;
            }
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
            (Reading::Channel, Field::Scalar(Value::Text(name))) if scales.is_monologs() => {
                AliasedValue::Text(name.to_owned())
            }
            (Reading::Frames, Field::Scalar(Value::Text(text))) if exception::has_frames(text) => {
                AliasedValue::Text(text.to_owned())
            }
            (Reading::Integer, Field::Scalar(Value::Integer(number))) => AliasedValue::Integer(number),
            (Reading::Integer, Field::Scalar(Value::Text(text))) => AliasedValue::Integer(text.parse().ok()?),
            (Reading::LevelNumber(scale), Field::Scalar(value)) => {
                let number = match value {
                    Value::Integer(number) => number,
                    Value::Text(text) if scale != Scale::Size => text.trim().parse().ok()?,
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
                return self.read_level_name(name);
            }
            _ => return None,
        };
        Some((0, value))
    }

    fn read_level_name(&self, name: &str) -> Option<(usize, AliasedValue)> {
        let of_number =
            |number| Scale::Python.level(number).or_else(|| Scale::Size.level(number).filter(|_| number >= 100));
        let number = level::number(name).or_else(|| of_number(name.trim().parse().ok()?));
        match number.and_then(level::name) {
            Some(known) => Some((0, AliasedValue::Text(known.to_owned()))),
            None if self.reading == Reading::LevelName => Some((UNKNOWN_LEVEL, AliasedValue::Text(name.to_owned()))),
            None => None,
        }
    }
}

impl Scales<'_, '_> {
    /// Returns Python's number for a level's number of a scale. The record tells which scale `level` has.
    fn level(self, scale: Scale, number: i64) -> Option<i64> {
        match scale {
            // Google Cloud's.
            Scale::Syslog if number >= 100 => {
                GOOGLES.iter().find(|(known, _)| *known == number).map(|(_, level)| *level)
            }
            Scale::Priority => Scale::Syslog.level(number).filter(|_| self.is_syslogs()),
            Scale::Size if self.0.has_alias(&[GELF]) => Scale::Syslog.level(number),
            Scale::Size if self.is_logbooks(number) => Scale::Logbook.level(number),
            Scale::Size
                if number <= 50
                    && (self.0.is_pythons() || self.0.has_alias(&[LOGGER]) || self.has_pythons_logger()) =>
            {
                Scale::Python.level(number)
            }
            scale => scale.level(number),
        }
    }

    /// Returns whether a field may say this level that may mean something else: the status of an order, the priority of a
    /// task. A critical one is data, unless the record has fields that only syslog's or Datadog's senders write.
    fn admits_loose(self, number: i64) -> bool {
        number <= level::ERROR || self.is_syslogs() || self.0.has_mark(Sender::Datadog)
    }

    /// Returns whether the record has a dotted logger or a module with a function, as Python's libraries write them, and
    /// nothing of Node.js's.
    fn has_pythons_logger(self) -> bool {
        let draft = self.0;
        let has_function = || draft.offset(Attribute::Module).is_some() && draft.has_alias(&["function", "line"]);
        (draft.has_dotted_name() || has_function()) && !draft.has_alias(&["pid", "hostname"])
    }

    fn is_logbooks(self, level: i64) -> bool {
        self.0.has_alias(&[LOGBOOK]) || (LOGBOOKS_LEVELS.contains(&level) && self.0.has_alias(&[CHANNEL]))
    }

    /// Returns whether a container wrote the record.
    fn is_containers(self) -> bool {
        self.0.has_mark(Sender::Docker) || self.0.has_alias(&[LOG, GELF]) || self.0.is_of_stream()
    }

    fn is_syslogs(self) -> bool {
        self.0.has_mark(Sender::Syslog) || self.0.alias_value("facility", is_facility).is_some()
    }

    fn is_monologs(self) -> bool {
        self.0.has_alias(&MONOLOGS)
    }

    fn is_mongods(self) -> bool {
        MONGODS.iter().all(|name| self.0.has_alias(&[name]))
    }
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
