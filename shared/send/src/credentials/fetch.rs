//! Asks a source of credentials over HTTP.

use std::time::Duration;

use serde::Deserialize;
use ureq::Agent;
use ureq::http::Request;

use super::{CredentialError, Credentials};

const MAX_ANSWER_BYTES: u64 = 64 * 1024;
const MAX_EXCERPT_CHARS: usize = 200;

/// Credentials as containers and machines get them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: Option<String>,
}

/// Returns a client that no variable of the environment leads elsewhere.
pub(super) fn agent(timeout: Duration) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(timeout))
        .build()
        .new_agent()
}

/// Sends a request. Returns the answer's text.
pub(super) fn ask(
    agent: &Agent,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<String, CredentialError> {
    let no_answer = |source| CredentialError::NoAnswer { url: url.to_owned(), source: Box::new(source) };
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.to_owned()).map_err(|_| CredentialError::Address { url: url.to_owned() })?;
    let mut response = agent.run(request).map_err(no_answer)?;
    let status = response.status().as_u16();
    let text = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).lossy_utf8(true).read_to_string();
    let text = text.map_err(no_answer)?;
    if status == 200 {
        return Ok(text);
    }
    let excerpt = text.trim().chars().take(MAX_EXCERPT_CHARS).collect();
    Err(CredentialError::Refused { url: url.to_owned(), status, excerpt })
}

/// Reads the document of a container or machine.
pub(super) fn read(url: &str, text: &str) -> Result<Credentials, CredentialError> {
    let document: Document =
        serde_json::from_str(text).map_err(|_| CredentialError::Unreadable { url: url.to_owned() })?;
    Ok(Credentials {
        access_key_id: document.access_key_id,
        secret_access_key: document.secret_access_key,
        session_token: document.token,
        expires: document.expiration.and_then(|time| time.parse().ok()),
    })
}
