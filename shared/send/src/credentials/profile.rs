//! A profile's keys and region in `~/.aws`. Other ways of profiles (SSO, roles, processes) need AWS's own clients.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>.

use super::{CredentialError, Credentials, Environment};

/// The settings of profiles whose credentials AWS's own clients find.
const OTHER_WAYS: [&str; 5] = ["credential_process", "login_session", "role_arn", "sso_session", "sso_start_url"];

/// Returns the keys of the current profile, if it has keys.
pub(super) fn credentials(env: &dyn Environment) -> Option<Credentials> {
    let files = Files::read(env)?;
    // A role is taken with the keys beside it.
    if files.value("role_arn").is_some() {
        return None;
    }
    Some(Credentials {
        access_key_id: files.value("aws_access_key_id")?,
        secret_access_key: files.value("aws_secret_access_key")?,
        session_token: files.value("aws_session_token"),
        expires: None,
    })
}

/// Returns what the current profile lacks, if it looks as if it were meant to give credentials.
pub(super) fn lack(env: &dyn Environment) -> Option<CredentialError> {
    const KEYS: [&str; 2] = ["aws_access_key_id", "aws_secret_access_key"];
    let files = Files::read(env)?;
    let profile = files.profile.clone();
    if let Some(setting) = OTHER_WAYS.into_iter().find(|key| files.value(key).is_some()) {
        return Some(CredentialError::NeedsClient { profile, setting });
    }
    let missing: Vec<&str> = KEYS.into_iter().filter(|key| files.value(key).is_none()).collect();
    if let [missing] = missing[..] {
        return Some(CredentialError::HalfOfKeys { profile, missing });
    }
    let is_named = env.get("AWS_PROFILE").or_else(|| env.get("AWS_DEFAULT_PROFILE")).is_some();
    (is_named && !files.has_profile()).then_some(CredentialError::NoProfile { profile })
}

/// Returns whether the environment leads to a profile that only AWS's own clients can use: single sign-on, a role, a
/// process.
#[must_use]
pub fn needs_clients(env: &dyn Environment) -> bool {
    let has_keys = env.get("AWS_ACCESS_KEY_ID").is_some() && env.get("AWS_SECRET_ACCESS_KEY").is_some();
    let has_token = env.get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() && env.get("AWS_ROLE_ARN").is_some();
    if has_keys || has_token || credentials(env).is_some() {
        return false;
    }
    Files::read(env).is_some_and(|files| OTHER_WAYS.iter().any(|key| files.value(key).is_some()))
}

/// The two files, and the profile that counts.
struct Files {
    shared: String,
    config: String,
    profile: String,
}

impl Files {
    fn read(env: &dyn Environment) -> Option<Self> {
        Some(Self {
            shared: env.read(&path(env, "AWS_SHARED_CREDENTIALS_FILE", "credentials")?).unwrap_or_default(),
            config: env.read(&path(env, "AWS_CONFIG_FILE", "config")?).unwrap_or_default(),
            profile: name(env),
        })
    }

    fn has_profile(&self) -> bool {
        let has = |text: &str, section: &str| text.lines().any(|line| heading(line) == Some(section));
        has(&self.shared, &self.profile) || has(&self.config, &section(&self.profile))
    }

    fn value(&self, key: &str) -> Option<String> {
        let found = value(&self.shared, &self.profile, key);
        found.or_else(|| value(&self.config, &section(&self.profile), key)).map(str::to_owned)
    }
}

/// Returns the region of the current profile.
#[must_use]
pub fn region_of_profile(env: &dyn Environment) -> Option<String> {
    let config = env.read(&path(env, "AWS_CONFIG_FILE", "config")?).ok()?;
    value(&config, &section(&name(env)), "region").map(str::to_owned)
}

fn name(env: &dyn Environment) -> String {
    env.get("AWS_PROFILE").or_else(|| env.get("AWS_DEFAULT_PROFILE")).unwrap_or_else(|| "default".to_owned())
}

fn path(env: &dyn Environment, variable: &str, file: &str) -> Option<String> {
    env.get(variable).or_else(|| Some(format!("{}/.aws/{file}", env.get("HOME")?)))
}

/// Returns the section of a profile in `config`.
fn section(profile: &str) -> String {
    if profile == "default" { profile.to_owned() } else { format!("profile {profile}") }
}

/// Returns the section that begins with a line.
fn heading(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.split_once(']').map(|(name, _)| name.trim())
}

fn value<'a>(text: &'a str, section: &str, key: &str) -> Option<&'a str> {
    let mut is_inside = false;
    let mut found = None;
    for line in text.lines() {
        if let Some(name) = heading(line) {
            is_inside = name == section;
        } else if let Some((name, value)) = line.split_once('=').filter(|_| is_inside) {
            // Indented lines belong to a nested value.
            if name.trim_end() == key {
                found = Some(value.trim());
            }
        }
    }
    found.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn values_are_found_in_their_section() {
        const TEXT: &str =
            "[default]\nregion = eu-west-1\ns3 =\n  region = x\n\n[profile a b]\n#region=y\nregion=us-east-1\n";
        fn check(section: &str, key: &str, expect: Option<&str>) {
            assert_eq!(value(TEXT, section, key), expect, "{section} {key}");
        }
        check("default", "region", Some("eu-west-1"));
        check("profile a b", "region", Some("us-east-1"));
        check("profile c", "region", None);
        check("default", "s3", None);
    }
}
