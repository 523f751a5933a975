//! Credentials of an EC2 instance: its metadata service, version 2.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html>.

use std::time::Duration;

use super::fetch::{agent, ask, read};
use super::{CredentialError, Credentials, Environment};

const ADDRESS: &str = "http://169.254.169.254";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
/// The service is a hop away. Elsewhere, nobody answers.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Returns the credentials of the instance's role. `None` if the environment forbids to ask.
pub(super) fn credentials(env: &dyn Environment) -> Result<Option<Credentials>, CredentialError> {
    if env.get("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let address = env.get("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(|| ADDRESS.to_owned());
    let address = address.trim_end_matches('/');
    let agent = agent(TIMEOUT);
    let lifetime = [("x-aws-ec2-metadata-token-ttl-seconds", "300")];
    let token = ask(&agent, "PUT", &format!("{address}/latest/api/token"), &lifetime, "")?;
    let headers = [("x-aws-ec2-metadata-token", token.trim())];
    let roles = ask(&agent, "GET", &format!("{address}{ROLES}"), &headers, "")?;
    let url = format!("{address}{ROLES}{}", roles.lines().next().unwrap_or_default().trim());
    let text = ask(&agent, "GET", &url, &headers, "")?;
    read(&url, &text).map(Some)
}
