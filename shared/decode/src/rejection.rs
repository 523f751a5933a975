//! Why a payload cannot become a log record.

use std::fmt::Display;

use record::{MAX_DETAIL_BYTES, bounded};

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident $code:literal;)*) => {
        /// Why a payload is set aside. The codes are stable: people search and redrive by them.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Reason { $($(#[$doc])* $variant,)* }

        impl Reason {
            /// The code that is stored.
            pub(crate) fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }

        /// The codes of all reasons to set a payload aside.
        pub const REASON_CODES: &[&str] = &[$($code),*];
    };
}

reasons! {
    /// The event's `data` is not base64.
    BadBase64 "bad_base64";
    /// There are no bytes.
    Empty "empty";
    /// The payload is of no format that logbraid knows.
    UnknownFormat "unknown_format";
    /// It begins like JSON and does not go on so.
    BadJson "bad_json";
    /// It begins like a gzip, zlib or zstd stream, which then breaks off, is corrupt or fails its checksum.
    BadCompression "bad_compression";
    /// Decompressed it is more than is allowed, or costs more to decompress.
    DecompressionLimit "decompression_limit";
    /// It stands after the end of a compressed stream.
    TrailingBytes "trailing_bytes";
    /// It is wrapped in itself or in other formats too often.
    TooDeep "too_deep";
    /// A KPL aggregate with the right checksum whose protobuf is broken.
    BadKpl "bad_kpl";
    /// A CloudWatch Logs subscription's message, or a log event in one, that is not as AWS documents it.
    BadCloudWatch "bad_cloudwatch";
    /// OpenTelemetry logs that are not as OTLP defines them.
    BadOtlp "bad_otlp";
    /// It begins like msgpack and does not go on so, or holds no records.
    BadMsgpack "bad_msgpack";
    /// A JSON array that begins like Fluentd's `[tag, time, record]` and is none.
    BadFluentd "bad_fluentd";
    /// As BSON it is larger than MongoDB takes.
    TooLarge "too_large";
    /// It holds more records than fit the function's memory together.
    TooMuch "too_much";
    /// Decoding it failed unexpectedly.
    InternalError "internal_error";
}

/// A payload's reason to be set aside, with what the person who looks should know.
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
