//! Serilog (compact and JSON formatter) and .NET's JSON console: <https://github.com/serilog/serilog-formatting-compact>,
//! <https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter>.

use super::{Alias, exception, known_level, logger, message, service, template, time};

pub(super) const ALIASES: &[Alias] = &[
    time("@t"),
    message("@m"),
    message("RenderedMessage"),
    template("@mt"),
    template("MessageTemplate"),
    known_level("@l"),
    known_level("LogLevel"),
    exception("@x"),
    logger("SourceContext"),
    logger("Properties.SourceContext"),
    logger("Category"),
    service("Properties.Application"),
];
