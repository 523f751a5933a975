//! consola's JSON reporter, which writes a message as the list `args`: <https://github.com/unjs/consola>. Elsewhere these are
//! the arguments of Python's template.

use super::attribute::Attribute;
use super::draft::Draft;
use super::field::Field;
use super::value::Value;
use super::{level, node_format};

/// The fields beside `args`, as they are spelled.
const DATE: &str = "date";
const TYPE: &str = "type";
const LEVEL: &str = "level";
/// Python's numbers for consola's levels: fatal and error, warn, log, info, debug, trace.
const LEVELS: [i64; 6] = [level::ERROR, 30, 20, 20, 10, 5];

impl Draft<'_> {
    /// Adds the message and the level of a record of consola's.
    pub(super) fn put_consola(&mut self) {
        if self.offset(Attribute::Msg).is_some() || self.offset(Attribute::Message).is_some() {
            return;
        }
        let Some(arguments @ Field::Array(_)) = self.container(Attribute::Args) else { return };
        if !self.has_alias(&[DATE]) {
            return;
        }
        let number = |value: Value<'_>| match value {
            Value::Integer(number) => usize::try_from(number).ok().and_then(|number| LEVELS.get(number)).copied(),
            _ => None,
        };
        // A type tells an error from a fatal one. There may be types of the program's own.
        let of_type = |value: Value<'_>| match value {
            Value::Text(name) => Some(level::number(name)),
            _ => None,
        };
        let (Some(number), Some(of_type)) = (self.alias_value(LEVEL, number), self.alias_value(TYPE, of_type)) else {
            return;
        };
        let line = node_format::line(arguments);
        if let Some(level) = level::name(of_type.unwrap_or(number)) {
            self.put(Attribute::LevelName, Value::Text(level));
        }
        if let Some(line) = line {
            self.put(Attribute::Message, Value::Text(&line));
        }
    }
}
