//! The Elastic Common Schema, as `ecs-logging` writes it: <https://www.elastic.co/guide/en/ecs/current/>.

use super::{Alias, integer, level_name, text, time};
use crate::attribute::Attribute;

pub(super) const ALIASES: &[Alias] = &[
    time("@timestamp"),
    level_name("log.level"),
    text("log.logger", Attribute::Name),
    text("log.origin.file.name", Attribute::FileName),
    integer("log.origin.file.line", Attribute::LineNo),
    text("log.origin.function", Attribute::FuncName),
    integer("process.pid", Attribute::Process),
    text("process.name", Attribute::ProcessName),
    integer("process.thread.id", Attribute::Thread),
    text("process.thread.name", Attribute::ThreadName),
    text("error.stack_trace", Attribute::ExcText),
    text("error.message", Attribute::ExcInfo),
    text("error.type", Attribute::ExcInfo),
    text("host.hostname", Attribute::Fqdn),
    text("host.name", Attribute::Fqdn),
    text("service.name", Attribute::Service),
];
