//! `PutRecords` over HTTP.
//!
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html>.

mod environment;
mod sigv4;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use ureq::http::{Request, Response, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Proxy};

pub use self::environment::{endpoint_url, proxy};
use self::sigv4::{Signable, sha256_hex, sign};
use crate::chain::chain;
use crate::credentials::{CredentialSource, Credentials};
use crate::judge::Answer;
use crate::limits::REQUEST_TIMEOUT;
use crate::worker::{Entry, Transport};

const SERVICE: &str = "kinesis";
const TARGET: &str = "Kinesis_20131202.PutRecords";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// Domains other than `amazonaws.com`, by what their regions begin with.
const DOMAINS: [(&str, &str); 2] = [("cn-", "amazonaws.com.cn"), ("eusc-", "amazonaws.eu")];
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// A connection that was idle for longer is not used again: a load balancer or a frozen process may have lost it.
const MAX_IDLE: Duration = Duration::from_secs(20);
/// The largest answer that is read.
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;
/// A clock that is off by less needs no correction. AWS accepts five minutes.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(2);

/// Where and how to reach Kinesis.
#[derive(Clone, Debug, Default)]
pub struct KinesisSettings {
    /// The stream's name or ARN.
    pub stream: String,
    /// The region.
    pub region: String,
    /// An address instead of AWS's.
    pub endpoint_url: Option<String>,
    /// Certificates (PEM) to trust instead of the usual ones.
    pub ca_bundle: Option<Vec<u8>>,
    /// A proxy, such as `http://proxy:3128`.
    pub proxy: Option<String>,
}

/// Why there is no transport.
#[derive(Debug, thiserror::Error)]
pub enum KinesisError {
    /// The address is none.
    #[error("{url:?} is not an address such as https://kinesis.eu-west-1.amazonaws.com")]
    Endpoint {
        /// The address.
        url: String,
    },
    /// The proxy's address is none.
    #[error("{url:?} is not the address of a proxy")]
    Proxy {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: ureq::Error,
    },
    /// The certificates cannot be read.
    #[error("the bundle of certificates cannot be read")]
    CaBundle {
        /// Why.
        #[source]
        source: ureq::Error,
    },
}

/// Kinesis over HTTP.
pub struct Kinesis {
    settings: KinesisSettings,
    endpoint: String,
    host: String,
    path: String,
    /// Holds the connections.
    agent: Mutex<Agent>,
    credentials: Box<dyn CredentialSource>,
    /// How far the clock is behind AWS's.
    skew_seconds: AtomicI64,
}

impl Kinesis {
    /// Returns a transport. It does not connect yet.
    pub fn new(settings: KinesisSettings, credentials: Box<dyn CredentialSource>) -> Result<Self, KinesisError> {
        let endpoint = settings.endpoint_url.clone().unwrap_or_else(|| endpoint(&settings.region));
        let invalid = || KinesisError::Endpoint { url: endpoint.clone() };
        let uri: Uri = endpoint.parse().map_err(|_| invalid())?;
        let host = uri.authority().filter(|_| uri.scheme().is_some()).ok_or_else(invalid)?.as_str().to_owned();
        let path = uri.path().to_owned();
        let agent = Mutex::new(agent(&settings)?);
        Ok(Self { settings, endpoint, host, path, agent, credentials, skew_seconds: AtomicI64::new(0) })
    }

