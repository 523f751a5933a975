//! Requests to AWS's services, signed, without a client library for each: what `logbraid doctor` asks.

mod alarms;
mod calls;
mod failure;
mod functions;
mod iam;
mod network;
mod optional;
mod routes;
mod stack;
mod stream;
mod xml;

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Request};
use runtime::{Environment as _, ProcessEnvironment, aws_endpoint};
use serde_json::Value;

pub(crate) use self::alarms::Alarm;
pub(crate) use self::calls::{Mapping, StackFacts};
pub(crate) use self::failure::ServiceFailure;
pub(crate) use self::functions::{Alias, FunctionSettings, FunctionUrl, Unattended};
pub(crate) use self::iam::ContextEntry;
pub(crate) use self::network::{NetworkFacts, VpcConfig};
pub(crate) use self::optional::{KmsKey, LogGroup, Queue, Retries, Schedule, Subscriptions};
pub(crate) use self::routes::{Authorizer, Integration, JwtConfiguration, Route, Stage};
pub(crate) use self::stack::Resource;
pub(crate) use self::stream::StreamFacts;
use crate::aws::{self, AwsError};

/// The longest time for an answer.
const TIMEOUT: Duration = Duration::from_secs(20);
const USER_AGENT: &str = concat!("logbraid/", env!("CARGO_PKG_VERSION"));
/// The first word of AWS's answers that are XML.
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const JSON: &str = "application/x-amz-json-1.1";
/// What SQS takes.
const JSON_1_0: &str = "application/x-amz-json-1.0";

/// AWS's services, in one region, with one person's credentials.
pub(crate) struct Services {
    client: Client,
    config: SdkConfig,
    region: String,
    credentials: Credentials,
}

/// An answer that is a success.
struct Answer {
    body: Vec<u8>,
    date: Option<Timestamp>,
}

/// Who asks, and how far AWS's clock is from this machine's.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The ARN of the user or role.
    pub(crate) arn: String,
    /// How much AWS's clock is ahead; `None` if it does not tell.
    pub(crate) clock_ahead: Option<SignedDuration>,
}

impl Services {
    /// Loads credentials and region. Sends nothing yet.
    pub(crate) async fn new() -> Result<Self, AwsError> {
        let config = aws::config().await;
        let region = aws::region(&config)?;
        let credentials = aws::credentials(&config).await?;
        // An error means that a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder =
            Client::builder().user_agent(USER_AGENT).timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
        // Plain HTTP, to a local AWS, works on a machine without certificate authorities.
        let is_local = config.endpoint_url().is_some_and(|url| url.starts_with("http://"));
        let builder = if is_local { builder.tls_certs_only([]) } else { builder };
        let client = builder.build().map_err(AwsError::Client)?;
        Ok(Self { client, config, region, credentials })
    }

    /// Returns the region.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// Calls a service that answers in JSON.
    async fn json(&self, service: &'static str, target: &'static str, body: &Value) -> Result<Value, ServiceFailure> {
        let kind = if matches!(service, "monitoring" | "sqs") { JSON_1_0 } else { JSON };
        let headers = [(CONTENT_TYPE.as_str(), kind), ("x-amz-target", target)];
        let answer = self.send(service, Method::POST, "/", &headers, body.to_string()).await?;
        read(service, &answer.body)
    }

    /// Reads from a service whose addresses are paths.
    async fn rest(&self, service: &'static str, path: &str) -> Result<Value, ServiceFailure> {
        let answer = self.send(service, Method::GET, path, &[], String::new()).await?;
        read(service, &answer.body)
    }

    /// Calls a service that takes a form and answers in XML.
    async fn form(&self, service: &'static str, form: String) -> Result<(String, Option<Timestamp>), ServiceFailure> {
        let answer = self.send(service, Method::POST, "/", &[(CONTENT_TYPE.as_str(), FORM)], form).await?;
        Ok((String::from_utf8_lossy(&answer.body).into_owned(), answer.date))
    }

    async fn send(
        &self,
        service: &'static str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Answer, ServiceFailure> {
        let url = format!("{}{path}", self.endpoint(service).trim_end_matches('/'));
        let request = self.request(service, method, &url, headers, body);
        let request = request.map_err(|source| ServiceFailure::Request { url: url.clone(), source })?;
        let no_answer =
            |source: reqwest::Error| ServiceFailure::NoAnswer { url: url.clone(), source: source.without_url() };
        let response = self.client.execute(request).await.map_err(no_answer)?;
        let (status, date) = (response.status(), date(response.headers()));
        let body = response.bytes().await.map_err(no_answer)?;
        if status.is_success() {
            return Ok(Answer { body: body.into(), date });
        }
        Err(ServiceFailure::refused(service, status.as_u16(), &body, date.map(ahead)))
    }

    fn request(
        &self,
        service: &str,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Request, Box<dyn std::error::Error + Send + Sync>> {
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.home(service).0)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signable =
            SignableRequest::new(method.as_str(), url, headers.iter().copied(), SignableBody::Bytes(body.as_bytes()))?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let mut request = Request::new(method, url.parse()?);
        for (name, value) in headers {
            request.headers_mut().insert(HeaderName::try_from(*name)?, HeaderValue::from_str(value)?);
        }
        for header in instructions.into_parts().0 {
            let mut value = HeaderValue::from_str(header.value())?;
            value.set_sensitive(header.sensitive());
            request.headers_mut().insert(HeaderName::try_from(header.name())?, value);
        }
        *request.body_mut() = Some(body.into());
        Ok(request)
    }

    /// Whether a service is that of a local AWS, which does less.
    pub(crate) fn is_local(&self, service: &str) -> bool {
        self.endpoint(service).starts_with("http://")
    }

    fn endpoint(&self, service: &str) -> String {
        let own = ProcessEnvironment.get(&format!("AWS_ENDPOINT_URL_{}", service.to_uppercase()));
        let any = || self.config.endpoint_url().map(str::to_owned);
        own.or_else(any).unwrap_or_else(|| self.home(service).1)
    }

    /// Returns the region that a service's requests are signed for, and AWS's address of the service.
    fn home(&self, service: &str) -> (&str, String) {
        match service {
            iam::SERVICE => {
                let (region, address) = iam::home(&self.region);
                (region, address.to_owned())
            }
            _ => (&self.region, aws_endpoint(service, &self.region)),
        }
    }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::parse(date).ok().map(|date| date.timestamp())
}

/// Returns how much a clock is ahead of this machine's.
pub(crate) fn ahead(clock: Timestamp) -> SignedDuration {
    clock.duration_since(Timestamp::now())
}

fn read(service: &'static str, body: &[u8]) -> Result<Value, ServiceFailure> {
    serde_json::from_slice(body).map_err(|source| ServiceFailure::Answer { service, source })
}
