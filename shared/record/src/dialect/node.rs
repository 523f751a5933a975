//! pino and bunyan: <https://getpino.io/>, <https://github.com/trentm/node-bunyan>. Their level numbers differ from
//! Python's.

use super::{Alias, Reading, alias, exception, integer, level_number, text, time};
use crate::attribute::Attribute;
use crate::level::Scale;

pub(super) const ALIASES: &[Alias] = &[
    time("time"),
    level_number("level", Scale::Size),
    text("hostname", Attribute::Fqdn),
    integer("pid", Attribute::Process),
    exception("err"),
    alias("stack", Attribute::ExcText, Reading::Thrown),
    text("err.message", Attribute::ExcInfo),
    text("src.file", Attribute::PathName),
    integer("src.line", Attribute::LineNo),
    text("src.func", Attribute::FuncName),
];
