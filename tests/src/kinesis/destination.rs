//! The on-failure destination: an S3 bucket.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::batch::Batch;
use super::event::event;
use super::journal::Invocation;
use super::stream::{Stream, shard_id};

/// The mapping's id, a part of every key.
const MAPPING_ID: &str = "5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10";
/// The ARN of the function.
const FUNCTION_ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:ingest";

/// An object with discarded records, as AWS writes it to S3:
/// <https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html>.
#[derive(Debug, Clone, PartialEq)]
pub struct Discarded {
    /// `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>`.
    pub key: String,
    /// The invocation record. Only S3 gets its `payload`, the whole event as text.
    pub body: Value,
}

/// Why records were discarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    RetryAttemptsExhausted,
    RecordAgeExceeded,
    /// A record that is too large for an event. AWS does not document the name.
    PayloadTooLarge,
}

impl Discarded {
    /// Builds an object. `number` distinguishes objects of the same time.
    pub(super) fn new(
        stream: &Stream,
        shard: usize,
        batch: &Batch,
        (condition, last): (Condition, Option<&Invocation>),
        number: usize,
    ) -> Self {
        let (Some(first), Some(end)) = (batch.records.first(), batch.records.last()) else {
            unreachable!("nothing is discarded without records");
        };
        let now = timestamp(stream.clock().now_ms());
        let shard_id = shard_id(shard);
        let object_id = format!("00000000-0000-4000-8000-{number:012}");
        let mut response = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
        if last.is_some_and(|invocation| invocation.reply.is_err()) {
            response["functionError"] = json!("Unhandled");
        }
        Self {
            key: format!(
                "aws/lambda/{MAPPING_ID}/{shard_id}/{}-{object_id}",
                now.strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%S")
            ),
            body: json!({
                "requestContext": {
                    "requestId": object_id,
                    "functionArn": FUNCTION_ARN,
                    "condition": format!("{condition:?}"),
                    "approximateInvokeCount": batch.invocations,
                },
                "responseContext": response,
                "version": "1.0",
                "timestamp": rfc3339(now),
                "KinesisBatchInfo": {
                    "shardId": shard_id,
                    "startSequenceNumber": first.sequence_number.as_str(),
                    "endSequenceNumber": end.sequence_number.as_str(),
                    "approximateArrivalOfFirstRecord": rfc3339(timestamp(first.arrived_ms)),
                    "approximateArrivalOfLastRecord": rfc3339(timestamp(end.arrived_ms)),
                    "batchSize": batch.records.len(),
                    "streamArn": stream.arn(),
                },
                "payload": event(stream, shard, &batch.records).to_string(),
            }),
        }
    }

    /// Returns the discarded event, as the function would have received it.
    #[must_use]
    pub fn event(&self) -> Value {
        let payload = self.body["payload"].as_str().expect("written as text");
        serde_json::from_str(payload).expect("written as JSON")
    }
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("a time within the calendar")
}

fn rfc3339(timestamp: Timestamp) -> String {
    timestamp.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
