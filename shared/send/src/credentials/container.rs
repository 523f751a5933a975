//! Credentials of a container: ECS, and EKS with pod identity.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>.

use std::net::IpAddr;
use std::time::Duration;

use ureq::http::Uri;

use super::fetch::{agent, ask, read};
use super::{CredentialError, Credentials, Environment};

/// ECS's own address.
const ECS: &str = "http://169.254.170.2";
/// Addresses that may be asked without TLS, beside this machine.
const PLAIN_HOSTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];
const TIMEOUT: Duration = Duration::from_secs(2);

/// Returns the credentials, or `None` if the process is in no such container.
pub(super) fn credentials(env: &dyn Environment) -> Result<Option<Credentials>, CredentialError> {
    let relative = env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{ECS}{path}"));
    let Some(url) = relative.or_else(|| env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")) else { return Ok(None) };
    if !may_ask(&url) {
        return Err(CredentialError::Address { url });
    }
    let token = match env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        // It changes, so it is read each time.
        Some(path) => Some(env.read(&path)?),
        None => env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    };
    let token = token.map(|token| token.trim().to_owned());
    let headers: Vec<(&str, &str)> = token.iter().map(|token| ("authorization", token.as_str())).collect();
    let text = ask(&agent(TIMEOUT), "GET", &url, &headers, "")?;
    read(&url, &text).map(Some)
}

/// A token must not go over the network in plain text.
fn may_ask(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let is_local = host == "localhost" || address.is_some_and(|address| address.is_loopback());
    uri.scheme_str() == Some("https") || (uri.scheme_str() == Some("http") && (is_local || PLAIN_HOSTS.contains(&host)))
}

#[cfg(test)]
mod tests {
    use super::may_ask;

    #[test]
    fn a_token_stays_on_the_machine_or_is_encrypted() {
        fn check(url: &str, expect: bool) {
            assert_eq!(may_ask(url), expect, "{url}");
        }
        check("http://169.254.170.2/v2/credentials/x", true);
        check("http://169.254.170.23/v1/credentials", true);
        check("http://[fd00:ec2::23]/v1/credentials", true);
        check("http://127.0.0.1:81/x", true);
        check("http://localhost/x", true);
        check("https://example.com/x", true);
        check("http://example.com/x", false);
        check("http://127.example.com/x", false);
        check("ftp://localhost/x", false);
        check("/x", false);
    }
}
