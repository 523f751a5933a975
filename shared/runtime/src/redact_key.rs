//! The key of redaction in a secret.

use record::Secret;

use crate::environment::{ConfigError, Environment, set};
use crate::redaction::KEY;
use crate::secret::{SecretError, text_of};
use crate::secrets_manager::SecretsManager;

/// The variable that names the secret.
pub const REDACT_KEY_SECRET_ARN: &str = "LOGBRAID_REDACT_KEY_SECRET_ARN";

/// The key of redaction cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RedactKeyError {
    /// Both settings are given.
    #[error("the key of redaction is given twice")]
    Config(#[source] ConfigError),
    /// The secret cannot be read.
    #[error("the key of redaction cannot be read from Secrets Manager")]
    Secret(#[source] SecretError),
}

/// An environment in which the key of redaction is what a secret holds.
#[derive(Debug)]
pub struct WithRedactKey<'a, E: ?Sized> {
    env: &'a E,
    key: Option<Secret>,
}

impl<'a, E: Environment + ?Sized> WithRedactKey<'a, E> {
    /// Reads the secret that `LOGBRAID_REDACT_KEY_SECRET_ARN` names. Without that variable, changes nothing.
    pub fn read(env: &'a E) -> Result<Self, RedactKeyError> {
        let Some(arn) = set(env, REDACT_KEY_SECRET_ARN) else { return Ok(Self { env, key: None }) };
        if set(env, KEY).is_some() {
            let both = ConfigError::Both { first: KEY, second: REDACT_KEY_SECRET_ARN };
            return Err(RedactKeyError::Config(both));
        }
        let manager = SecretsManager::from_environment(env).map_err(SecretError::Environment);
        let key = manager.and_then(|manager| text_of(&manager, &arn)).map_err(RedactKeyError::Secret)?;
        Ok(Self { env, key: Some(key) })
    }
}

impl<E: Environment + ?Sized> Environment for WithRedactKey<'_, E> {
    fn get(&self, name: &str) -> Option<String> {
        match &self.key {
            Some(key) if name == KEY => Some(key.reveal().to_owned()),
            _ => self.env.get(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment as _, WithRedactKey};

    #[test]
    fn without_a_secret_the_environment_is_as_it_was() {
        let env = [("LOGBRAID_REDACT_KEY", "0123456789abcdef"), ("X", "y")];
        let env = WithRedactKey::read(env.as_slice()).unwrap();
        assert_eq!(env.get("LOGBRAID_REDACT_KEY").as_deref(), Some("0123456789abcdef"));
        assert_eq!(env.get("X").as_deref(), Some("y"));
    }

    #[test]
    fn the_key_is_given_once() {
        let env = [("LOGBRAID_REDACT_KEY", "0123456789abcdef"), ("LOGBRAID_REDACT_KEY_SECRET_ARN", "arn:x")];
        let error = WithRedactKey::read(env.as_slice()).unwrap_err();
        let expect = "the key of redaction is given twice: LOGBRAID_REDACT_KEY and LOGBRAID_REDACT_KEY_SECRET_ARN are both set: expected one of them";
        assert_eq!(crate::telemetry::chain(&error), expect);
    }
}
