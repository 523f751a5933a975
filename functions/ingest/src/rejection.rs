//! Why a payload cannot become a log record.

/// Why a payload is set aside. The codes are stable: people search and redrive by them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reason {
    /// The event's `data` is not base64.
    BadBase64,
    /// There are no bytes.
    Empty,
    /// The payload is of no format that logbraid knows.
    UnknownFormat,
    /// It begins like JSON and does not go on so.
    BadJson,
    /// It begins like a gzip, zlib or zstd stream, which then breaks off, is corrupt or fails its checksum.
    BadCompression,
    /// Decompressed it is more than is allowed, or costs more to decompress.
    DecompressionLimit,
    /// It stands after the end of a compressed stream.
    TrailingBytes,
    /// It is wrapped in itself or in other formats too often.
    TooDeep,
    /// A KPL aggregate with the right checksum whose protobuf is broken.
    BadKpl,
    /// A CloudWatch Logs subscription's message, or a log event in one, that is not as AWS documents it.
    BadCloudWatch,
    /// OpenTelemetry logs that are not as OTLP defines them.
    BadOtlp,
    /// It begins like msgpack and does not go on so, or holds no records.
    BadMsgpack,
    /// A JSON array that begins like Fluentd's `[tag, time, record]` and is none.
    BadFluentd,
    /// As BSON it is larger than MongoDB takes.
    TooLarge,
    /// Decoding it failed unexpectedly.
    InternalError,
}

impl Reason {
    /// The code that is stored.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::BadBase64 => "bad_base64",
            Self::Empty => "empty",
            Self::UnknownFormat => "unknown_format",
            Self::BadJson => "bad_json",
            Self::BadCompression => "bad_compression",
            Self::DecompressionLimit => "decompression_limit",
            Self::TrailingBytes => "trailing_bytes",
            Self::TooDeep => "too_deep",
            Self::BadKpl => "bad_kpl",
            Self::BadCloudWatch => "bad_cloudwatch",
            Self::BadOtlp => "bad_otlp",
            Self::BadMsgpack => "bad_msgpack",
            Self::BadFluentd => "bad_fluentd",
            Self::TooLarge => "too_large",
            Self::InternalError => "internal_error",
        }
    }
}

/// A payload's reason to be set aside, with what the person who looks should know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Rejection {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl Rejection {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}
