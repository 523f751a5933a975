//! pino and bunyan: <https://getpino.io/>, <https://github.com/trentm/node-bunyan>. Their level numbers differ from
//! Python's. tslog and log4js: <https://tslog.js.org/>, <https://log4js-node.github.io/log4js-node/>.

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
    // tslog's arguments, by their positions.
    alias("0", Attribute::ExcText, Reading::Thrown),
    alias("1", Attribute::ExcText, Reading::Thrown),
    alias("2", Attribute::ExcText, Reading::Thrown),
    alias("3", Attribute::ExcText, Reading::Thrown),
    alias("categoryName", Attribute::Name, Reading::Category),
];
