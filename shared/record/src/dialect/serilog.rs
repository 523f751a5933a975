//! Serilog's compact format, whose names are compared as they are: `x` may be anything.
//! <https://github.com/serilog/serilog-formatting-compact>

use super::{Alias, exception, known_level, logger, message, template, time};

pub(super) const ALIASES: &[Alias] = &[
    time("@t"),
    message("@m"),
    template("@mt"),
    known_level("@l"),
    exception("@x"),
    logger("SourceContext"),
    logger("Category"),
];
