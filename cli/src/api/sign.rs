//! Requests to an API that asks for IAM: SigV4 with a person's credentials.

use std::cell::RefCell;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Request;

use super::address::Address;
use super::error::ApiError;
use crate::args::Sign;
use crate::aws;
use crate::error::Error;

/// What signatures are for where the host's name does not say: an HTTP API with a domain of its own.
const OWN_DOMAIN_SERVICE: &str = "execute-api";
/// How long before their end credentials are asked for again.
const EXPIRY_MARGIN: Duration = Duration::from_mins(2);

/// Signs, or knows why not.
pub(crate) enum Signer {
    /// Signs.
    On(Box<Signature>),
    /// Does not.
    Off(Why),
}

/// Why requests are not signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Why {
    /// A person said so.
    Never,
    /// The host's name is not one of AWS's.
    OtherHost,
    /// There are no credentials.
    NoCredentials,
}

/// What signatures are made of.
pub(crate) struct Signature {
    config: SdkConfig,
    service: &'static str,
    region: String,
    credentials: RefCell<Credentials>,
}

impl Signer {
    /// Finds out whether to sign, and with what.
    pub(crate) async fn new(wish: Sign, address: &Address) -> Result<Self, Error> {
        let place = match (wish, address.place()) {
            (Sign::Never, _) => return Ok(Self::Off(Why::Never)),
            (Sign::Auto, None) => return Ok(Self::Off(Why::OtherHost)),
            (_, place) => place,
        };
        let config = aws::config().await;
        let credentials = match aws::credentials(&config).await {
            Err(Error::Credentials(_)) if wish == Sign::Auto => return Ok(Self::Off(Why::NoCredentials)),
            credentials => RefCell::new(credentials?),
        };
        let (service, region) = match place {
            Some(place) => (place.service, place.region.to_owned()),
            None => (OWN_DOMAIN_SERVICE, aws::region(&config)?),
        };
        Ok(Self::On(Box::new(Signature { config, service, region, credentials })))
    }

    /// Signs a request without a body, if it is to be signed.
    pub(crate) async fn sign(&self, request: &mut Request) -> Result<(), Error> {
        match self {
            Self::On(signature) => {
                let credentials = signature.credentials(SystemTime::now()).await?;
                Ok(signature.apply(request, credentials, SystemTime::now())?)
            }
            Self::Off(_) => Ok(()),
        }
    }
}

impl Signature {
    /// Credentials that are good for now: those of a role end, and a tail may go on for days.
    async fn credentials(&self, now: SystemTime) -> Result<Credentials, Error> {
        let known = self.credentials.borrow().clone();
        if known.expiry().is_none_or(|expiry| expiry > now + EXPIRY_MARGIN) {
            return Ok(known);
        }
        let fresh = aws::credentials(&self.config).await?;
        self.credentials.replace(fresh.clone());
        Ok(fresh)
    }

    fn apply(&self, request: &mut Request, credentials: Credentials, now: SystemTime) -> Result<(), ApiError> {
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
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.url().as_str(),
            // The host is taken from the address.
            std::iter::empty(),
            SignableBody::Bytes(&[]),
        );
        let (instructions, _) = signable
            .and_then(|signable| sign(signable, &parameters))
            .map_err(|error| ApiError::Sign(error.into()))?
            .into_parts();
        let (headers, _) = instructions.into_parts();
        for header in headers {
            let mut value =
                reqwest::header::HeaderValue::from_str(header.value()).map_err(|error| ApiError::Sign(error.into()))?;
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

    use super::Signature;

    /// The signature was calculated apart, by the steps of
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>.
    #[test]
    fn a_request_is_signed_as_aws_wants_it() {
        let credentials = Credentials::new("AKID", "secret", Some("token".to_owned()), None, "test");
        let signature = Signature {
            config: SdkConfig::builder().build(),
            service: "execute-api",
            region: "eu-west-1".to_owned(),
            credentials: credentials.clone().into(),
        };
        let url = "https://abc123.execute-api.eu-west-1.amazonaws.com/transactions/job%2F42%20x?from=-15m&q=a%20b";
        let mut request = Request::new(Method::GET, url.parse().unwrap());
        signature.apply(&mut request, credentials, UNIX_EPOCH + Duration::from_secs(1_795_163_739)).unwrap();
        assert_eq!(request.headers()["x-amz-date"], "20261120T083539Z");
        assert_eq!(request.headers()["x-amz-security-token"], "token");
        assert_eq!(
            request.headers()["authorization"],
            "AWS4-HMAC-SHA256 Credential=AKID/20261120/eu-west-1/execute-api/aws4_request, \
             SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=ecd0c203e08e4e58c3ca7f07bfa4f420e3f40c823943d642c0d39403ad96cd80"
        );
    }
}
