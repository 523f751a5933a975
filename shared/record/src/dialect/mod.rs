//! Other libraries' names for the attributes of a log record. Each field also keeps its own name.
//!
//! A dialect is a table of names. A record may mix dialects and need not say which it uses. The first field present
//! that means the same fills in a missing attribute.

mod ecs;
mod node;
mod opentelemetry;
mod structlog;
mod victorialogs;

use super::attribute::Attribute;
use super::vocabulary::outermost;

/// Another library's name for an attribute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alias {
    /// The name. `log.level` matches a field of that name, or the field `level` of the object `log`.
    pub(super) name: &'static str,
    pub(super) attribute: Attribute,
    pub(super) reading: Reading,
}

/// How a value is read. A value of another type is not taken for the attribute.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    /// Text.
    Text,
    /// An integer.
    Integer,
    /// A time: text, or a number in any unit since the epoch.
    Time,
    /// A level's name.
    LevelName,
    /// A level's number. The function converts it to Python's.
    LevelNumber(fn(i64) -> Option<i64>),
}

/// The known dialects, most specific first.
const DIALECTS: [&[Alias]; 5] =
    [ecs::ALIASES, structlog::ALIASES, victorialogs::ALIASES, node::ALIASES, opentelemetry::ALIASES];

/// Returns all aliases in the order in which they are looked up.
pub(super) fn aliases() -> impl Iterator<Item = &'static Alias> {
    DIALECTS.into_iter().flatten()
}

/// Returns the names of all fields that are aliases or contain one. A name may occur more than once.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    aliases().flat_map(|alias| [alias.name, outermost(alias.name)])
}

const fn text(name: &'static str, attribute: Attribute) -> Alias {
    Alias { name, attribute, reading: Reading::Text }
}

const fn integer(name: &'static str, attribute: Attribute) -> Alias {
    Alias { name, attribute, reading: Reading::Integer }
}

const fn time(name: &'static str) -> Alias {
    Alias { name, attribute: Attribute::Created, reading: Reading::Time }
}

const fn level_name(name: &'static str) -> Alias {
    Alias { name, attribute: Attribute::LevelName, reading: Reading::LevelName }
}

const fn level_number(name: &'static str, to_python: fn(i64) -> Option<i64>) -> Alias {
    Alias { name, attribute: Attribute::LevelNo, reading: Reading::LevelNumber(to_python) }
}
