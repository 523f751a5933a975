//! Errors between the command and the query API.

use std::error::Error as StdError;

use reqwest::StatusCode;

use super::problem::Problem;
use super::unsigned_reason::{UnsignedReason, advice};
use crate::aws::AwsError;
use crate::exit::Exit;

/// A request to the query API failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No address is given.
    #[error(
        "no address of the query API: give --url, or set LOGBRAID_URL. `make run` prints the local one; for a stack on AWS \
         it is the output ApiUrl of `sam list stack-outputs --stack-name NAME`"
    )]
    NoUrl,
    /// The address cannot be used.
    #[error("the address `{url}` cannot be used: expected http://HOST[:PORT][/PATH] or https://…, without a query")]
    Url {
        /// The address.
        url: String,
    },
    /// The HTTP client cannot be set up.
    #[error("cannot set up HTTP")]
    Client(#[source] reqwest::Error),
    /// The credentials or the region for signing are missing.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The request cannot be signed.
    #[error("cannot sign the request")]
    Sign(#[source] Box<dyn StdError + Send + Sync>),
    /// There is no connection.
    #[error("cannot connect to {server}; is the address right, and does the query API run?")]
    Connect {
        /// Host and port.
        server: String,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The answer did not come, or broke off.
    #[error("no complete answer from {server}")]
    Request {
        /// Host and port.
        server: String,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Credentials are missing, or do not allow the request.
    #[error("{server} refuses the request ({status}): {}", advice(*unsigned))]
    Forbidden {
        /// Host and port.
        server: String,
        /// 401 or 403.
        status: StatusCode,
        /// Why the request was not signed; `None` if it was.
        unsigned: Option<UnsignedReason>,
    },
    /// The API takes tokens, and there is none.
    #[error(
        "{server} takes tokens of people who sign in (ApiAuthorization=JWT): set LOGBRAID_TOKEN to one, or open the API's address \
         in a browser"
    )]
    WantsToken {
        /// Host and port.
        server: String,
    },
    /// The API refuses the token.
    #[error("{server} refuses the token in LOGBRAID_TOKEN ({status}); it may have ended, or be another API's")]
    TokenRefused {
        /// Host and port.
        server: String,
        /// The status of the answer.
        status: StatusCode,
    },
    /// The token would cross a network unencrypted.
    #[error("the token in LOGBRAID_TOKEN is not sent to {server}: the address has to begin with https://")]
    TokenInClear {
        /// Host and port.
        server: String,
    },
    /// The token cannot be sent.
    #[error("LOGBRAID_TOKEN holds something that is no token")]
    NotAToken,
    /// The API answers with a problem document.
    #[error("{0}")]
    Problem(Problem),
    /// Something else answers.
    #[error("{server} answers ({status}), but not as logbraid's query API does; is the address right?")]
    Foreign {
        /// Host and port.
        server: String,
        /// The status.
        status: StatusCode,
    },
    /// The answer is not what this command expects.
    #[error("cannot read the answer of {server}")]
    Answer {
        /// Host and port.
        server: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl ApiError {
    /// Returns the exit status for this error.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoUrl | Self::Url { .. } | Self::TokenInClear { .. } | Self::NotAToken => Exit::Usage,
            Self::Problem(problem) => problem.exit(),
            _ => Exit::Failed,
        }
    }

    /// Returns whether the API failed, and not the request.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Request { .. } => true,
            Self::Problem(problem) => problem.status().is_server_error(),
            Self::Foreign { status, .. } => status.is_server_error() || is_temporary(*status),
            _ => false,
        }
    }

    /// Returns whether a retry may help. A first connection that fails is not retried: the address may be wrong.
    pub(crate) fn is_temporary(&self) -> bool {
        match self {
            Self::Request { .. } => true,
            Self::Problem(problem) => is_temporary(problem.status()),
            Self::Foreign { status, .. } => is_temporary(*status),
            _ => false,
        }
    }
}

/// Returns whether a status means "not now".
fn is_temporary(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE)
}
