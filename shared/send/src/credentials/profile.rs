//! A profile's keys and region in `~/.aws`. Other ways of profiles (SSO, roles, processes) need AWS's own clients.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>.

use super::Credentials;
use super::chain::Environment;

/// Returns the keys of the current profile, if it has keys.
pub(super) fn credentials(env: &dyn Environment) -> Option<Credentials> {
    let profile = name(env);
    let shared = env.read(&path(env, "AWS_SHARED_CREDENTIALS_FILE", "credentials")?).unwrap_or_default();
    let config = env.read(&path(env, "AWS_CONFIG_FILE", "config")?).unwrap_or_default();
    let value = |key: &str| {
        value(&shared, &profile, key).or_else(|| value(&config, &section(&profile), key)).map(str::to_owned)
    };
    Some(Credentials {
        access_key_id: value("aws_access_key_id")?,
        secret_access_key: value("aws_secret_access_key")?,
        session_token: value("aws_session_token"),
        expires: None,
    })
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

fn value<'a>(text: &'a str, section: &str, key: &str) -> Option<&'a str> {
    let mut is_inside = false;
    let mut found = None;
    for line in text.lines() {
        if let Some(name) = line.trim().strip_prefix('[').and_then(|line| line.split_once(']')) {
            is_inside = name.0.trim() == section;
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
