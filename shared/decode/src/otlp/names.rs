//! Names of fields and attributes of OTLP.

/// OTLP attributes for which Python's `LogRecord` has a name of its own. The names are from
/// <https://opentelemetry.io/docs/specs/semconv/registry/attributes/>, including deprecated ones.
pub(super) const PYTHON_NAMES: [(&str, &str); 9] = [
    ("exception.stacktrace", "exc_text"),
    ("code.file.path", "pathname"),
    ("code.filepath", "pathname"),
    ("code.function.name", "funcName"),
    ("code.function", "funcName"),
    ("code.line.number", "lineno"),
    ("code.lineno", "lineno"),
    ("thread.id", "thread"),
    ("thread.name", "threadName"),
];

/// The attributes of an error's type and message.
pub(super) const ERROR_PARTS: [&str; 2] = ["exception.type", "exception.message"];

/// The names of OTLP's own fields.
pub(super) const OTLP_NAMES: [&str; 13] = [
    "attributes",
    "body",
    "droppedAttributesCount",
    "eventName",
    "flags",
    "observedTimeUnixNano",
    "resource",
    "scope",
    "severityNumber",
    "severityText",
    "spanId",
    "timeUnixNano",
    "traceId",
];
