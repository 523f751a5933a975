//! loguru (`serialize=True`): <https://loguru.readthedocs.io/>.

use super::{Alias, exception, integer, known_level, level_number, logger, message, text, time};
use crate::attribute::Attribute;
use crate::level::Scale;

pub(super) const ALIASES: &[Alias] = &[
    message("record.message"),
    time("record.time.timestamp"),
    known_level("record.level.name"),
    level_number("record.level.no", Scale::Python),
    exception("record.exception"),
    logger("record.name"),
    text("record.function", Attribute::FuncName),
    text("record.module", Attribute::Module),
    text("record.file.path", Attribute::PathName),
    integer("record.line", Attribute::LineNo),
    exception("exception"),
    text("exception_name", Attribute::ExcInfo),
];
