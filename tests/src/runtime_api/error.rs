//! Errors of an invocation.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use serde::Deserialize;

/// A function error, with AWS's names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FunctionError {
    /// The error's type: the function's own, or one of AWS's such as `Sandbox.Timedout` and `Runtime.ExitError`.
    #[serde(rename = "errorType")]
    pub error_type: String,
    /// The message.
    #[serde(rename = "errorMessage")]
    pub message: String,
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_type, self.message)
    }
}

impl std::error::Error for FunctionError {}

impl FunctionError {
    /// Returns the error for a function that did not answer in time and was killed.
    pub(super) fn timed_out(request_id: &str, timeout: Duration) -> Self {
        Self {
            error_type: "Sandbox.Timedout".to_owned(),
            message: format!(
                "RequestId: {request_id} Error: Task timed out after {:.2} seconds",
                timeout.as_secs_f64()
            ),
        }
    }

    /// Returns the error for a process that ended.
    pub(super) fn exited(request_id: &str, status: ExitStatus) -> Self {
        Self {
            error_type: "Runtime.ExitError".to_owned(),
            message: format!("RequestId: {request_id} Error: Runtime exited with error: {status}"),
        }
    }

    /// Returns the error for a reply that is not JSON.
    pub(super) fn malformed(error: &serde_json::Error) -> Self {
        Self { error_type: "Runtime.MalformedResponse".to_owned(), message: error.to_string() }
    }

    /// Parses the error that a function reported.
    pub(super) fn reported(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_else(|_| Self {
            error_type: "Runtime.Unknown".to_owned(),
            message: String::from_utf8_lossy(body).into_owned(),
        })
    }
}
