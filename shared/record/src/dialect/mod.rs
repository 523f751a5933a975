//! Other libraries' names for what a log record says. Each field keeps its own name too.
//!
//! A dialect is a table: a record may speak several at once, and need not say which. Where an attribute is missing, the
//! first field present that means the same gives it.

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
    /// Its name: `log.level` is a field of that name or the field `level` of the object `log`.
    pub(super) name: &'static str,
    pub(super) attribute: Attribute,
    pub(super) reading: Reading,
}

/// What the value must be to be taken for the attribute's.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    /// Text.
    Text,
    /// An integer.
    Integer,
    /// A moment: a number of any unit since the epoch, or text.
    Time,
    /// The name of a level.
    LevelName,
    /// The number of a level, to be turned into Python's.
    LevelNumber(fn(i64) -> Option<i64>),
}

/// The dialects known, most telling first.
const DIALECTS: [&[Alias]; 5] =
    [ecs::ALIASES, structlog::ALIASES, victorialogs::ALIASES, node::ALIASES, opentelemetry::ALIASES];

/// All aliases, in the order in which they are looked for.
pub(super) fn aliases() -> impl Iterator<Item = &'static Alias> {
    DIALECTS.into_iter().flatten()
}

/// The names of all fields that are aliases or hold some. A name may come more than once.
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
