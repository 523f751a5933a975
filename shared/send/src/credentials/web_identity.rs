//! Credentials for a token of an identity provider: EKS's roles for service accounts (IRSA).
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>.

use std::time::Duration;

use super::fetch::{agent, ask};
use super::{CredentialError, Credentials, Environment};

const TIMEOUT: Duration = Duration::from_secs(5);
const VERSION: &str = "2011-06-15";

/// Returns the role's credentials, or `None` if the environment names no token.
pub(super) fn credentials(env: &dyn Environment, region: &str) -> Result<Option<Credentials>, CredentialError> {
    let (Some(path), Some(role)) = (env.get("AWS_WEB_IDENTITY_TOKEN_FILE"), env.get("AWS_ROLE_ARN")) else {
        return Ok(None);
    };
    // It changes, so it is read each time.
    let token = env.read(&path)?;
    let url = env.get("AWS_ENDPOINT_URL_STS").unwrap_or_else(|| address(region));
    let session = env.get("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| "logbraid".to_owned());
    let form = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", VERSION),
        ("RoleArn", &role),
        ("RoleSessionName", &session),
        ("WebIdentityToken", token.trim()),
    ];
    let body = form.map(|(name, value)| format!("{name}={}", encoded(value))).join("&");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let text = ask(&agent(TIMEOUT), "POST", &url, &headers, &body)?;
    read(&text).ok_or(CredentialError::Unreadable { url }).map(Some)
}

fn address(region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://sts.{region}.{domain}/")
}

/// Reads the four elements that matter. None of their values needs escapes in XML.
fn read(text: &str) -> Option<Credentials> {
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once('<')?.0.trim().to_owned())
    };
    Some(Credentials {
        access_key_id: element("AccessKeyId")?,
        secret_access_key: element("SecretAccessKey")?,
        session_token: element("SessionToken"),
        expires: element("Expiration").and_then(|time| time.parse().ok()),
    })
}

/// Encodes a value of a form.
fn encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
