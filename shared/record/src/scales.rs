//! What the other fields of a record tell about one: the scale of a level's number, and whether a name means what it does
//! in the records of one sender.

use std::ops::RangeInclusive;

use super::EventTime;
use super::attribute::Attribute;
use super::dialect::Reading;
use super::draft::Draft;
use super::level::{self, Scale};
use super::sender::Sender;
use super::stream_level::OF_STREAMS;
use super::value::Value;

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
/// The versions of GELF, and its largest level.
const GELFS_VERSIONS: [&[u8]; 2] = [b"1.1", b"1.0"];
const MAX_SEVERITY: i64 = 7;
/// The facilities that libraries for GELF write if they are told none.
const NO_FACILITIES: [&str; 3] = ["logstash-gelf", "gelf-java", "gelf-rb"];
/// The field with a level's name that graypy writes beside GELF's, as it is spelled.
const GRAYPYS_LEVEL: &str = "levelname";
/// The numbers of severities of Google Cloud: <https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity>.
const GOOGLES: [(i64, i64); 8] =
    [(100, 10), (200, 20), (300, 20), (400, 30), (500, 40), (600, 50), (700, 50), (800, 50)];
/// The field that only GELF has, and those of a record of MongoDB's server, as they are spelled.
pub(super) const GELF: &str = "shortmessage";
const MONGODS: [&str; 2] = ["s", "t"];
/// The field with a container's line.
const LOG: &str = "log";
/// The field with the logger's name, which Python's libraries write, and not those of Node.js.
const LOGGER: &str = "logger";
/// The field that only logbook has, as it is spelled, and its logger beside levels that only logbook has.
const LOGBOOK: &str = "formattedexception";
const CHANNEL: &str = "channel";
const LOGBOOKS_LEVELS: RangeInclusive<i64> = 11..=15;
/// The field with the nanoseconds of Spring Cloud GCP's seconds, as it is spelled.
const NANOS: &str = "timestampnanos";
const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_MICRO: i64 = 1_000;
/// The field with what an event of tracing's says, and that of the process of `NestJS`, as they are spelled.
const TRACING: &str = "fields";
const PROCESS: &str = "pid";
/// The fields with which zap writes a level and a message for development, as they are spelled.
const ZAPS: [&str; 2] = ["l", "m"];
/// The field with the stream of a container in Azure Monitor's tables, as it is spelled.
const LOG_SOURCE: &str = "logsource";
/// The fields that only Monolog has beside its channel, as they are spelled.
const MONOLOGS: [&str; 3] = ["levelname", "datetime", "monologlevel"];

/// The fields that log4js writes together.
const DATA: &str = "data";
const LOG4JS_LEVEL: &str = "level.levelStr";

/// What tells the scale of a level's number, and whether a name is a level: the other fields of the record. Each is looked
/// for only when it is asked for.
#[derive(Clone, Copy)]
pub(super) struct Scales<'d, 'r>(pub(super) &'d Draft<'r>);

impl Scales<'_, '_> {
    /// Returns Python's number for a level's number of a scale. The record tells which scale `level` has.
    pub(super) fn level(self, scale: Scale, number: i64) -> Option<i64> {
        match scale {
            // Google Cloud's.
            Scale::Syslog if number >= 100 => {
                GOOGLES.iter().find(|(known, _)| *known == number).map(|(_, level)| *level)
            }
            Scale::Priority => Scale::Syslog.level(number).filter(|_| self.is_syslogs()),
            Scale::Size if self.0.has_alias(&[GELF]) => Scale::Syslog.level(number),
            Scale::Size if self.is_dockers(number) || self.is_of_gelf(number) => Scale::Syslog.level(number),
            Scale::Size if self.is_logbooks(number) => Scale::Logbook.level(number),
            Scale::Size
                if number <= 50
                    && (self.0.is_pythons()
                        || self.0.has_alias(&[LOGGER])
                        || self.has_pythons_logger()
                        || self.has_pythons_time()) =>
            {
                Scale::Python.level(number)
            }
            scale => scale.level(number),
        }
    }

    /// Returns whether a field may say this level that may mean something else: the status of an order, the priority of a
    /// task. A critical one is data, unless the record has fields that only syslog's or Datadog's senders write.
    pub(super) fn admits_loose(self, number: i64) -> bool {
        number <= level::ERROR || self.is_syslogs() || self.0.has_mark(Sender::Datadog)
    }

    /// Returns whether the record has a dotted logger or a module with a function, as Python's libraries write them, and
    /// nothing of Node.js's.
    fn has_pythons_logger(self) -> bool {
        let draft = self.0;
        let has_function = || draft.offset(Attribute::Module).is_some() && draft.has_alias(&["function", "line"]);
        (draft.has_dotted_name() || has_function()) && !draft.has_alias(&["pid", "hostname"])
    }

    /// Returns whether the time is written as only Python's `LogRecord` has it: `created`, in seconds with a fraction.
    fn has_pythons_time(self) -> bool {
        matches!(self.0.get(Attribute::Created), Some(Value::Float(seconds)) if seconds.fract() != 0.0)
    }

