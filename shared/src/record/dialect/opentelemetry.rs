//! The OpenTelemetry log data model in JSON:
//! <https://opentelemetry.io/docs/specs/otel/logs/data-model/>.

use super::{Alias, level_name, level_number, text, time};
use crate::record::attribute::Attribute;

pub(super) const ALIASES: &[Alias] = &[
    time("timeUnixNano"),
    time("observedTimeUnixNano"),
    level_name("severityText"),
    level_name("severity_text"),
    level_number("severityNumber", python_level),
    level_number("severity_number", python_level),
    text("body", Attribute::Message),
    text("attributes.exception.stacktrace", Attribute::ExcText),
    text("resource.host.name", Attribute::Fqdn),
    text("resource.service.name", Attribute::Service),
];

/// OpenTelemetry's numbers are 1 to 24, four to each of TRACE, DEBUG, INFO, WARN, ERROR, FATAL.
fn python_level(severity: i64) -> i64 {
    match severity {
        ..=0 => 0,
        1..=4 => 5,
        5..=8 => 10,
        9..=12 => 20,
        13..=16 => 30,
        17..=20 => 40,
        21.. => 50,
    }
}
