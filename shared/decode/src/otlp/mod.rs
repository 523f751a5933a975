//! OpenTelemetry logs in protobuf or JSON, as the collector's awskinesis exporter and every OTLP exporter write them.
//!
//! Protocol: <https://opentelemetry.io/docs/specs/otlp/>; messages:
//! <https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto>; meaning of
//! the fields: <https://opentelemetry.io/docs/specs/otel/logs/data-model/>.
//!
//! Both encodings are read as views of their bytes ([`view`]), one log record at a time. [`record`] turns the views
//! into drafts. Members that OTLP does not define are ignored, as it requires of receivers.

mod json;
mod names;
mod number;
mod protobuf;
mod record;
mod render;
mod severity;
#[cfg(test)]
mod tests;
mod view;

pub(super) use json::decode as decode_json;
pub(super) use protobuf::{decode as decode_protobuf, recognise as is_protobuf};
