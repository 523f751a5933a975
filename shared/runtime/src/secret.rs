//! MongoDB's address in a secret of AWS Secrets Manager.

use record::Secret;

use crate::aws::AskError;
use crate::environment::{ConfigError, Environment};
use crate::secrets_manager::SecretsManager;

/// Why a secret has no address.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// A variable is missing that Lambda always sets.
    #[error("the environment is not that of a Lambda function")]
    Environment(#[source] ConfigError),
    /// Secrets Manager did not return the secret.
    #[error("cannot read the secret {arn}")]
    Read {
        /// The secret.
        arn: String,
        /// Why.
        #[source]
        source: AskError,
    },
    /// The secret holds bytes.
    #[error("the secret {arn} holds no text")]
    NoText {
        /// The secret.
        arn: String,
    },
    /// The secret holds no connection string.
    #[error("the secret {arn} holds neither a MongoDB connection string nor a JSON object with one as its `uri`")]
    Content {
        /// The secret.
        arn: String,
    },
}

/// Reads the connection string in a secret: its text, or the `uri` of a JSON object.
pub(crate) fn mongodb_uri(arn: &str, env: &(impl Environment + ?Sized)) -> Result<Secret, SecretError> {
    uri_of(&SecretsManager::from_environment(env).map_err(SecretError::Environment)?, arn)
}

/// Reads the connection string in a secret.
pub(crate) fn uri_of(manager: &SecretsManager, arn: &str) -> Result<Secret, SecretError> {
    let text = text_of(manager, arn)?;
    uri_in(text.reveal()).map(Secret::new).ok_or_else(|| SecretError::Content { arn: arn.to_owned() })
}

/// Reads the text of a secret.
pub(crate) fn text_of(manager: &SecretsManager, arn: &str) -> Result<Secret, SecretError> {
    let text = manager.secret_string(arn).map_err(|source| SecretError::Read { arn: arn.to_owned(), source })?;
    text.map(Secret::new).ok_or_else(|| SecretError::NoText { arn: arn.to_owned() })
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
