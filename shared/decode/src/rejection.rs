//! Why a payload cannot become a log record.

use std::fmt::Display;

use record::{MAX_DETAIL_BYTES, REFUSED_BY_MONGODB, bounded};

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident $code:expr;)*) => {
        /// The reason why a payload is quarantined. The codes are stable: people search and redrive by them.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Reason { $($(#[$doc])* $variant,)* }

        impl Reason {
            /// Returns the code that is stored.
            pub(crate) fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }

        /// The codes of all reasons.
        pub const REASON_CODES: &[&str] = &[$($code),*];
    };
}

reasons! {
    /// The event's `data` is not base64.
    BadBase64 "bad_base64";
    /// The payload has no bytes but white space.
    Empty "empty";
    /// The payload has no format that logbraid knows.
    UnknownFormat "unknown_format";
    /// The payload begins like JSON and breaks off or is malformed.
    BadJson "bad_json";
    /// The payload begins like gzip, zlib or zstd, and breaks off, is corrupt or fails its checksum.
    BadCompression "bad_compression";
    /// The decompressed payload is larger than allowed, or decompressing it takes too much memory.
    DecompressionLimit "decompression_limit";
    /// These bytes follow the end of a compressed stream.
    TrailingBytes "trailing_bytes";
    /// The payload is wrapped in itself or in other formats too often.
    TooDeep "too_deep";
    /// A KPL aggregate has the right checksum and broken protobuf.
    BadKpl "bad_kpl";
    /// A CloudWatch Logs message, or a log event in it, is not as AWS documents it.
    BadCloudWatch "bad_cloudwatch";
    /// OpenTelemetry logs are not as OTLP defines them.
    BadOtlp "bad_otlp";
    /// The payload begins like msgpack and is malformed, or holds no records.
    BadMsgpack "bad_msgpack";
    /// A JSON array begins like Fluentd's `[tag, time, record]` and is not one.
    BadFluentd "bad_fluentd";
    /// The record as BSON is larger than MongoDB accepts.
    TooLarge "too_large";
    /// The payload's records together do not fit the function's memory.
    TooMuch "too_much";
    /// Decoding takes more work than a payload may take.
    TooCostly "too_costly";
    /// MongoDB refused to store the log record.
    RefusedByMongoDb REFUSED_BY_MONGODB;
    /// Decoding failed: a defect of logbraid.
    InternalError "internal_error";
}

/// Why a payload is quarantined: the reason, and a detail for the person who looks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Rejection {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl Rejection {
    /// Keeps the beginning of the detail: an error message that quotes a value may be as long as the payload.
    pub(crate) fn new(reason: Reason, detail: impl Display) -> Self {
        Self { reason, detail: bounded(detail, MAX_DETAIL_BYTES) }
    }
}