    /// Returns the time of seconds with the nanoseconds that another field has.
    pub(super) fn with_nanos(self, seconds: EventTime) -> Option<EventTime> {
        let nanos = |value: Value<'_>| match value {
            Value::Integer(number) => Some(number),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        };
        let nanos = self.0.alias_value(NANOS, nanos).filter(|nanos| (0..NANOS_PER_SECOND).contains(nanos));
        let micros = seconds.micros().checked_add(nanos.unwrap_or(0) / NANOS_PER_MICRO)?;
        EventTime::from_micros(micros).filter(|time| time.is_of_event())
    }

    /// Returns whether a text is the target of an event of tracing's. Other targets are hosts, accounts and files.
    pub(super) fn is_target(self, target: &str) -> bool {
        let is_path = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
        target.bytes().all(is_path) && (target.contains("::") || self.0.has_alias(&[TRACING]))
    }

    /// Returns whether a text is the name of a class: `OrdersService`. Any word is one in a record of `NestJS`.
    pub(super) fn is_class(self, name: &str) -> bool {
        let is_capital = |byte: &u8| byte.is_ascii_uppercase();
        let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let has_small = name.bytes().any(|byte| byte.is_ascii_lowercase());
        let is_compound = has_small && name.bytes().filter(is_capital).count() > 1;
        let is_nests = || self.0.has_alias(&[PROCESS]);
        is_word && name.as_bytes().first().is_some_and(is_capital) && (is_compound || is_nests())
    }

    fn is_logbooks(self, level: i64) -> bool {
        self.0.has_alias(&[LOGBOOK]) || (LOGBOOKS_LEVELS.contains(&level) && self.0.has_alias(&[CHANNEL]))
    }

    fn is_dockers(self, level: i64) -> bool {
        OF_STREAMS.contains(&level) && self.0.is_dockers_gelf()
    }

    /// Returns whether the number is beside the fields that each message in GELF has. Its `short_message` is gone where that was a record.
    fn is_of_gelf(self, level: i64) -> bool {
        let is_version = |text: &[u8]| GELFS_VERSIONS.contains(&text);
        let has_version =
            || self.0.elements().any(|element| element.name == b"version" && element.text().is_some_and(is_version));
        (0..=MAX_SEVERITY).contains(&level) && has_version() && self.0.elements().any(|element| element.name == b"host")
    }

    /// Returns whether a container wrote the record.
    pub(super) fn is_containers(self) -> bool {
        let is_stream = |value: Value<'_>| matches!(value, Value::Text(text) if is_stream(text)).then_some(());
        self.0.has_mark(Sender::Docker)
            || self.0.has_alias(&[LOG, GELF])
            || self.0.is_of_stream()
            || self.0.alias_value(LOG_SOURCE, is_stream).is_some()
    }

    pub(super) fn is_syslogs(self) -> bool {
        self.0.has_mark(Sender::Syslog) || self.0.alias_value("facility", is_facility).is_some()
    }

    /// Returns whether a field that is read so is the logger: the record has what only Monolog or zap writes.
    pub(super) fn is_logger(self, reading: Reading) -> bool {
        match reading {
            Reading::ZapsLogger => ZAPS.iter().all(|name| self.0.has_alias(&[name])),
            _ => self.0.has_alias(&MONOLOGS),
        }
    }

    /// Returns whether a facility is the service of a record in GELF, or its logger: graypy writes it there, unless it is told
    /// a facility.
    pub(super) fn is_named_by(self, facility: &str, attribute: Attribute) -> bool {
        let is_graypys = || self.0.has_alias(&[GRAYPYS_LEVEL]) && !self.0.has_alias(&[LOGGER]);
        let is_name = || is_facility(Value::Text(facility)).is_none() && !NO_FACILITIES.contains(&facility);
        let is_number = || facility.bytes().all(|byte| byte.is_ascii_digit());
        self.0.has_alias(&[GELF]) && is_name() && !is_number() && is_graypys() == (attribute == Attribute::Name)
    }

    /// Returns whether log4js wrote the record: a list of what was logged, and a level as an object.
    pub(super) fn is_log4js(self) -> bool {
        self.0.has_alias(&[DATA]) && self.0.alias_value(LOG4JS_LEVEL, |_| Some(())).is_some()
    }

    pub(super) fn is_mongods(self) -> bool {
        MONGODS.iter().all(|name| self.0.has_alias(&[name]))
    }
}

/// Returns whether a text is the name of a stream of a program.
pub(super) fn is_stream(text: &str) -> bool {
    matches!(text, "stdout" | "stderr")
}

pub(super) fn is_facility(value: Value<'_>) -> Option<()> {
    let is_facility = match value {
        Value::Integer(number) => usize::try_from(number).is_ok_and(|number| number < FACILITIES.len()),
        Value::Text(text) => FACILITIES.contains(&text),
        _ => false,
    };
    is_facility.then_some(())
}
