//! MongoDB's address from AWS Secrets Manager.

use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::config::{ConfigError, Environment, Secret};

/// How long a cold start waits for Secrets Manager, all tries together.
const TIMEOUT: Duration = Duration::from_secs(8);

/// Why the secret gives no address.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment lacks what Lambda always sets.
    #[error("the environment is not that of a Lambda function")]
    Environment(#[source] ConfigError),
    /// Secrets Manager did not give the secret.
    #[error("cannot read the secret {arn}")]
    Read {
        /// The secret.
        arn: String,
        /// Why.
        #[source]
        source: Box<SdkError<GetSecretValueError>>,
    },
    /// The secret is not what is expected.
    #[error("the secret {arn} holds neither a MongoDB connection string nor a JSON object with one as its `uri`")]
    Content {
        /// The secret.
        arn: String,
    },
}

/// The connection string that a secret holds: as its text, or as the `uri` of a JSON object.
pub(crate) async fn mongodb_uri(arn: &str, env: &impl Environment) -> Result<Secret, SecretError> {
    let answer = client(env).map_err(SecretError::Environment)?.get_secret_value().secret_id(arn).send().await;
    let answer = answer.map_err(|source| SecretError::Read { arn: arn.to_owned(), source: Box::new(source) })?;
    let content = || SecretError::Content { arn: arn.to_owned() };
    answer.secret_string().and_then(uri_in).map(Secret::new).ok_or_else(content)
}

/// A client as Lambda's environment describes it: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
fn client(env: &impl Environment) -> Result<Client, ConfigError> {
    let need = |name| env.get(name).ok_or(ConfigError::Missing { name, expected: "what Lambda sets" });
    let (key_id, key) = (need("AWS_ACCESS_KEY_ID")?, need("AWS_SECRET_ACCESS_KEY")?);
    let credentials = Credentials::new(key_id, key, env.get("AWS_SESSION_TOKEN"), None, "environment");
    let https = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(need("AWS_REGION")?))
        .credentials_provider(credentials)
        .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
        .http_client(https);
    // Set where another endpoint stands in for AWS's, as on a local stack.
    let config = match env.get("AWS_ENDPOINT_URL") {
        Some(url) => config.endpoint_url(url),
        None => config,
    };
    Ok(Client::from_conf(config.build()))
}

fn uri_in(secret: &str) -> Option<String> {
    let is_uri = |text: &str| text.starts_with("mongodb://") || text.starts_with("mongodb+srv://");
    let secret = secret.trim();
    let uri = if is_uri(secret) {
        secret.to_owned()
    } else {
        serde_json::from_str::<serde_json::Value>(secret).ok()?.get("uri")?.as_str()?.to_owned()
    };
    is_uri(&uri).then_some(uri)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_secret_holds_a_uri_as_text_or_in_an_object() {
        fn check(secret: &str, expect: Option<&str>) {
            assert_eq!(super::uri_in(secret).as_deref(), expect, "{secret}");
        }
        check("mongodb://u:p@h/", Some("mongodb://u:p@h/"));
        check(" mongodb+srv://u:p@h\n", Some("mongodb+srv://u:p@h"));
        check(r#"{"uri": "mongodb://h", "owner": "x"}"#, Some("mongodb://h"));
        check(r#"{"uri": "http://h"}"#, None);
        check(r#"{"url": "mongodb://h"}"#, None);
        check("postgres://h", None);
        check("", None);
    }
}
