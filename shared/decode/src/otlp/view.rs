//! The messages of OTLP logs, as views of their bytes in either encoding.

use std::borrow::Cow;

use record::Value;

/// How deep values may nest before the rest is kept as it was encoded. Attributes are meant to nest little, and each
/// level of the JSON encoding is read again for the next.
pub(super) const MAX_DEPTH: usize = 32;

/// What was sent is not what OTLP defines.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) enum Malformed {
    /// In protobuf.
    Protobuf(#[from] crate::protobuf::Malformed),
    /// In JSON.
    Json(#[from] serde_json::Error),
}

/// Repeated values in one of the encodings, not yet read.
pub(super) trait Repeated<'a>: Copy {
    /// Gives each value to `value`.
    fn each_value(self, value: impl FnMut(AnyValue<'a, Self>) -> Result<(), Malformed>) -> Result<(), Malformed>;

    /// Gives each key with its value to `entry`.
    fn each_entry(self, entry: impl FnMut(&str, AnyValue<'a, Self>) -> Result<(), Malformed>) -> Result<(), Malformed>;

    /// All of it as it was encoded.
    fn source(self) -> Value<'a>;
}

/// `opentelemetry.proto.common.v1.AnyValue`
#[derive(Clone, Debug)]
pub(super) enum AnyValue<'a, R> {
    Empty,
    Text(Cow<'a, str>),
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Bytes(Cow<'a, [u8]>),
    Array(R),
    Map(R),
}

/// `opentelemetry.proto.logs.v1.LogRecord`. What is not set is 0 or empty, as in protobuf.
#[derive(Debug)]
pub(super) struct LogRecord<'a, R> {
    pub(super) time_unix_nano: u64,
    pub(super) observed_time_unix_nano: u64,
    pub(super) severity_number: i64,
    pub(super) severity_text: Cow<'a, str>,
    pub(super) body: AnyValue<'a, R>,
    pub(super) attributes: R,
    pub(super) dropped_attributes_count: u32,
    pub(super) flags: u32,
    /// In hexadecimal.
    pub(super) trace_id: Cow<'a, str>,
    /// In hexadecimal.
    pub(super) span_id: Cow<'a, str>,
    pub(super) event_name: Cow<'a, str>,
}

/// `opentelemetry.proto.resource.v1.Resource`, or an `InstrumentationScope`, which has a name and version too.
#[derive(Debug)]
pub(super) struct Origin<'a, R> {
    pub(super) name: Cow<'a, str>,
    pub(super) version: Cow<'a, str>,
    pub(super) attributes: R,
    pub(super) dropped_attributes_count: u32,
    /// From the message around it.
    pub(super) schema_url: Cow<'a, str>,
}

impl<R> LogRecord<'_, R> {
    /// With nothing set but where the attributes are.
    pub(super) fn empty(attributes: R) -> Self {
        Self {
            time_unix_nano: 0,
            observed_time_unix_nano: 0,
            severity_number: 0,
            severity_text: Cow::Borrowed(""),
            body: AnyValue::Empty,
            attributes,
            dropped_attributes_count: 0,
            flags: 0,
            trace_id: Cow::Borrowed(""),
            span_id: Cow::Borrowed(""),
            event_name: Cow::Borrowed(""),
        }
    }
}
