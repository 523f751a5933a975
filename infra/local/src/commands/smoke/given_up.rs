//! A batch in the on-failure bucket, as AWS writes one that it gave up.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::aws::REGION;
use crate::error::Error;
use crate::running::Running;
use crate::state::attempt;

/// The records of the batch.
pub(super) const RECORDS: usize = 3;
/// The event source mapping in the object's key.
const MAPPING: &str = "5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10";
const SHARD: &str = "shardId-000000000000";

/// Puts a batch of a tenant's records with this uid into the bucket.
pub(super) fn put(running: &Running, uid: &str, tenant: &str, arrived: Timestamp) -> Result<(), Error> {
    let path = running.stack.folder.tmp().join("given-up.json");
    let arn = format!("arn:aws:kinesis:{REGION}:000000000000:stream/{}", running.stream());
    let payload = format!(
        r#"{{"log_uid": "{uid}", "tenant": "{tenant}", "service": "till", "levelname": "INFO", "message": "sold one"}}"#
    );
    attempt("write", &path, |path| fs::write(path, object(&arn, &payload, arrived).to_string()))?;
    let key = arrived.strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%S");
    let key = format!("aws/lambda/{MAPPING}/{SHARD}/{key}-{MAPPING}");
    let body = path.display().to_string();
    let put = ["s3api", "put-object", "--bucket", &running.deployed.failed_bucket, "--key", &key, "--body", &body];
    running.deployer().aws(&put).map(drop)
}

/// Returns the object: <https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html>.
fn object(arn: &str, payload: &str, arrived: Timestamp) -> Value {
    let number = |record: usize| format!("49546986683135544286507457936321620000000000000000{record:06}");
    let record = |record: usize| {
        json!({
            "kinesis": {
                "kinesisSchemaVersion": "1.0", "partitionKey": "till", "sequenceNumber": number(record),
                "data": STANDARD.encode(payload), "approximateArrivalTimestamp": arrived.as_second(),
            },
            "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": format!("{SHARD}:{}", number(record)),
            "eventName": "aws:kinesis:record", "eventSourceARN": arn, "awsRegion": REGION,
            "invokeIdentityArn": "arn:aws:iam::000000000000:role/ingest",
        })
    };
    let event = json!({ "Records": (0..RECORDS).map(record).collect::<Vec<_>>() });
    json!({
        "version": "1.0", "timestamp": arrived.to_string(),
        "requestContext": {
            "requestId": MAPPING, "functionArn": format!("arn:aws:lambda:{REGION}:000000000000:function:logbraid-ingest"),
            "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 1,
        },
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
        "KinesisBatchInfo": {
            "shardId": SHARD, "startSequenceNumber": number(0), "endSequenceNumber": number(RECORDS - 1),
            "approximateArrivalOfFirstRecord": arrived.to_string(), "approximateArrivalOfLastRecord": arrived.to_string(),
            "batchSize": RECORDS, "streamArn": arn,
        },
        "payload": event.to_string(),
    })
}
