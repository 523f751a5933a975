//! What the stack with everything is given: a key, secrets, a bucket for the archive, and providers with people.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::commands::smoke::archive_bucket;
use crate::error::Error;
use crate::running::Running;

pub(super) const ARCHIVE_BUCKET: &str = "logbraid-archive";
const PASSWORD: &str = "Invented-1";
/// A person at the provider that the stack does not know.
const STRANGER: &str = "alice";

/// What the stack is given.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) key: String,
    pub(super) mongo_secret: String,
    pub(super) redact_secret: String,
    pub(super) pool: Pool,
    /// A token of a provider that the stack does not know.
    pub(super) strange_token: String,
}

impl Parts {
    pub(super) fn create(running: &Running, people: &[&'static str]) -> Result<Self, Error> {
        let secret = |name: &str, text: &str| {
            call(running, &["secretsmanager", "create-secret", "--name", name, "--secret-string", text], "/ARN")
        };
        archive_bucket::create(running, ARCHIVE_BUCKET)?;
        Ok(Self {
            key: call(running, &["kms", "create-key"], "/KeyMetadata/Arn")?,
            mongo_secret: secret("logbraid-mongodb", &running.mongodb_uri)?,
            redact_secret: secret("logbraid-redact", "sixteen-or-more-characters")?,
            pool: Pool::create(running, "logbraid", people)?,
            strange_token: Pool::create(running, "stranger", &[STRANGER])?.token(STRANGER).to_owned(),
        })
    }
}

/// An OpenID Connect provider, with people who signed in. Their tokens name them in the claim `username`.
#[derive(Debug)]
pub(super) struct Pool {
    id: String,
    pub(super) client: String,
    tokens: BTreeMap<&'static str, String>,
}

impl Pool {
    fn create(running: &Running, name: &str, people: &[&'static str]) -> Result<Self, Error> {
        let id = call(running, &["cognito-idp", "create-user-pool", "--pool-name", name], "/UserPool/Id")?;
        let make = ["cognito-idp", "create-user-pool-client", "--user-pool-id", &id, "--client-name", name];
        let flows = ["--explicit-auth-flows", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        let client = call(running, &[&make[..], &flows[..]].concat(), "/UserPoolClient/ClientId")?;
        let sign_in = |&person: &&'static str| Ok((person, sign_in(running, &id, &client, person)?));
        let tokens = people.iter().map(sign_in).collect::<Result<_, Error>>()?;
        Ok(Self { id, client, tokens })
    }

    pub(super) fn issuer(&self) -> String {
        format!("https://cognito-idp.{}.amazonaws.com/{}", crate::aws::REGION, self.id)
    }

    /// Returns a person's token.
    pub(super) fn token(&self, person: &str) -> &str {
        self.tokens.get(person).map_or("", String::as_str)
    }
}

/// Adds a person to a user pool, and signs them in. Returns the access token.
fn sign_in(running: &Running, pool: &str, client: &str, person: &str) -> Result<String, Error> {
    let of_person = ["--user-pool-id", pool, "--username", person];
    running.deployer().aws(&[&["cognito-idp", "admin-create-user"][..], &of_person[..]].concat())?;
    let set = ["cognito-idp", "admin-set-user-password", "--permanent", "--password", PASSWORD];
    running.deployer().aws(&[&set[..], &of_person[..]].concat())?;
    let who = format!("USERNAME={person},PASSWORD={PASSWORD}");
    let sign_in = ["cognito-idp", "initiate-auth", "--auth-flow", "USER_PASSWORD_AUTH", "--client-id", client];
    call(running, &[&sign_in[..], &["--auth-parameters", &who]].concat(), "/AuthenticationResult/AccessToken")
}

/// Calls a service. Returns a text of its answer.
fn call(running: &Running, arguments: &[&str], pointer: &str) -> Result<String, Error> {
    let answer = running.deployer().ask(arguments)?;
    Ok(answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned())
}
