//! Credentials of AWS: from the environment, a web identity, a profile's keys, a container, or the machine.
//!
//! The order is that of AWS's own clients:
//! <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>.

mod chain;
mod container;
mod environment;
mod fetch;
mod kept;
mod machine;
mod profile;
#[cfg(test)]
mod tests;
mod web_identity;

use std::fmt;

use jiff::Timestamp;

pub use self::chain::Chain;
pub use self::environment::Environment;
pub use self::kept::Kept;
pub use self::profile::{needs_clients, region_of_profile};

/// What signs requests.
#[derive(Clone, Eq, PartialEq)]
pub struct Credentials {
    /// The id of the access key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: String,
    /// The token of temporary credentials.
    pub session_token: Option<String>,
    /// When they end.
    pub expires: Option<Timestamp>,
}

/// Shows no secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// No source has any.
    #[error("there are no credentials: none in the environment, in a profile, or from AWS on this machine")]
    NoSource,
    /// A profile was named that is not there.
    #[error("there are no credentials: ~/.aws has no profile {profile}")]
    NoProfile {
        /// The profile.
        profile: String,
    },
    /// A profile has one key without the other.
    #[error("there are no credentials: the profile {profile} has no {missing}")]
    HalfOfKeys {
        /// The profile.
        profile: String,
        /// The setting that it lacks.
        missing: &'static str,
    },
    /// Only AWS's own clients can use the profile.
    #[error(
        "there are no credentials: {setting} of the profile {profile} needs AWS's own client (in Python: pip install botocore)"
    )]
    NeedsClient {
        /// The profile.
        profile: String,
        /// The setting that needs it.
        setting: &'static str,
    },
    /// A source's address is none that may be asked.
    #[error(
        "credentials may not be asked for at {url}: only https, and http to this machine or to AWS's own addresses"
    )]
    Address {
        /// The address.
        url: String,
    },
    /// A file cannot be read.
    #[error("credentials need {path}, which cannot be read")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A source does not answer.
    #[error("credentials: {url} does not answer")]
    NoAnswer {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: Box<ureq::Error>,
    },
    /// A source refuses.
    #[error("credentials: {url} refused with status {status}: {excerpt}")]
    Refused {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// A source outside of this crate has none.
    #[error("there are no credentials")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A source's answer has no credentials.
    #[error("credentials: the answer of {url} has none")]
    Unreadable {
        /// The address.
        url: String,
    },
}

/// Where credentials come from.
pub trait CredentialSource: Send + Sync {
    /// Returns credentials that are valid at this time. May block.
    fn get(&self, now: Timestamp) -> Result<Credentials, CredentialError>;

    /// Notes that AWS refused these.
    fn refuse(&self, credentials: &Credentials);
}

/// Credentials that were given.
impl CredentialSource for Credentials {
    fn get(&self, _: Timestamp) -> Result<Credentials, CredentialError> {
        Ok(self.clone())
    }

    fn refuse(&self, _: &Credentials) {}
}
