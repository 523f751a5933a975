//! Checks whether the stream, the on-failure bucket and the functions' settings are encrypted with the key that they were deployed with. Says
//! nothing if they are.

use super::archive::{Encryption, encryption, is_same_key};
use super::finding::Report;
use super::function::DeployedFunction;
use super::{Deployment, Functions};
use crate::aws;
use crate::error::Error;
use crate::services::{Services, StreamFacts};

const CHECK: &str = "encryption";
/// The parameter of the stack.
const PARAMETER: &str = "KmsKeyArn";
/// The key of a stream without one of one's own.
const OF_KINESIS: &str = "alias/aws/kinesis";
const NOT_ENCRYPTED: &str = "NONE";

/// What differs from the stack, and what to do.
type Fault = (String, String);

/// Checks what is known. A local AWS leaves the encryption of a template out.
pub(super) async fn check(
    services: &Services,
    deployment: &Deployment,
    stream: Option<&StreamFacts>,
    functions: Functions<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    let Some(own) = deployment.parameter(PARAMETER) else { return Ok(()) };
    let mut faults = Vec::new();
    if let (Some(name), Some(stream)) = (&deployment.stream, stream) {
        faults.extend(of_stream(name, stream, own, services.is_local("kinesis")));
    }
    if let (Some(name), Ok(client)) = (&deployment.bucket, aws::s3().await) {
        match encryption(&client, name).await {
            Ok(Some(found)) => faults.extend(of_bucket(name, &found, own, services.is_local("s3"))),
            Ok(None) => {
                let what = "that of the on-failure bucket is not checked: it needs s3:GetEncryptionConfiguration";
                report.skipped(CHECK, what)?;
            }
            // The check of the bucket says it.
            Err(_) => {}
        }
    }
    let is_gradual = deployment.alias().is_some();
    for (name, found) in functions {
        let Some(DeployedFunction { key, .. }) = found else { continue };
        let name = format!("{}-{name}", deployment.name);
        faults.extend(of_function(&name, key, own, (is_gradual, services.is_local("lambda"))));
    }
    faults.into_iter().try_for_each(|(what, todo)| report.warning(CHECK, what, todo))
}

fn of_stream(name: &str, stream: &StreamFacts, own: &str, is_local: bool) -> Option<Fault> {
    let own = if own.is_empty() { OF_KINESIS } else { own };
    let todo = format!("aws kinesis start-stream-encryption --stream-name {name} --encryption-type KMS --key-id {own}");
    if stream.encryption_type.as_deref()? == NOT_ENCRYPTED {
        let what = format!("the stream {name} is not encrypted, and the stack's is with the key {own}");
        return (!is_local).then_some((what, todo));
    }
    let found = stream.key_id.as_deref()?;
    // Any alias may be that of the stack's key, but for AWS's own.
    let is_same = if own == OF_KINESIS || found.ends_with(OF_KINESIS) {
        own == OF_KINESIS && found.ends_with(own)
    } else {
        is_same_key(found, own)
    };
    let what = format!(
        "the stream {name} is encrypted with the key {found}, and the stack's with {own}: who may not use that key puts and reads nothing"
    );
    (!is_same).then_some((what, todo))
}

fn of_bucket(name: &str, found: &Encryption, own: &str, is_local: bool) -> Option<Fault> {
    let (found, so) = match found {
        Encryption::OfAws if own.is_empty() || is_local => return None,
        Encryption::Key(key) if is_same_key(key, own) => return None,
        Encryption::OfAws => ("a key of AWS".to_owned(), String::new()),
        Encryption::Key(key) => {
            let so = ": batches that are given up are lost, unless ingest's role may use that key";
            (format!("the key {key}"), so.to_owned())
        }
    };
    let rule = if own.is_empty() {
        r#"{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}"#.to_owned()
    } else {
        format!(
            r#"{{"ApplyServerSideEncryptionByDefault":{{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"{own}"}},"BucketKeyEnabled":true}}"#
        )
    };
    let todo = format!(
        "aws s3api put-bucket-encryption --bucket {name} --server-side-encryption-configuration '{{\"Rules\":[{rule}]}}'"
    );
    Some((format!("{name} is encrypted with {found}, and the stack's with {}{so}", in_words(own)), todo))
}

