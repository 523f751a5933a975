//! Checks the keys of one's own: whether what is encrypted with them can still be read. Says nothing if all can be used.

use super::Deployment;
use super::finding::Report;
use crate::error::Error;
use crate::services::{KmsKey, Services};

const CHECK: &str = "keys";
const ENABLED: &str = "Enabled";
/// The state of a key that is deleted in some days.
const TO_BE_DELETED: &str = "PendingDeletion";
/// The parameters of the stack that name keys, with what is encrypted with them.
const KEYS: [(&str, &str); 3] = [
    ("KmsKeyArn", "nothing can be put on the stream or read from it, and no function starts anew"),
    ("SecretKmsKeyArn", "no function that starts anew can read its secret"),
    ("ArchiveKmsKeyArn", "no day can be exported or brought back"),
];

/// Checks the keys that the stack was deployed with.
pub(super) async fn check(services: &Services, deployment: &Deployment, report: &mut Report) -> Result<(), Error> {
    for (parameter, then) in KEYS {
        let Some(arn) = deployment.parameter(parameter).filter(|arn| !arn.is_empty()) else { continue };
        let key = match services.key(arn).await {
            Ok(key) => Some(key),
            Err(failure) if failure.is_missing() => None,
            Err(failure) => {
                report.failed(CHECK, &failure, "kms:DescribeKey")?;
                continue;
            }
        };
        if let Some((so, todo)) = fault(arn, key.as_ref()) {
            report.problem(CHECK, format!("the key of {parameter} {so}: {then}"), todo)?;
        }
    }
    Ok(())
}

/// Returns why a key cannot be used, and what to do; `None` if it can.
fn fault(arn: &str, key: Option<&KmsKey>) -> Option<(String, String)> {
    let Some(key) = key else {
        return Some((
            format!("is gone ({arn})"),
            "what was encrypted with it is lost: deploy with another".to_owned(),
        ));
    };
    let enable = format!("aws kms enable-key --key-id {arn}");
    match key.state.as_str() {
        ENABLED => None,
        TO_BE_DELETED => {
            let at = key.deleted_at().map(|at| format!(" at {at}")).unwrap_or_default();
            let so = format!("is to be deleted{at}, and cannot be used");
            Some((so, format!("aws kms cancel-key-deletion --key-id {arn}; then {enable}")))
        }
        state => Some((format!("is {state}"), enable)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::fault;

    #[test]
    fn a_key_that_cannot_be_used_is_named() {
        fn check(key: Option<Value>, expect: Option<(&str, &str)>) {
            let key = key.map(|key| serde_json::from_value(key).unwrap());
            let found = fault("arn:k", key.as_ref());
            assert_eq!(found.as_ref().map(|(so, todo)| (so.as_str(), todo.as_str())), expect, "{key:?}");
        }
        check(Some(json!({ "KeyState": "Enabled" })), None);
        check(Some(json!({ "KeyState": "Disabled" })), Some(("is Disabled", "aws kms enable-key --key-id arn:k")));
        check(
            Some(json!({ "KeyState": "PendingDeletion", "DeletionDate": 1_795_820_000.5 })),
            Some((
                "is to be deleted at 2026-11-27T22:53:20Z, and cannot be used",
                "aws kms cancel-key-deletion --key-id arn:k; then aws kms enable-key --key-id arn:k",
            )),
        );
        check(None, Some(("is gone (arn:k)", "what was encrypted with it is lost: deploy with another")));
    }
}
