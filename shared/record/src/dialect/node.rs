//! pino and bunyan: <https://getpino.io/>, <https://github.com/trentm/node-bunyan>. Their level numbers differ from
//! Python's.

use super::{Alias, integer, level_number, text, time};
use crate::attribute::Attribute;
use crate::level;

pub(super) const ALIASES: &[Alias] = &[
    time("time"),
    level_number("level", python_level),
    text("hostname", Attribute::Fqdn),
    integer("pid", Attribute::Process),
    text("err.stack", Attribute::ExcText),
    text("err.message", Attribute::ExcInfo),
    text("src.file", Attribute::PathName),
    integer("src.line", Attribute::LineNo),
    text("src.func", Attribute::FuncName),
];

/// Converts a level number of pino or bunyan: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. These are ten
/// more than Python's, which has no trace.
fn python_level(level: i64) -> Option<i64> {
    match level.saturating_sub(10) {
        0 => level::number("TRACE"),
        python => Some(python),
    }
}
