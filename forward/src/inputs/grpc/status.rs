//! How a request ends that is not stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::header::{HeaderMap, HeaderValue};

const INVALID_ARGUMENT: &str = "3";
const DEADLINE_EXCEEDED: &str = "4";
const RESOURCE_EXHAUSTED: &str = "8";
const UNIMPLEMENTED: &str = "12";
const UNAVAILABLE: &str = "14";

/// A `google.rpc.Status` of code 8 with a `google.rpc.RetryInfo` that says five seconds. Without it, exporters need not send
/// again after `RESOURCE_EXHAUSTED`.
const RETRY_IN_5_SECONDS: &[u8] =
    b"\x08\x08\x1a\x30\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x05";

/// A status of gRPC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Status {
    code: &'static str,
    /// ASCII without `%`, which is written otherwise.
    message: &'static str,
    /// Whether the sender is told when to send again.
    is_again: bool,
}

impl Status {
    pub(super) const FULL: Self =
        Self { code: RESOURCE_EXHAUSTED, message: "the spool of the forwarder is full", is_again: true };
    pub(super) const ENDING: Self =
        Self { code: UNAVAILABLE, message: "the forwarder is being stopped", is_again: false };
    pub(super) const TOO_LARGE: Self =
        Self { code: INVALID_ARGUMENT, message: "the message has more than 32 MiB", is_again: false };
    pub(super) const LARGER_THAN_SPOOL: Self =
        Self { code: INVALID_ARGUMENT, message: "the message is larger than the spool", is_again: false };
    pub(super) const TOO_SLOW: Self =
        Self { code: DEADLINE_EXCEEDED, message: "the message took more than a minute", is_again: false };
    pub(super) const BROKEN: Self =
        Self { code: INVALID_ARGUMENT, message: "the request is not one whole message", is_again: false };
    pub(super) const NO_SUCH_METHOD: Self =
        Self { code: UNIMPLEMENTED, message: "only logs are taken: LogsService/Export", is_again: false };
    pub(super) const UNKNOWN_ENCODING: Self =
        Self { code: UNIMPLEMENTED, message: "grpc-encoding may be gzip, deflate or zstd", is_again: false };

    /// Adds the status to the headers of an answer without a message.
    pub(super) fn write(self, headers: &mut HeaderMap) {
        headers.insert("grpc-status", HeaderValue::from_static(self.code));
        headers.insert("grpc-message", HeaderValue::from_static(self.message));
        if self.code == UNIMPLEMENTED {
            headers.insert("grpc-accept-encoding", HeaderValue::from_static("identity,gzip,deflate,zstd"));
        }
        if self.is_again
            && let Ok(details) = HeaderValue::from_str(&STANDARD_NO_PAD.encode(RETRY_IN_5_SECONDS))
        {
            headers.insert("grpc-status-details-bin", details);
        }
    }
}
