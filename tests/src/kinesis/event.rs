//! The event that a function receives.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::stream::{Record, Stream, shard_id};

/// Builds the event of a batch as AWS sends it to a function.
#[must_use]
pub fn event(stream: &Stream, shard: usize, records: &[impl AsRef<Record>]) -> Value {
    let records: Vec<Value> = records.iter().map(|record| entry(stream, shard, record.as_ref())).collect();
    json!({ "Records": records })
}

/// Returns how many bytes of the payload limit a record uses.
#[must_use]
pub fn payload_bytes(stream: &Stream, shard: usize, record: &Record) -> usize {
    // Plus one for the comma.
    entry(stream, shard, record).to_string().len() + 1
}

fn entry(stream: &Stream, shard: usize, record: &Record) -> Value {
    let sequence_number = record.sequence_number.as_str();
    json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.partition_key,
            "sequenceNumber": sequence_number,
            "data": BASE64_STANDARD.encode(&record.data),
            "approximateArrivalTimestamp": seconds(record.arrived_ms),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("{}:{sequence_number}", shard_id(shard)),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/log-lambda",
        "awsRegion": "eu-west-1",
        "eventSourceARN": stream.arn(),
    })
}

/// Formats seconds with three decimals, as AWS does.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of this century are exact in an f64")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, Python};

    /// Compares everything but the sequence numbers, which the simulator chooses, and the arrival, which was not
    /// captured.
    fn comparable(mut event: Value) -> Value {
        for record in event["Records"].as_array_mut().expect("a list") {
            for pointer in ["/kinesis/sequenceNumber", "/kinesis/approximateArrivalTimestamp", "/eventID"] {
                *record.pointer_mut(pointer).expect("in every record") = Value::Null;
            }
        }
        event
    }

    #[test]
    fn the_event_is_the_captured_one() {
        let stream = Stream::new("app_logging", 1);
        fixtures::put(&stream, &fixtures::order(Python::V311));
        let event = event(&stream, 0, &stream.records(0));
        assert_eq!(comparable(event), comparable(fixtures::order_event()));
    }

    #[test]
    fn arrival_is_in_seconds() {
        let stream = Stream::new("s", 1);
        stream.clock().set(1_795_163_738_720);
        stream.put("k", "x");
        let event = event(&stream, 0, &stream.records(0));
        assert_eq!(event["Records"][0]["kinesis"]["approximateArrivalTimestamp"].to_string(), "1795163738.72");
    }
}