fn of_function(name: &str, found: &str, own: &str, (is_gradual, is_local): (bool, bool)) -> Option<Fault> {
    if found == own || found.is_empty() && is_local {
        return None;
    }
    let what = format!(
        "the settings of {name} are encrypted with {}, and the stack's with {}",
        in_words(found),
        in_words(own)
    );
    // Calls go to a version, which keeps its key.
    let more = if is_gradual { "; then deploy with a new Release" } else { "" };
    Some((what, format!("aws lambda update-function-configuration --function-name {name} --kms-key-arn '{own}'{more}")))
}

fn in_words(key: &str) -> String {
    if key.is_empty() { "a key of AWS".to_owned() } else { format!("the key {key}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::finding::says;
    use super::{Encryption, Fault, of_bucket, of_function, of_stream};

    const KEY: &str = "arn:aws:kms:eu-west-1:000000000000:key/0f1e";
    const OTHER: &str = "arn:aws:kms:eu-west-1:000000000000:key/0f1f";

    fn is_so(found: Option<Fault>, said: Option<&str>, advised: &str) {
        let (what, todo) = found.unzip();
        assert!(
            says(what.as_deref(), said) && todo.as_ref().is_none_or(|own| own.ends_with(advised)),
            "{what:?} {todo:?}"
        );
    }

    #[test]
    fn a_stream_with_another_key_is_named() {
        fn check(kind: Option<&str>, key: Option<&str>, own: &str, expect: Option<&str>) {
            let stream =
                json!({ "StreamStatus": "ACTIVE", "RetentionPeriodHours": 24, "EncryptionType": kind, "KeyId": key });
            let stream = serde_json::from_value(stream).unwrap();
            let advised = if own.is_empty() { "--key-id alias/aws/kinesis" } else { own };
            is_so(of_stream("s", &stream, own, false), expect, advised);
            if kind == Some("NONE") {
                is_so(of_stream("s", &stream, own, true), None, "");
            }
        }
        let of_aws = "alias/aws/kinesis";
        check(None, None, KEY, None);
        check(Some("KMS"), Some(of_aws), "", None);
        check(Some("KMS"), Some("arn:aws:kms:eu-west-1:000000000000:alias/aws/kinesis"), "", None);
        for key in [KEY, "0f1e", "alias/logs"] {
            check(Some("KMS"), Some(key), KEY, None);
        }
        check(Some("NONE"), None, "", Some("s is not encrypted, and the stack's is with the key alias/aws/kinesis"));
        check(Some("NONE"), None, KEY, Some("s is not encrypted"));
        check(
            Some("KMS"),
            Some(KEY),
            "",
            Some("with the key arn:aws:kms:eu-west-1:000000000000:key/0f1e, and the stack's"),
        );
        check(Some("KMS"), Some(OTHER), KEY, Some("is encrypted with the key"));
        check(Some("KMS"), Some(of_aws), KEY, Some("is encrypted with the key alias/aws/kinesis"));
    }

    #[test]
    fn a_bucket_with_another_key_is_named() {
        let check =
            |found: &Encryption, own, expect, advised| is_so(of_bucket("b", found, own, false), expect, advised);
        let key = |key: &str| Encryption::Key(key.to_owned());
        check(&Encryption::OfAws, "", None, "");
        check(&key("0f1e"), KEY, None, "");
        let own = r#"{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"arn:aws:kms:eu-west-1:000000000000:key/0f1e"},"BucketKeyEnabled":true}]}'"#;
        check(&Encryption::OfAws, KEY, Some("b is encrypted with a key of AWS, and the stack's with the key arn"), own);
        check(&key(OTHER), KEY, Some("are lost, unless ingest's role may use that key"), own);
        let of_aws = r#"'{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}'"#;
        check(&key(OTHER), "", Some("and the stack's with a key of AWS: batches"), of_aws);
        is_so(of_bucket("b", &Encryption::OfAws, KEY, true), None, "");
    }

    #[test]
    fn a_function_with_another_key_is_named() {
        let check = |found, own, is_gradual, expect, advised| {
            is_so(of_function("f", found, own, (is_gradual, false)), expect, advised);
        };
        check("", "", false, None, "");
        check(KEY, KEY, true, None, "");
        check(
            "",
            KEY,
            false,
            Some("of f are encrypted with a key of AWS, and the stack's with the key arn"),
            "key/0f1e'",
        );
        check(OTHER, KEY, true, Some("key/0f1f, and the stack's"), "key/0f1e'; then deploy with a new Release");
        check(KEY, "", false, Some("and the stack's with a key of AWS"), "--kms-key-arn ''");
        is_so(of_function("f", "", KEY, (false, true)), None, "");
    }
}
