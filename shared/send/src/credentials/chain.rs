//! The sources in their order.

use jiff::Timestamp;

use super::{
    CredentialError, CredentialSource, Credentials, Environment, Kept, container, machine, profile, web_identity,
};

/// The sources of credentials in the order of AWS's own clients. Keeps what they gave until it ends.
pub struct Chain {
    env: Box<dyn Environment>,
    region: String,
    kept: Kept,
}

impl Chain {
    /// Returns the chain. It asks nobody yet.
    #[must_use]
    pub fn new(env: Box<dyn Environment>, region: String) -> Self {
        Self { env, region, kept: Kept::default() }
    }

    fn find(&self) -> Result<Credentials, CredentialError> {
        let env = self.env.as_ref();
        if let (Some(access_key_id), Some(secret_access_key)) =
            (env.get("AWS_ACCESS_KEY_ID"), env.get("AWS_SECRET_ACCESS_KEY"))
        {
            let session_token = env.get("AWS_SESSION_TOKEN");
            return Ok(Credentials { access_key_id, secret_access_key, session_token, expires: None });
        }
        if let Some(found) = web_identity::credentials(env, &self.region)? {
            return Ok(found);
        }
        if let Some(found) = profile::credentials(env) {
            return Ok(found);
        }
        if let Some(found) = container::credentials(env)? {
            return Ok(found);
        }
        match machine::credentials(env) {
            Ok(Some(found)) => Ok(found),
            // Elsewhere than on EC2, nobody answers.
            Ok(None) | Err(CredentialError::NoAnswer { .. }) => {
                Err(profile::lack(env).unwrap_or(CredentialError::NoSource))
            }
            Err(error) => Err(error),
        }
    }
}

impl CredentialSource for Chain {
    fn get(&self, now: Timestamp) -> Result<Credentials, CredentialError> {
        self.kept.get(now, || self.find())
    }

    fn refuse(&self, credentials: &Credentials) {
        self.kept.refuse(credentials);
    }
}
