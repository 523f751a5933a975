//! Other libraries' names for what a log record says. Each field keeps its own name too.
//!
//! A dialect is a table. A record may speak several at once, and need not say which. Where an attribute is missing, the
//! first usable field that means the same gives it. The names of [`DIALECTS`] are compared as they are. Those of
//! [`SPELLED`] are compared without case and separators, and come after them.

mod azure;
mod containers;
mod dotnet;
mod ecs;
mod general;
mod go;
mod java;
mod journald;
mod mongodb;
mod node;
mod opentelemetry;
mod php;
mod platforms;
mod python;
mod rust;
mod serilog;
mod structlog;
mod syslog;
mod victorialogs;
mod zap;

pub(super) use self::opentelemetry::OBSERVED_TIME;
use super::attribute::Attribute;
use super::level::Scale;

/// Another library's name for an attribute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alias {
    /// Its name: `log.level` is a field of that name or the field `level` of the object `log`.
    pub(super) name: &'static str,
    pub(super) attribute: Attribute,
    pub(super) reading: Reading,
}

/// What the value must be to be taken for the attribute's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reading {
    /// Text that is not empty.
    Text,
    /// A message template, which is rendered.
    Template,
    /// Text up to a colon: the family of `orders:17`.
    Family,
    /// The letter of a level, in a record of MongoDB's server.
    Letter,
    /// An integer.
    Integer,
    /// The bytes of a text, as a list of numbers.
    Bytes,
    /// The name of a container, without the slash before it.
    Container,
    /// A facility that is none of syslog's: a program's name, or graypy's logger.
    Facility,
    /// A moment: a number of any unit since the epoch, text, or an object.
    Time,
    /// A moment that may be another than the event's: an invoice's date. It is not ahead of the arrival, and not only a
    /// day.
    LooseTime,
    /// A moment at which a collector took the record. It counts if the record says no time of its own.
    ObservedTime,
    /// The name of a level, also an unknown one.
    LevelName,
    /// The name of a known level.
    KnownLevelName,
    /// The type of an event of Kubernetes.
    EventType,
    /// The name of a known level that may mean something else: a priority, a status.
    LooseLevelName,
    /// The number of a level, to be turned into Python's.
    LevelNumber(Scale),
    /// A stack of more than one line.
    Stack,
    /// The stack of an exception, which has frames and is not only where a record was written.
    Thrown,
    /// The name of a channel, beside what only Monolog writes.
    Channel,
    /// The category of a record of log4js.
    Category,
    /// The name of a logger, beside what only zap writes.
    ZapsLogger,
    /// An exception as an object.
    ErrorObject,
    /// Texts in a list, which make a line.
    Texts,
    /// The name of a unit of systemd, without the type after it.
    Unit,
    /// A text that has the frames of a stack.
    Frames,
    /// The name of a program, beside what only Logstash's senders write.
    Program,
    /// The target of an event of Rust's tracing: the path of a module.
    Target,
    /// The context of a line of `NestJS`: the name of a class, which is a logger and no service.
    ClassName,
    /// Seconds since the epoch, beside which a field has the nanoseconds.
    Seconds,
    /// These nanoseconds.
    Nanos,
    /// An exception as text, as an object, or as a list of lines.
    Exception,
}

/// The dialects whose names are compared as they are, most telling first.
const DIALECTS: [&[Alias]; 10] = [
    ecs::ALIASES,
    structlog::ALIASES,
    victorialogs::ALIASES,
    node::ALIASES,
    opentelemetry::ALIASES,
    mongodb::ALIASES,
    serilog::ALIASES,
    journald::ALIASES,
    zap::ALIASES,
    azure::EXACT,
];

/// The dialects whose names come in many spellings, most telling first.
const SPELLED: [&[Alias]; 11] = [
    python::ALIASES,
    dotnet::ALIASES,
    azure::ALIASES,
    java::ALIASES,
    php::ALIASES,
    rust::ALIASES,
    go::ALIASES,
    syslog::ALIASES,
    containers::ALIASES,
    general::ALIASES,
    platforms::ALIASES,
];

/// All aliases, in the order in which they are looked for.
pub(super) fn aliases() -> impl Iterator<Item = &'static Alias> {
    DIALECTS.into_iter().flatten()
}

/// All aliases whose names come in many spellings, in the order in which they are looked for, after [`aliases`].
pub(super) fn spelled() -> impl Iterator<Item = &'static Alias> {
    SPELLED.into_iter().flatten()
}

/// The names of all fields that are aliases or hold some. A name may come more than once.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    aliases().flat_map(|alias| [alias.name, outermost(alias.name)])
}

const fn alias(name: &'static str, attribute: Attribute, reading: Reading) -> Alias {
    Alias { name, attribute, reading }
}

const fn text(name: &'static str, attribute: Attribute) -> Alias {
    alias(name, attribute, Reading::Text)
}

const fn message(name: &'static str) -> Alias {
    text(name, Attribute::Message)
}

const fn template(name: &'static str) -> Alias {
    alias(name, Attribute::Message, Reading::Template)
}

const fn service(name: &'static str) -> Alias {
    text(name, Attribute::Service)
}

const fn host(name: &'static str) -> Alias {
    text(name, Attribute::Fqdn)
}

const fn logger(name: &'static str) -> Alias {
    text(name, Attribute::Name)
}

const fn integer(name: &'static str, attribute: Attribute) -> Alias {
    alias(name, attribute, Reading::Integer)
}

const fn time(name: &'static str) -> Alias {
    alias(name, Attribute::Created, Reading::Time)
}

const fn level_name(name: &'static str) -> Alias {
    alias(name, Attribute::LevelName, Reading::LevelName)
}

const fn known_level(name: &'static str) -> Alias {
    alias(name, Attribute::LevelName, Reading::KnownLevelName)
}

const fn level_number(name: &'static str, scale: Scale) -> Alias {
    alias(name, Attribute::LevelNo, Reading::LevelNumber(scale))
}

const fn loose_time(name: &'static str) -> Alias {
    alias(name, Attribute::Created, Reading::LooseTime)
}

const fn loose_level(name: &'static str) -> Alias {
    alias(name, Attribute::LevelName, Reading::LooseLevelName)
}

const fn stack(name: &'static str) -> Alias {
    alias(name, Attribute::StackInfo, Reading::Stack)
}

const fn exception(name: &'static str) -> Alias {
    alias(name, Attribute::ExcText, Reading::Exception)
}

const fn frames(name: &'static str) -> Alias {
    alias(name, Attribute::ExcText, Reading::Frames)
}

/// Returns the outermost field of a dotted name: `log` of `log.level`.
pub(super) fn outermost(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}
