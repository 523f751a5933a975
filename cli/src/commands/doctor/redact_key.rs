//! Checks the key of redaction, without which ingest does not start: its secret, and that there is one key.

use std::collections::HashMap;

use runtime::{
    ConfigError, Environment, IngestConfig, ProcessEnvironment, REDACT_KEY_SECRET_ARN, RedactKeyError, WithRedactKey,
    telemetry::chain,
};

use super::database::is_fault;
use super::finding::Report;
use super::settings::{FunctionEnvironment, unusable};
use crate::aws::SignedInEnvironment;
use crate::error::Error;

const CHECK: &str = "ingest";
/// What to do where the secret is gone or has no text.
const SECRET: &str = "if the secret is to be deleted, bring it back (aws secretsmanager restore-secret); put the key into it (aws \
                      secretsmanager put-secret-value); if it is gone, create one and deploy with its ARN as RedactKeySecretArn";
/// The beginning of the names of variables that say how AWS is asked.
const OF_AWS: &str = "AWS_";

/// The environment of a function, from which AWS is asked as this machine asks it.
struct AskedFromHere<'a, E: ?Sized> {
    function: &'a FunctionEnvironment,
    own: &'a E,
}

impl<E: Environment + ?Sized> Environment for AskedFromHere<'_, E> {
    fn get(&self, name: &str) -> Option<String> {
        self.function.get(name).or_else(|| name.starts_with(OF_AWS).then(|| self.own.get(name))?)
    }
}

/// Reads the key as the ingest function does when it starts. Without a secret, its settings are checked already.
pub(super) async fn check(
    function: &FunctionEnvironment,
    parameters: &HashMap<String, String>,
    report: &mut Report,
) -> Result<(), Error> {
    if function.get(REDACT_KEY_SECRET_ARN).is_none_or(|arn| arn.is_empty()) {
        return Ok(());
    }
    let signed_in = SignedInEnvironment::new().await;
    // Without credentials it fails, and says so.
    let own: &dyn Environment = signed_in.as_ref().map_or(&ProcessEnvironment, |own| own);
    let environment = AskedFromHere { function, own };
    match WithRedactKey::read(&environment) {
        Ok(with_key) => match IngestConfig::from_environment(&with_key) {
            // What is wrong without the key is reported already.
            Err(error) if function.check_ingest().is_ok() => report.problem(CHECK, no_key(&error), SECRET),
            _ => Ok(()),
        },
        Err(RedactKeyError::Config(error)) => unusable(CHECK, &error, function, parameters, report),
        Err(RedactKeyError::Secret(error)) => {
            let why = chain(&error);
            let why = why.trim_end_matches('.');
            if is_fault(&error) {
                let what = format!("the key of redaction cannot be read: {why}: the function does not start anew");
                return report.problem(CHECK, what, SECRET);
            }
            report.skipped(
                CHECK,
                format!("the key of redaction is not checked: {why}; it needs secretsmanager:GetSecretValue"),
            )
        }
    }
}

/// Says why the text of the secret is no key. The variable that the error names has no value of its own.
fn no_key(error: &ConfigError) -> String {
    let why = match error {
        ConfigError::Invalid { value, expected, .. } => format!("is `{value}`: expected {expected}"),
        error => format!("cannot be used: {error}"),
    };
    format!("the key in the secret of RedactKeySecretArn {why}: the function does not start anew")
}

#[cfg(test)]
mod tests {
    use runtime::{Environment as _, IngestConfig};

    use super::{AskedFromHere, no_key};
    use crate::commands::doctor::settings::FunctionEnvironment;
    use crate::services::FunctionSettings;

    #[test]
    fn a_short_key_is_of_the_secret() {
        let error = IngestConfig::from_environment([("LOGBRAID_REDACT_KEY", "hunter2")].as_slice()).unwrap_err();
        let expect = "the key in the secret of RedactKeySecretArn is `(7 bytes)`: expected at least 16 bytes: the function does not start anew";
        assert_eq!(no_key(&error), expect);
    }

    #[test]
    fn only_aws_is_asked_as_this_machine_does() {
        let settings =
            serde_json::json!({ "Environment": { "Variables": { "AWS_REGION": "of the function", "X": "x" } } });
        let settings: FunctionSettings = serde_json::from_value(settings).unwrap();
        let function = FunctionEnvironment::of(&settings);
        let own = [("AWS_REGION", "own"), ("AWS_ACCESS_KEY_ID", "id"), ("LOGBRAID_REDACT_KEY", "key")];
        let environment = AskedFromHere { function: &function, own: own.as_slice() };
        let check = |name: &str, expect: Option<&str>| assert_eq!(environment.get(name).as_deref(), expect, "{name}");
        check("AWS_REGION", Some("of the function"));
        check("AWS_ACCESS_KEY_ID", Some("id"));
        check("LOGBRAID_REDACT_KEY", None);
        check("X", Some("x"));
    }
}
