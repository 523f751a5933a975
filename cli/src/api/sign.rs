//! Signatures (SigV4) for an API that asks for IAM credentials.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use clap::ValueEnum;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Body, Request};

use super::address::Address;
use super::error::ApiError;
use super::unsigned_reason::UnsignedReason;
use crate::aws::{self, AwsError};

/// The service to sign for where the host name contains none: an HTTP API with a domain of its own.
const CUSTOM_DOMAIN_SERVICE: &str = "execute-api";
/// Credentials that end within this time are loaded again.
const EXPIRY_MARGIN: Duration = Duration::from_mins(2);

/// When to sign requests.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum SignMode {
    /// For AWS's own host names, if there are credentials.
    #[default]
    Auto,
    /// Always; an API with a domain of its own needs this.
    Always,
    /// Never.
    Never,
}

/// Signs requests, or knows why not.
pub(crate) enum Signer {
    /// Signs.
    On(Box<SigningContext>),
    /// Sends a token of a person who signed in.
    Token(HeaderValue),
    /// Does not sign.
    Off(UnsignedReason),
}

/// Everything that signatures are computed from, besides the request.
pub(crate) struct SigningContext {
    config: SdkConfig,
    service: &'static str,
    region: String,
    credentials: Mutex<Credentials>,
}

impl Signer {
    /// Sends this token with each request. Refuses to send it unencrypted over a network.
    pub(crate) fn with_token(token: &str, address: &Address) -> Result<Self, ApiError> {
        if !address.is_https() && !address.is_loopback() {
            return Err(ApiError::TokenInClear { server: address.host_and_port() });
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.trim())).map_err(|_| ApiError::NotAToken)?;
        value.set_sensitive(true);
        Ok(Self::Token(value))
    }

    /// Decides whether to sign, and loads credentials and region.
    pub(crate) async fn new(mode: SignMode, address: &Address) -> Result<Self, AwsError> {
        let scope = match (mode, address.signing_scope()) {
            (SignMode::Never, _) => return Ok(Self::Off(UnsignedReason::Never)),
            (SignMode::Auto, None) => return Ok(Self::Off(UnsignedReason::OtherHost)),
            (_, scope) => scope,
        };
        let config = aws::config().await;
        let credentials = match aws::credentials(&config).await {
            Err(AwsError::Credentials(_)) if mode == SignMode::Auto => {
                return Ok(Self::Off(UnsignedReason::NoCredentials));
            }
            credentials => Mutex::new(credentials?),
        };
        let (service, region) = match scope {
            Some(scope) => (scope.service, scope.region.to_owned()),
            None => (CUSTOM_DOMAIN_SERVICE, aws::region(&config)?),
        };
        Ok(Self::On(Box::new(SigningContext { config, service, region, credentials })))
    }

    /// Signs a request, or adds the token. Does nothing if signing is off.
    pub(crate) async fn sign(&self, request: &mut Request) -> Result<(), ApiError> {
        match self {
            Self::On(context) => {
                let credentials = context.credentials(SystemTime::now()).await?;
                context.sign(request, credentials, SystemTime::now())
            }
            Self::Token(token) => {
                request.headers_mut().insert(AUTHORIZATION, token.clone());
                Ok(())
            }
            Self::Off(_) => Ok(()),
        }
    }
}

impl SigningContext {
    /// Returns valid credentials. Those of a role end after some hours, but a tail may run for days.
    async fn credentials(&self, now: SystemTime) -> Result<Credentials, AwsError> {
        let known = self.known().clone();
        if known.expiry().is_none_or(|expiry| expiry > now + EXPIRY_MARGIN) {
            return Ok(known);
        }
        let fresh = aws::credentials(&self.config).await?;
        self.known().clone_from(&fresh);
        Ok(fresh)
    }

    /// Locks the credentials as far as they are loaded.
    fn known(&self) -> MutexGuard<'_, Credentials> {
        // A panic elsewhere cannot leave half of them: they are replaced as a whole.
        self.credentials.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign(&self, request: &mut Request, credentials: Credentials, now: SystemTime) -> Result<(), ApiError> {
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| ApiError::Sign(error.into()))?
            .into();
        let body = request.body().and_then(Body::as_bytes).unwrap_or_default().to_vec();
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.url().as_str(),
            // The signer takes the header `host` from the address.
            std::iter::empty(),
            SignableBody::Bytes(&body),
        );
        let (instructions, _) = signable
            .and_then(|signable| sign(signable, &parameters))
            .map_err(|error| ApiError::Sign(error.into()))?
            .into_parts();
        let (headers, _) = instructions.into_parts();
        for header in headers {
            let mut value = HeaderValue::from_str(header.value()).map_err(|error| ApiError::Sign(error.into()))?;
            value.set_sensitive(header.sensitive());
            request.headers_mut().insert(header.name(), value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use aws_config::SdkConfig;
    use aws_credential_types::Credentials;
    use reqwest::{Method, Request};

    use super::SigningContext;

    /// The expected signature was computed independently, by the steps of
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>.
    #[test]
    fn a_request_is_signed_as_aws_wants_it() {
        let credentials = Credentials::new("AKID", "secret", Some("token".to_owned()), None, "test");
        let context = SigningContext {
            config: SdkConfig::builder().build(),
            service: "execute-api",
            region: "eu-west-1".to_owned(),
            credentials: credentials.clone().into(),
        };
        let url = "https://abc123.execute-api.eu-west-1.amazonaws.com/transactions/job%2F42%20x?from=-15m&q=a%20b";
        let mut request = Request::new(Method::GET, url.parse().unwrap());
        context.sign(&mut request, credentials, UNIX_EPOCH + Duration::from_secs(1_795_163_739)).unwrap();
        assert_eq!(request.headers()["x-amz-date"], "20261120T083539Z");
        assert_eq!(request.headers()["x-amz-security-token"], "token");
        assert_eq!(
            request.headers()["authorization"],
            "AWS4-HMAC-SHA256 Credential=AKID/20261120/eu-west-1/execute-api/aws4_request, \
             SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=ecd0c203e08e4e58c3ca7f07bfa4f420e3f40c823943d642c0d39403ad96cd80"
        );
    }
}
