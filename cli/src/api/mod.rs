//! The client of the query API, over HTTP.

mod address;
mod error;
mod forward;
mod page;
mod problem;
mod sign;
mod target;
mod unsigned_reason;

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Client, ClientBuilder, Method, Request, StatusCode, redirect};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use self::address::Address;
pub use self::error::ApiError;
pub(crate) use self::forward::Forwarder;
pub(crate) use self::page::{Cut, Page, Searched};
pub use self::problem::Problem;
pub use self::sign::SignMode;
use self::sign::Signer;
pub(crate) use self::target::Target;
pub use self::unsigned_reason::UnsignedReason;
use crate::stderr;

/// The longest time for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest time without a byte of the answer. An HTTP API gives up after 30 seconds.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// The pauses before each retry. A replica set elects a primary within twelve seconds.
const RETRY_PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
const USER_AGENT: &str = concat!("logbraid/", env!("CARGO_PKG_VERSION"));
/// How an API asks for a token (RFC 6750).
const BEARER: &[u8] = b"Bearer";
/// The media type of problem documents.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// A query API.
pub(crate) struct Api {
    client: Client,
    address: Address,
    signer: Signer,
}

impl Api {
    /// Sets up the client. Sends nothing yet.
    pub(crate) async fn new(url: Option<&str>, sign: SignMode, token: Option<&str>) -> Result<Self, ApiError> {
        let address = Address::parse(url)?;
        let accept = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let client = builder(&address).default_headers(accept).build().map_err(ApiError::Client)?;
        let signer = match token.filter(|token| !token.trim().is_empty()) {
            Some(token) => Signer::with_token(token, &address)?,
            None => Signer::new(sign, &address).await?,
        };
        Ok(Self { client, address, signer })
    }

    /// Requests a path and query, with some retries where they may help.
    pub(crate) async fn get<T: DeserializeOwned>(&self, target: &str) -> Result<T, ApiError> {
        for (attempt, pause) in RETRY_PAUSES.into_iter().enumerate() {
            match self.get_once(target).await {
                Err(error) if error.is_temporary() => {
                    if attempt == 0 {
                        stderr::print_retry(&error, "asking again");
                    }
                    tokio::time::sleep(pause).await;
                }
                answer => return answer,
            }
        }
        self.get_once(target).await
    }

    /// Requests a path and query once.
    pub(crate) async fn get_once<T: DeserializeOwned>(&self, target: &str) -> Result<T, ApiError> {
        let mut request = self.client.get(self.address.join(target)).build().map_err(ApiError::Client)?;
        self.signer.sign(&mut request).await?;
        let (status, headers, body) = self.send(request).await?;
        if status.is_success() && has_type(&headers, "application/json") {
            return self.read(&body);
        }
        Err(self.refusal(status, &headers, &body))
    }

    /// Changes something, once: a request that was answered late may have done it. Returns the answer, if it has one.
    pub(crate) async fn change(
        &self,
        method: Method,
        target: &str,
        body: Option<String>,
    ) -> Result<Option<Box<RawValue>>, ApiError> {
        let mut request = self.client.request(method, self.address.join(target));
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let mut request = request.build().map_err(ApiError::Client)?;
        self.signer.sign(&mut request).await?;
        let (status, headers, body) = self.send(request).await?;
        if status == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        if status.is_success() && has_type(&headers, "application/json") {
            return self.read(&body).map(Some);
        }
        Err(self.refusal(status, &headers, &body))
    }

    /// Reads an answer.
    pub(crate) fn read<T: DeserializeOwned>(&self, json: &[u8]) -> Result<T, ApiError> {
        serde_json::from_slice(json).map_err(|source| ApiError::Answer { server: self.server(), source })
    }

    async fn send(&self, request: Request) -> Result<(StatusCode, HeaderMap, Vec<u8>), ApiError> {
        let response = self.client.execute(request).await.map_err(|error| self.failure(error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(|error| self.failure(error))?;
        Ok((status, headers, body.into()))
    }

    /// Makes an error of an answer that is not a success.
    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ApiError {
        let server = self.server();
        if has_type(headers, PROBLEM_JSON)
            && let Ok(problem) = serde_json::from_slice(body)
        {
            return ApiError::Problem(problem);
        }
        if is_forbidden(status) { self.forbidden(status, headers) } else { ApiError::Foreign { server, status } }
    }

    /// Returns the error for an API that refuses this person.
    fn forbidden(&self, status: StatusCode, headers: &HeaderMap) -> ApiError {
        if let Signer::Token(_) = self.signer {
            return ApiError::TokenRefused { server: self.server(), status };
        }
        let asked = headers.get(WWW_AUTHENTICATE).map(HeaderValue::as_bytes).unwrap_or_default();
        if asked.get(..BEARER.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(BEARER)) {
            return ApiError::WantsToken { server: self.server() };
        }
        let unsigned = match self.signer {
            Signer::On(_) | Signer::Token(_) => None,
            Signer::Off(reason) => Some(reason),
        };
        ApiError::Forbidden { server: self.server(), status, unsigned }
    }

    fn failure(&self, error: reqwest::Error) -> ApiError {
        let (server, is_connect) = (self.server(), error.is_connect());
        // The error's own text is the whole address. Its cause says what happened.
        let error = error.without_url();
        if is_connect {
            ApiError::Connect { server, source: cause(&error) }
        } else {
            ApiError::Request { server, source: cause(&error) }
        }
    }

    /// Returns host and port, for messages.
    fn server(&self) -> String {
        self.address.host_and_port()
    }
}

/// Returns the innermost cause of an error.
fn cause(error: &reqwest::Error) -> Box<dyn std::error::Error + Send + Sync> {
    let mut bottom: &dyn std::error::Error = error;
    while let Some(source) = bottom.source() {
        bottom = source;
    }
    bottom.to_string().into()
}

/// Whether a status says that somebody may not ask.
pub(crate) fn is_forbidden(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

fn has_type(headers: &HeaderMap, content_type: &str) -> bool {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    sent.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(content_type)
}

/// Starts to build an HTTP client for an address.
fn builder(address: &Address) -> ClientBuilder {
    // An error means that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        // A signature is valid for one address only.
        .redirect(redirect::Policy::none());
    // Plain HTTP works on a machine without certificate authorities.
    if address.is_https() { builder } else { builder.tls_certs_only([]) }
}
