//! HTTP to servers on this machine.

use std::time::Duration;

use ureq::Agent;
use ureq::http::Response;

use crate::aws::{CREDENTIAL, REGION};
use crate::error::Error;

/// The longest time for an answer. The function behind it may have to start first.
const ANSWER_LIMIT: Duration = Duration::from_secs(35);
const OK: u16 = 200;

/// An answer with any status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Sends a GET request.
pub(crate) fn get(url: &str) -> Result<Answer, Error> {
    read(url, agent().get(url).call())
}

/// Sends a GET request with this `Authorization`.
pub(crate) fn get_as(url: &str, authorization: &str) -> Result<Answer, Error> {
    read(url, agent().get(url).header("Authorization", authorization).call())
}

/// Calls a JSON service of the local AWS, which does not check signatures.
pub(crate) fn aws_call(endpoint: &str, target: &str, request: &str) -> Result<String, Error> {
    let credential = format!("AWS4-HMAC-SHA256 Credential={CREDENTIAL}/20000101/{REGION}/logs/aws4_request");
    let call = agent()
        .post(endpoint)
        .header("Authorization", credential)
        .header("Content-Type", "application/x-amz-json-1.1")
        .header("X-Amz-Target", target);
    let answer = read(endpoint, call.send(request))?;
    match answer.status {
        OK => Ok(answer.body),
        status => Err(Error::Refused { url: endpoint.to_owned(), status, body: answer.body }),
    }
}

/// Returns a client without a proxy, whatever the environment says.
fn agent() -> Agent {
    Agent::config_builder().timeout_global(Some(ANSWER_LIMIT)).http_status_as_error(false).proxy(None).build().into()
}

fn read(url: &str, response: Result<Response<ureq::Body>, ureq::Error>) -> Result<Answer, Error> {
    let failed = |source| Error::Http { url: url.to_owned(), source: Box::new(source) };
    let mut response = response.map_err(failed)?;
    let body = response.body_mut().read_to_string().map_err(failed)?;
    Ok(Answer { status: response.status().as_u16(), body })
}
