//! The faults of policies of resources, of a key and of a role that lacks one permission of several.

use serde_json::json;

use super::faults::{Expected, Fault, Made, QUIET, aws, failures, role};
use crate::error::Error;
use crate::running::Running;

/// The faults of what every stack has. They can be repaired.
pub(super) const REFUSALS: &[Fault] = &[
    Fault::new(
        "the on-failure bucket refuses ingest",
        QUIET,
        |running| {
            let bucket = running.deployed.failed_bucket.clone();
            let read = running.deployer().ask(&["s3api", "get-bucket-policy", "--bucket", &bucket])?;
            let own = read["Policy"].as_str().unwrap_or_default().to_owned();
            refuse_in_bucket(running, &bucket)?;
            Ok(Made::repaired_by(move |running| {
                let put = ["s3api", "put-bucket-policy", "--bucket", &bucket, "--policy", &own];
                running.deployer().aws(&put).map(drop)
            }))
        },
        &[Expected("bucket", "problem", "refuses s3:PutObject to the role of ingest (statement Closed)")],
    ),
    Fault::new(
        "a stream with another key",
        QUIET,
        |running| {
            let encrypt = |running: &Running, call| {
                let key = ["--encryption-type", "KMS", "--key-id", "alias/other"];
                let stream = ["kinesis", call, "--stream-name", running.stream()];
                running.deployer().aws(&[&stream[..], &key].concat()).map(drop)
            };
            encrypt(running, "start-stream-encryption")?;
            Ok(Made::repaired_by(move |running| encrypt(running, "stop-stream-encryption")))
        },
        &[Expected("encryption", "warning", "is encrypted with the key alias/other, and the stack's with")],
    ),
];

/// One of retention. It can be repaired.
pub(super) const QUEUE_REFUSES: Fault = Fault::new(
    "the queue refuses retention's failures",
    QUIET,
    |running| {
        let refuse = json!({ "Policy": policy("sqs:SendMessage", "*").to_string() }).to_string();
        failures(running, &["set-queue-attributes", "--attributes", &refuse])?;
        let own = r#"{"Policy":""}"#;
        Ok(Made::repaired_by(move |running| failures(running, &["set-queue-attributes", "--attributes", own])))
    },
    &[Expected("retention", "warning", "refuses sqs:SendMessage to the role of retention and that of its schedule")],
);

/// Of a stack with everything. It stays.
pub(super) const TOPIC_REFUSES: Fault = Fault::new(
    "a topic that takes nothing from alarms",
    QUIET,
    |running| {
        let listed = running.deployer().ask(&["sns", "list-topics"])?;
        let topics = listed["Topics"].as_array().into_iter().flatten();
        let arn =
            topics.filter_map(|own| own["TopicArn"].as_str()).find(|arn| arn.contains("Alarm")).unwrap_or_default();
        let refuse = policy("sns:Publish", arn).to_string();
        let set = ["sns", "set-topic-attributes", "--topic-arn", arn, "--attribute-name=Policy", "--attribute-value"];
        aws(running, &[&set[..], &[&refuse]].concat())
    },
    &[Expected("alarms", "problem", "the policy of their topic does not let CloudWatch do sns:Publish")],
);
/// The same.
pub(super) const KEY_ONLY_DECRYPTS: Fault = Fault::new(
    "ingest may not encrypt batches",
    QUIET,
    |running| {
        let role = role(running, "ingest")?;
        let own = |call| ["iam", call, "--role-name", &role, "--policy-name", "use-the-key"];
        let document = running.deployer().ask(&own("get-role-policy"))?["PolicyDocument"].to_string();
        let less = document.replace("kms:GenerateDataKey", "kms:DescribeKey");
        aws(running, &[&own("put-role-policy")[..], &["--policy-document", &less]].concat())
    },
    &[Expected("roles", "problem", "the role of ingest may not do kms:GenerateDataKey")],
);

/// Lets nobody write to a bucket.
pub(super) fn refuse_in_bucket(running: &Running, bucket: &str) -> Result<(), Error> {
    let refuse = policy("s3:PutObject", &format!("arn:aws:s3:::{bucket}/*")).to_string();
    running.deployer().aws(&["s3api", "put-bucket-policy", "--bucket", bucket, "--policy", &refuse]).map(drop)
}

fn policy(action: &str, resource: &str) -> serde_json::Value {
    let statement =
        json!({ "Sid": "Closed", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource });
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}