    fn put_now(&self, entries: &[Entry<'_>]) -> Result<Answer, String> {
        let now = Timestamp::now();
        let credentials = self.credentials.get(now).map_err(|error| chain(&error))?;
        let body = body(&self.settings.stream, entries);
        let request = self.request(body, &credentials, now)?;
        let mut response =
            self.agent().run(request).map_err(|error| format!("{} does not answer: {error}", self.host))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
        let body = body.map_err(|error| format!("the answer of {} breaks off: {error}", self.host))?;
        if status != 200 {
            self.correct_clock(&response, now);
        }
        let answer = Answer::read(status, &body);
        if answer.judge(entries.len()).credentials_failed {
            self.credentials.refuse(&credentials);
        }
        Ok(answer)
    }

    fn agent(&self) -> Agent {
        self.agent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn request(&self, body: String, credentials: &Credentials, now: Timestamp) -> Result<Request<String>, String> {
        let skew = SignedDuration::from_secs(self.skew_seconds.load(Ordering::Relaxed));
        let headers = [("content-type", CONTENT_TYPE), ("host", self.host.as_str()), ("x-amz-target", TARGET)];
        let signable = Signable {
            method: "POST",
            path: &self.path,
            headers: &headers,
            body_sha256: &sha256_hex(body.as_bytes()),
            region: &self.settings.region,
            service: SERVICE,
        };
        let signed = sign(signable, credentials, now.checked_add(skew).unwrap_or(now));
        let mut request = Request::post(&self.endpoint);
        for (name, value) in headers.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(signed) {
            request = request.header(name, value);
        }
        request.body(body).map_err(|error| format!("a request to {} cannot be made: {error}", self.host))
    }

    /// Learns the time from AWS, which refuses signatures of another time.
    fn correct_clock(&self, response: &Response<Body>, now: Timestamp) {
        let date = response.headers().get("date").and_then(|date| date.to_str().ok());
        let Some(Ok(date)) = date.map(jiff::fmt::rfc2822::parse) else { return };
        let skew = date.timestamp().duration_since(now);
        let seconds = if skew.abs() > MAX_SKEW { skew.as_secs() } else { 0 };
        self.skew_seconds.store(seconds, Ordering::Relaxed);
    }
}

impl Transport for Kinesis {
    fn put(&self, entries: &[Entry<'_>]) -> Answer {
        self.put_now(entries).unwrap_or_else(|message| Answer::None { message })
    }

    fn rest(&self) {
        // The settings have made one before.
        if let Ok(unconnected) = agent(&self.settings) {
            *self.agent.lock().unwrap_or_else(PoisonError::into_inner) = unconnected;
        }
    }
}

fn agent(settings: &KinesisSettings) -> Result<Agent, KinesisError> {
    let proxy = settings
        .proxy
        .as_deref()
        .map(|url| Proxy::new(url).map_err(|source| KinesisError::Proxy { url: url.to_owned(), source }));
    let mut tls = TlsConfig::builder();
    if let Some(bundle) = &settings.ca_bundle {
        let mut certificates: Vec<Certificate<'static>> = Vec::new();
        for item in parse_pem(bundle) {
            if let PemItem::Certificate(certificate) = item.map_err(|source| KinesisError::CaBundle { source })? {
                certificates.push(certificate);
            }
        }
        tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
    }
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(proxy.transpose()?)
        .tls_config(tls.build())
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_global(Some(REQUEST_TIMEOUT))
        .max_idle_age(MAX_IDLE)
        .user_agent(concat!("logbraid/", env!("CARGO_PKG_VERSION")));
    Ok(config.build().new_agent())
}

/// Returns a request's body.
fn body(stream: &str, entries: &[Entry<'_>]) -> String {
    let data: usize = entries.iter().map(|entry| entry.data.len() / 3 * 4 + entry.key.len() + 40).sum();
    let mut body = String::with_capacity(data + stream.len() + 40);
    // An ARN names the account too.
    let name = if stream.starts_with("arn:") { "StreamARN" } else { "StreamName" };
    for part in ["{\"", name, "\":", &quoted(stream), ",\"Records\":["] {
        body.push_str(part);
    }
    for (index, entry) in entries.iter().enumerate() {
        body.push_str(if index == 0 { "{\"Data\":\"" } else { ",{\"Data\":\"" });
        STANDARD.encode_string(entry.data, &mut body);
        body.push_str("\",\"PartitionKey\":");
        body.push_str(&quoted(entry.key));
        body.push('}');
    }
    body.push_str("]}");
    body
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn endpoint(region: &str) -> String {
    let domain =
        DOMAINS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("amazonaws.com", |(_, name)| name);
    format!("https://{SERVICE}.{region}.{domain}")
}
