//! Why requests are not signed, and what a person can do when the API refuses them.

/// Why requests are not signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UnsignedReason {
    /// The arguments say `--sign never`.
    Never,
    /// The host name is not one of AWS's.
    OtherHost,
    /// There are no credentials.
    NoCredentials,
}

/// Returns what to do when the API refuses a request. `None` stands for a signed request.
pub(super) fn advice(unsigned: Option<UnsignedReason>) -> &'static str {
    match unsigned {
        None => {
            "the AWS credentials need execute-api:Invoke on the API (lambda:InvokeFunctionUrl on a function's address); \
             `aws sts get-caller-identity` shows whose they are. If they have expired, sign in again (`aws sso login`)"
        }
        Some(UnsignedReason::NoCredentials) => {
            "it needs AWS credentials, and there are none: sign in (`aws sso login`), name a profile in AWS_PROFILE, \
             or set AWS_ACCESS_KEY_ID"
        }
        Some(UnsignedReason::OtherHost) => "if it needs AWS credentials under a domain of its own, try --sign always",
        Some(UnsignedReason::Never) => {
            "it may need AWS credentials, but --sign never (or LOGBRAID_SIGN) forbids to use them"
        }
    }
}
