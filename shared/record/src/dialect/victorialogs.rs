//! The `VictoriaLogs` logging handler: <https://pypi.org/project/victorialogs-handler/>.

use super::{Alias, integer, level_name, text, time};
use crate::attribute::Attribute;

pub(super) const ALIASES: &[Alias] = &[
    time("timestamp"),
    time("_time"),
    text("_msg", Attribute::Message),
    level_name("level"),
    text("logger", Attribute::Name),
    text("function", Attribute::FuncName),
    integer("line_number", Attribute::LineNo),
    text("exception", Attribute::ExcText),
    text("exception_name", Attribute::ExcInfo),
    text("process_name", Attribute::ProcessName),
    text("thread_name", Attribute::ThreadName),
];
