//! The messages of OTLP logs, as views of their bytes in either encoding.

use std::borrow::Cow;

use record::Value;

/// Values that nest deeper are kept as encoded. Attributes rarely nest, and the JSON encoding is read again for each
/// level.
pub(super) const MAX_DEPTH: usize = 32;

/// The bytes are not as OTLP defines them.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) enum Malformed {
    /// Broken protobuf.
    Protobuf(#[from] crate::protobuf::Malformed),
    /// Broken JSON.
    Json(#[from] serde_json::Error),
}

/// Repeated values in one of the encodings, not yet read.
pub(super) trait Repeated<'a>: Copy {
    /// Passes each value to `value`.
    fn each_value(self, value: impl FnMut(AnyValue<'a, Self>) -> Result<(), Malformed>) -> Result<(), Malformed>;

    /// Passes each key with its value to `entry`.
    fn each_entry(self, entry: impl FnMut(&str, AnyValue<'a, Self>) -> Result<(), Malformed>) -> Result<(), Malformed>;

    /// Returns all values as encoded.
    fn source(self) -> Value<'a>;

    /// The work of reading past all that it holds, which some encodings need at each level.
    fn work(self) -> usize;
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

/// `opentelemetry.proto.logs.v1.LogRecord`. A field that is not set is 0 or empty, as in protobuf.
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

/// `opentelemetry.proto.resource.v1.Resource`, or an `InstrumentationScope`, which also has a name and a version.
#[derive(Debug)]
pub(super) struct Origin<'a, R> {
    pub(super) name: Cow<'a, str>,
    pub(super) version: Cow<'a, str>,
    pub(super) attributes: R,
    pub(super) dropped_attributes_count: u32,
    /// From the enclosing message.
    pub(super) schema_url: Cow<'a, str>,
}

impl<R> LogRecord<'_, R> {
    /// Creates a record in which only the attributes are set.
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
