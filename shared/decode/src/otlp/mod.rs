//! OpenTelemetry logs as the collector's awskinesis exporter and every OTLP exporter write them: protobuf or JSON.
//!
//! Protocol: <https://opentelemetry.io/docs/specs/otlp/>; messages:
//! <https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto>; what the
//! fields mean: <https://opentelemetry.io/docs/specs/otel/logs/data-model/>.
//!
//! Both encodings are read as views of their bytes ([`view`]), one log record at a time, and become drafts in one place
//! ([`record`]). Members that OTLP does not define are ignored, as it asks of those who receive it.

mod json;
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
