//! structlog and python-json-logger: <https://www.structlog.org/>, <https://nhairs.github.io/python-json-logger/>.

use super::{Alias, level_name, level_number, stack, text, time};
use crate::attribute::Attribute;
use crate::level::Scale;

pub(super) const ALIASES: &[Alias] = &[
    text("event", Attribute::Message),
    time("timestamp"),
    time("asctime"),
    level_name("level"),
    level_name("severity"),
    level_number("level_number", Scale::Python),
    text("logger", Attribute::Name),
    text("logger_name", Attribute::Name),
    text("func_name", Attribute::FuncName),
    text("thread_name", Attribute::ThreadName),
    text("process_name", Attribute::ProcessName),
    text("exception", Attribute::ExcText),
    stack("stack"),
];
