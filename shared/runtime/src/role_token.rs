//! Tokens of the IAM role of a function, for what is outside of AWS: MongoDB knows the role by them, so it needs no password.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html>.

use std::time::Duration;

use aws_sigv4::http_request::SigningSettings;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use record::Secret;
use store::{Identity, IdentityToken};
use ureq::http::Request;

use crate::aws::{AskError, Service};
use crate::environment::{ConfigError, Environment};
use crate::xml::elements;

/// Only STS of a region has these tokens.
const SERVICE: &str = "sts";
const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";
/// How long a token is good for. After that MongoDB asks for another one. The template allows no more.
const LIVES: Duration = Duration::from_mins(15);
/// The time limit for a request.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    /// STS was not asked, or refused.
    #[error("there is no token of the function's role")]
    Ask(#[from] AskError),
    /// The answer has none.
    #[error("STS answered without a token of the function's role")]
    Empty,
}

/// Returns what signs in to MongoDB by the role. `audience` is who the tokens are for, as MongoDB expects it.
pub(crate) fn identity(audience: &str, env: &(impl Environment + ?Sized)) -> Result<Identity, ConfigError> {
    let service = Service::from_environment(env, SERVICE, SigningSettings::default())?;
    let audience = audience.to_owned();
    Ok(Identity::new(move || {
        let jwt = token(&service, &audience)?;
        Ok(IdentityToken { jwt, lives: LIVES })
    }))
}

/// Gets a token. Blocks.
fn token(service: &Service, audience: &str) -> Result<Secret, TokenError> {
    let audience = utf8_percent_encode(audience, NON_ALPHANUMERIC);
    let seconds = LIVES.as_secs();
    let form = format!(
        "Action=GetWebIdentityToken&Version=2011-06-15&Audience.member.1={audience}&DurationSeconds={seconds}&SigningAlgorithm=RS256"
    );
    let endpoint = service.endpoint();
    let request = Request::post(endpoint)
        .header("content-type", CONTENT_TYPE)
        .body(form)
        .map_err(|source| AskError::Request { endpoint: endpoint.to_owned(), source: source.into() })?;
    let (status, xml) = service.send(request, TIMEOUT)?;
    let said = |name| elements(&xml, name).next().unwrap_or_default().trim().to_owned();
    if status != 200 {
        let refused = AskError::Refused { service: "STS", status, code: said("Code"), message: said("Message") };
        return Err(refused.into());
    }
    Some(said("WebIdentityToken")).filter(|jwt| !jwt.is_empty()).map(Secret::new).ok_or(TokenError::Empty)
}
