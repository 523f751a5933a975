//! What can go wrong between here and the query API.

use std::error::Error as StdError;

use reqwest::StatusCode;

use super::problem::Problem;
use super::sign::Why;
use crate::exit::Exit;

/// The query API does not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Nobody said where it is.
    #[error(
        "no address of a query API: give --url, or set LOGBRAID_URL. `make run` prints the local one; for a stack on AWS \
         it is the output ApiUrl of `sam list stack-outputs --stack-name NAME`"
    )]
    NoUrl,
    /// It cannot be there.
    #[error("the address `{url}` cannot be used: expected http://HOST[:PORT][/PATH] or https://…, without a query")]
    Url {
        /// What was given.
        url: String,
    },
    /// The client cannot be set up.
    #[error("cannot set up HTTP")]
    Client(#[source] reqwest::Error),
    /// The request cannot be signed.
    #[error("cannot sign the request")]
    Sign(#[source] Box<dyn StdError + Send + Sync>),
    /// Nobody is there.
    #[error("cannot connect to {place}; is the address right, and does the query API run?")]
    Connect {
        /// Host and port.
        place: String,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The answer did not come, or not whole.
    #[error("no whole answer from {place}")]
    Request {
        /// Host and port.
        place: String,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Credentials are missing or not enough.
    #[error("{place} refuses the request ({status}): {}", advice(*unsigned))]
    Forbidden {
        /// Host and port.
        place: String,
        /// 401 or 403.
        status: StatusCode,
        /// Why it was not signed, if it was not.
        unsigned: Option<Why>,
    },
    /// It says what is wrong.
    #[error("{0}")]
    Problem(Problem),
    /// Somebody else answers.
    #[error("{place} answers ({status}), but not as logbraid's query API does; is the address right?")]
    Foreign {
        /// Host and port.
        place: String,
        /// The status.
        status: StatusCode,
    },
    /// It cannot be understood.
    #[error("cannot read the answer of {place}")]
    Answer {
        /// Host and port.
        place: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl ApiError {
    /// How the command ends with it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoUrl | Self::Url { .. } => Exit::Usage,
            Self::Problem(problem) => problem.exit(),
            _ => Exit::Failed,
        }
    }

    /// Whether it is the API that fails, and not what it was asked.
    pub(crate) fn is_its_own(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Request { .. } => true,
            Self::Problem(problem) => problem.status().is_server_error(),
            Self::Foreign { status, .. } => status.is_server_error() || is_passing(*status),
            _ => false,
        }
    }

    /// Whether asking again may do. A connection that was never there is not taken for one that will be.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Request { .. } => true,
            Self::Problem(problem) => is_passing(problem.status()),
            Self::Foreign { status, .. } => is_passing(*status),
            _ => false,
        }
    }
}

/// Whether a status is one of "not now".
fn is_passing(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE)
}

fn advice(unsigned: Option<Why>) -> &'static str {
    match unsigned {
        None => {
            "the AWS credentials need execute-api:Invoke on the API (lambda:InvokeFunctionUrl on a function's address); \
             `aws sts get-caller-identity` says whose they are"
        }
        Some(Why::NoCredentials) => {
            "it asks for AWS credentials, and there are none: sign in (`aws sso login`), name a profile in AWS_PROFILE, \
             or set AWS_ACCESS_KEY_ID"
        }
        Some(Why::OtherHost) => "if it asks for AWS credentials under a domain of its own, try --sign always",
        Some(Why::Never) => "it may ask for AWS credentials, and --sign never (or LOGBRAID_SIGN) forbids to use them",
    }
}
