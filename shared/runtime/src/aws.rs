//! Services of AWS: credentials and region from Lambda's environment, signed requests.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>. AWS's own clients would add a second HTTP
//! stack.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use ureq::http::{Request, Response};
use ureq::{Agent, AsSendBody, Body};

use crate::environment::{ConfigError, Environment};

/// Domains other than `amazonaws.com`, by what their regions begin with.
const DOMAINS: [(&str, &str); 2] = [("cn-", "amazonaws.com.cn"), ("eusc-", "amazonaws.eu")];

/// Why a request to a service of AWS failed.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The address and the credentials do not make a signed request.
    #[error("cannot make a signed request to {endpoint}")]
    Request {
        /// The address.
        endpoint: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The service did not answer.
    #[error("{endpoint} does not answer")]
    NoAnswer {
        /// The address.
        endpoint: String,
        /// Why.
        #[source]
        source: ureq::Error,
    },
    /// The service refused.
    #[error("{service} refused with status {status}: {code}: {message}")]
    Refused {
        /// The service.
        service: &'static str,
        /// The HTTP status.
        status: u16,
        /// AWS's code for the reason.
        code: String,
        /// The reason.
        message: String,
    },
}

impl AskError {
    /// Whether another try may succeed, as AWS's own clients decide it.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Request { .. } => false,
            Self::NoAnswer { .. } => true,
            Self::Refused { status, code, .. } => *status >= 500 || *status == 429 || code.starts_with("Throttling"),
        }
    }
}

/// A service of AWS, with the credentials to use it.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its name in signatures and host names.
    name: &'static str,
    credentials: Credentials,
    region: String,
    endpoint: String,
    settings: SigningSettings,
    agent: Agent,
}

impl Service {
    /// Reads the credentials, the region, and an endpoint that replaces AWS's on a local stack.
    pub(crate) fn from_environment(
        env: &(impl Environment + ?Sized),
        name: &'static str,
        settings: SigningSettings,
    ) -> Result<Self, ConfigError> {
        let need = |name| env.get(name).ok_or(ConfigError::Missing { name, expected: "what Lambda sets" });
        let (key_id, key) = (need("AWS_ACCESS_KEY_ID")?, need("AWS_SECRET_ACCESS_KEY")?);
        let credentials = Credentials::new(key_id, key, env.get("AWS_SESSION_TOKEN"), None, "environment");
        let region = need("AWS_REGION")?;
        let endpoint = env.get("AWS_ENDPOINT_URL").unwrap_or_else(|| endpoint(name, &region));
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // No variable of the environment decides where a signed request goes.
            .proxy(None)
            .build()
            .new_agent();
        Ok(Self { name, credentials, region, endpoint, settings, agent })
    }

    /// Returns the address of the service.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Replaces the address of the service.
    pub(crate) fn at(self, endpoint: String) -> Self {
        Self { endpoint, ..self }
    }

    /// Signs a request and sends it. Blocks. Returns the status and the body.
    pub(crate) fn send(&self, request: Request<String>, time_limit: Duration) -> Result<(u16, String), AskError> {
        let mut answer = self.run(request, time_limit)?;
        let text = answer.body_mut().read_to_string();
        let text = text.map_err(|source| AskError::NoAnswer { endpoint: self.endpoint.clone(), source })?;
        Ok((answer.status().as_u16(), text))
    }

    /// Signs a request with a body of bytes and sends it. Blocks. Returns the status and the body, of at most so many bytes.
    pub(crate) fn send_bytes(
        &self,
        request: Request<Vec<u8>>,
        time_limit: Duration,
        max_bytes: u64,
    ) -> Result<(u16, Vec<u8>), AskError> {
        let mut answer = self.run(request, time_limit)?;
        let bytes = answer.body_mut().with_config().limit(max_bytes).read_to_vec();
        let bytes = bytes.map_err(|source| AskError::NoAnswer { endpoint: self.endpoint.clone(), source })?;
        Ok((answer.status().as_u16(), bytes))
    }

    fn run<B: AsRef<[u8]> + AsSendBody>(
        &self,
        mut request: Request<B>,
        time_limit: Duration,
    ) -> Result<Response<Body>, AskError> {
        self.sign(&mut request, SystemTime::now())
            .map_err(|source| AskError::Request { endpoint: self.endpoint.clone(), source })?;
        let request = self.agent.configure_request(request).timeout_global(Some(time_limit)).build();
        self.agent.run(request).map_err(|source| AskError::NoAnswer { endpoint: self.endpoint.clone(), source })
    }

    /// Signs a request as of a time.
    pub(crate) fn sign<B: AsRef<[u8]>>(
        &self,
        request: &mut Request<B>,
        time: SystemTime,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let identity = self.credentials.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.name)
            .time(time)
            .settings(self.settings.clone())
            .build()?
            .into();
        let headers: Vec<(&str, &str)> = request
            .headers()
            .iter()
            .map(|(name, value)| Ok((name.as_str(), value.to_str()?)))
            .collect::<Result<_, ureq::http::header::ToStrError>>()?;
        let body = SignableBody::Bytes(request.body().as_ref());
        let signable =
            SignableRequest::new(request.method().as_str(), request.uri().to_string(), headers.into_iter(), body)?;
        sign(signable, &params)?.into_parts().0.apply_to_request_http1x(request);
        Ok(())
    }
}

/// Returns the address of a service in a region.
#[must_use]
pub fn endpoint(service: &str, region: &str) -> String {
    let domain =
        DOMAINS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("amazonaws.com", |(_, name)| name);
    format!("https://{service}.{region}.{domain}")
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn each_region_has_its_address() {
        fn check(region: &str, expect: &str) {
            assert_eq!(endpoint("secretsmanager", region), expect);
        }
        check("eu-west-1", "https://secretsmanager.eu-west-1.amazonaws.com");
        check("us-gov-west-1", "https://secretsmanager.us-gov-west-1.amazonaws.com");
        check("cn-north-1", "https://secretsmanager.cn-north-1.amazonaws.com.cn");
        check("eusc-de-east-1", "https://secretsmanager.eusc-de-east-1.amazonaws.eu");
    }
}
