//! The query API, asked over HTTP.

mod address;
mod error;
mod page;
mod problem;
mod sign;
mod target;

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Request, StatusCode, redirect};
use serde::de::DeserializeOwned;

use self::address::Address;
pub use self::error::ApiError;
pub(crate) use self::page::{Cut, Page};
pub use self::problem::Problem;
use self::sign::Signer;
pub use self::sign::Why;
pub(crate) use self::target::Target;
use crate::args::ApiArgs;
use crate::error::Error;
use crate::note::note_trouble;

/// How long it may take until somebody is there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long nothing may come. An HTTP API gives up after 30 seconds.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// How long to wait before asking again, when that may do: a replica set elects within twelve seconds.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
const USER_AGENT: &str = concat!("logbraid/", env!("CARGO_PKG_VERSION"));
/// What problems are said in.
const PROBLEM_JSON: &str = "application/problem+json";

/// A query API.
pub(crate) struct Api {
    client: Client,
    address: Address,
    signer: Signer,
}

impl Api {
    /// The one that the arguments name. Nothing is sent yet.
    pub(crate) async fn new(args: &ApiArgs) -> Result<Self, Error> {
        let address = Address::parse(args.url.as_deref())?;
        let client = client(&address)?;
        let signer = Signer::new(args.sign, &address).await?;
        Ok(Self { client, address, signer })
    }

    /// Asks; asks again a few times where that may do.
    pub(crate) async fn get<T: DeserializeOwned>(&self, target: &str) -> Result<T, Error> {
        for (attempt, pause) in PAUSES.into_iter().enumerate() {
            match self.get_once(target).await {
                Err(Error::Api(error)) if error.is_passing() => {
                    if attempt == 0 {
                        note_trouble(&error, "asking again");
                    }
                    tokio::time::sleep(pause).await;
                }
                answer => return answer,
            }
        }
        self.get_once(target).await
    }

    /// Asks once for a path and query.
    pub(crate) async fn get_once<T: DeserializeOwned>(&self, target: &str) -> Result<T, Error> {
        let mut request = self.client.get(self.address.join(target)).build().map_err(ApiError::Client)?;
        self.signer.sign(&mut request).await?;
        let (status, headers, body) = self.send(request).await?;
        if status.is_success() && is(&headers, "application/json") {
            return self.read(&body);
        }
        Err(self.refusal(status, &headers, &body).into())
    }

    /// Reads what came.
    pub(crate) fn read<T: DeserializeOwned>(&self, json: &[u8]) -> Result<T, Error> {
        Ok(serde_json::from_slice(json).map_err(|source| ApiError::Answer { place: self.place(), source })?)
    }

    async fn send(&self, request: Request) -> Result<(StatusCode, HeaderMap, Vec<u8>), ApiError> {
        let response = self.client.execute(request).await.map_err(|error| self.failure(error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(|error| self.failure(error))?;
        Ok((status, headers, body.into()))
    }

    /// What an answer says that is not what was asked for.
    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ApiError {
        let place = self.place();
        if is(headers, PROBLEM_JSON)
            && let Ok(problem) = serde_json::from_slice(body)
        {
            return ApiError::Problem(problem);
        }
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            let unsigned = match self.signer {
                Signer::On(_) => None,
                Signer::Off(why) => Some(why),
            };
            return ApiError::Forbidden { place, status, unsigned };
        }
        ApiError::Foreign { place, status }
    }

    fn failure(&self, error: reqwest::Error) -> ApiError {
        let (place, is_connect) = (self.address.host_and_port(), error.is_connect());
        // Its own words are the whole address again; the cause says what happened.
        let error = error.without_url();
        if is_connect {
            ApiError::Connect { place, source: cause(&error) }
        } else {
            ApiError::Request { place, source: cause(&error) }
        }
    }

    fn place(&self) -> String {
        self.address.host_and_port()
    }
}

/// What lies at the bottom of a failure.
fn cause(error: &reqwest::Error) -> Box<dyn std::error::Error + Send + Sync> {
    let mut bottom: &dyn std::error::Error = error;
    while let Some(source) = bottom.source() {
        bottom = source;
    }
    bottom.to_string().into()
}

fn is(headers: &HeaderMap, content_type: &str) -> bool {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    sent.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(content_type)
}

fn client(address: &Address) -> Result<Client, ApiError> {
    // An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let accept = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    let builder = Client::builder()
        .default_headers(accept)
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        // A signature is for one address.
        .redirect(redirect::Policy::none());
    // A machine without any certificate authorities can still speak plain HTTP.
    let builder = if address.is_https() { builder } else { builder.tls_certs_only([]) };
    builder.build().map_err(ApiError::Client)
}
