//! The OpenTelemetry log data model in JSON:
//! <https://opentelemetry.io/docs/specs/otel/logs/data-model/>.

use super::{Alias, Reading, alias, level_name, level_number, text, time};
use crate::attribute::Attribute;
use crate::level::Scale;

/// When a collector took the record.
pub(in super::super) const OBSERVED_TIME: &str = "observedTimeUnixNano";

pub(super) const ALIASES: &[Alias] = &[
    time("timeUnixNano"),
    alias(OBSERVED_TIME, Attribute::Created, Reading::ObservedTime),
    level_name("severityText"),
    level_name("severity_text"),
    level_number("severityNumber", Scale::Severity),
    level_number("severity_number", Scale::Severity),
    text("body", Attribute::Message),
    text("attributes.exception.stacktrace", Attribute::ExcText),
    text("resource.host.name", Attribute::Fqdn),
    text("resource.service.name", Attribute::Service),
];
