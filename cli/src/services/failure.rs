//! Why a service of AWS did not do what was asked.

use jiff::SignedDuration;
use serde_json::Value;

use super::xml::first_text;

/// The codes of credentials that AWS does not accept.
const BAD_CREDENTIALS: [&str; 9] = [
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
/// The codes of a request that somebody's policies do not allow.
const DENIED: [&str; 5] =
    ["AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedException", "UnauthorizedOperation"];
/// The codes of something that does not exist.
const MISSING: [&str; 10] = [
    "AWS.SimpleQueueService.NonExistentQueue",
    "InvalidGroup.NotFound",
    "InvalidSubnetID.NotFound",
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "ValidationError",
];
/// What AWS says of a stack that does not exist.
const NO_STACK: &str = "does not exist";

/// A request to a service that failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceFailure {
    /// The request cannot be made.
    #[error("cannot make a signed request to {url}")]
    Request {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no answer.
    #[error("{url} does not answer")]
    NoAnswer {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The service refused.
    #[error("{service} refused with status {status}: {code}: {message}")]
    Refused {
        /// The service.
        service: &'static str,
        /// The HTTP status.
        status: u16,
        /// AWS's code.
        code: String,
        /// AWS's reason.
        message: String,
        /// How much AWS's clock is ahead of this machine's; `None` if it does not tell.
        clock_ahead: Option<SignedDuration>,
    },
    /// The answer cannot be read.
    #[error("cannot read the answer of {service}")]
    Answer {
        /// The service.
        service: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl ServiceFailure {
    /// Reads a refusal: JSON or XML, whatever the service writes.
    pub(super) fn refused(
        service: &'static str,
        status: u16,
        body: &[u8],
        clock_ahead: Option<SignedDuration>,
    ) -> Self {
        let (code, message) = if let Ok(json) = serde_json::from_slice::<Value>(body) {
            let text = |names: [&str; 3]| names.iter().find_map(|name| json.get(name)?.as_str().map(str::to_owned));
            (text(["__type", "code", "Code"]), text(["message", "Message", "errorMessage"]))
        } else {
            let xml = String::from_utf8_lossy(body);
            (first_text(&xml, "Code"), first_text(&xml, "Message"))
        };
        // Some endpoints answer with `prefix#Code`, some with `Code:http://…`.
        let code = code.unwrap_or_default();
        let code = code.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default().to_owned();
        Self::Refused { service, status, code, message: message.unwrap_or_default(), clock_ahead }
    }

    /// Whether policies do not allow the request.
    pub(crate) fn is_denied(&self) -> bool {
        self.has_code(&DENIED) && !self.is_of_credentials()
    }

    /// Whether AWS does not accept the credentials.
    pub(crate) fn is_of_credentials(&self) -> bool {
        self.has_code(&BAD_CREDENTIALS)
    }

    /// Whether what was asked for does not exist.
    pub(crate) fn is_missing(&self) -> bool {
        match self {
            Self::Refused { code, message, .. } if code == "ValidationError" => message.contains(NO_STACK),
            other => other.has_code(&MISSING),
        }
    }

    /// Returns how much AWS's clock is ahead.
    pub(crate) fn clock_ahead(&self) -> Option<SignedDuration> {
        match self {
            Self::Refused { clock_ahead, .. } => *clock_ahead,
            _ => None,
        }
    }

    fn has_code(&self, codes: &[&str]) -> bool {
        matches!(self, Self::Refused { code, .. } if codes.contains(&code.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::ServiceFailure;

    #[test]
    fn a_refusal_is_read_as_each_service_writes_it() {
        fn check(body: &str, expect: &str, is: [bool; 3]) {
            let failure = ServiceFailure::refused("lambda", 400, body.as_bytes(), None);
            assert_eq!(failure.to_string(), format!("lambda refused with status 400: {expect}"));
            assert_eq!([failure.is_denied(), failure.is_of_credentials(), failure.is_missing()], is, "{body}");
        }
        check(
            r#"{"__type": "com.amazonaws.kinesis#ResourceNotFoundException", "message": "Stream x not found"}"#,
            "ResourceNotFoundException: Stream x not found",
            [false, false, true],
        );
        check(
            r#"{"Message": "User is not authorized", "code": "AccessDeniedException:http://x"}"#,
            "AccessDeniedException: User is not authorized",
            [true, false, false],
        );
        check(
            "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token &lt;x&gt; is invalid</Message></Error></ErrorResponse>",
            "InvalidClientTokenId: The security token <x> is invalid",
            [false, true, false],
        );
        check(
            "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id x does not exist</Message></Error></ErrorResponse>",
            "ValidationError: Stack with id x does not exist",
            [false, false, true],
        );
        check(
            "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>The role x cannot be found.</Message></Error></ErrorResponse>",
            "NoSuchEntity: The role x cannot be found.",
            [false, false, true],
        );
        check(
            "<ErrorResponse><Error><Code>ValidationError</Code><Message>1 validation error</Message></Error></ErrorResponse>",
            "ValidationError: 1 validation error",
            [false, false, false],
        );
        check("<html>", ": ", [false, false, false]);
        check("", ": ", [false, false, false]);
    }
}
