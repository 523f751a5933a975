//! Serilog's JSON formatter and .NET's JSON console: <https://github.com/serilog/serilog-formatting-compact>,
//! <https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter>.

use super::{Alias, exception, host, known_level, logger, message, service, template};

pub(super) const ALIASES: &[Alias] = &[
    message("RenderedMessage"),
    template("MessageTemplate"),
    known_level("LogLevel"),
    // <https://github.com/RehanSaeed/Serilog.Exceptions>
    exception("ExceptionDetail"),
    exception("Properties.ExceptionDetail"),
    logger("Properties.SourceContext"),
    service("Properties.Application"),
    host("Properties.MachineName"),
    // Serilog's formatter for Elasticsearch.
    logger("fields.SourceContext"),
    host("fields.MachineName"),
];
