//! Requests that are passed on for a browser: signed, and answered as the API answers.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Response};

use super::error::ApiError;
use super::{Api, PROBLEM_JSON, builder, has_type, is_forbidden};

/// A query API for a browser's requests.
pub(crate) struct Forwarder {
    api: Api,
    client: Client,
}

impl Forwarder {
    /// Sets up the client. Sends nothing yet.
    pub(crate) fn new(api: Api) -> Result<Self, ApiError> {
        // The browser decompresses an answer itself.
        let client = builder(&api.address).no_gzip().build().map_err(ApiError::Client)?;
        Ok(Self { api, client })
    }

    /// Sends a request once, and returns the answer with whatever status it has as soon as its head is there. A refusal
    /// without a problem document is an error: it is AWS's own, and does not say what to do.
    pub(crate) async fn send(&self, method: Method, target: &str, headers: HeaderMap) -> Result<Response, ApiError> {
        let request = self.client.request(method, self.api.address.join(target)).headers(headers);
        let mut request = request.build().map_err(ApiError::Client)?;
        self.api.signer.sign(&mut request).await?;
        let response = self.client.execute(request).await.map_err(|error| self.api.failure(error))?;
        if is_forbidden(response.status()) && !has_type(response.headers(), PROBLEM_JSON) {
            return Err(self.api.forbidden(response.status(), response.headers()));
        }
        Ok(response)
    }

    /// Returns the path, query and fragment of an address, if it is one of this API.
    pub(crate) fn target_of(&self, address: &str) -> Option<String> {
        self.api.address.target_of(address)
    }
}
