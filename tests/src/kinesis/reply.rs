//! The meaning of a function's reply for its batch.

use serde_json::Value;

use super::batch::Batch;
use super::source::{FunctionResponseTypes, Reply};

/// The outcome of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All records are done.
    Complete,
    /// All records from this one on are sent again.
    From(usize),
    /// The whole batch failed.
    Failed,
}

/// Parses a reply as AWS documents it:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html>.
pub(super) fn verdict(reply: &Reply, types: FunctionResponseTypes, batch: &Batch) -> Verdict {
    match (reply, types) {
        (Err(_), _) => Verdict::Failed,
        (Ok(_), FunctionResponseTypes::None) => Verdict::Complete,
        (Ok(reply), FunctionResponseTypes::ReportBatchItemFailures) => partial(reply, batch),
    }
}

/// An empty or null response and an empty or null list mean success. A reply that cannot be parsed means failure.
fn partial(reply: &Value, batch: &Batch) -> Verdict {
    let failures = match reply {
        Value::Null => return Verdict::Complete,
        Value::String(text) if text.is_empty() => return Verdict::Complete,
        Value::Object(members) => members.get("batchItemFailures").unwrap_or(&Value::Null),
        _ => return Verdict::Failed,
    };
    match failures {
        Value::Null => Verdict::Complete,
        Value::Array(items) if items.is_empty() => Verdict::Complete,
        Value::Array(items) => lowest(items, batch).map_or(Verdict::Failed, Verdict::From),
        _ => Verdict::Failed,
    }
}

/// Returns the lowest reported record; none if an item is not of this batch.
fn lowest(items: &[Value], batch: &Batch) -> Option<usize> {
    let positions: Option<Vec<usize>> =
        items.iter().map(|item| batch.position(item.get("itemIdentifier")?.as_str()?)).collect();
    positions?.into_iter().min()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::stream::Stream;
    use super::*;
    use crate::runtime_api::FunctionError;

    #[track_caller]
    fn check(reply: &Reply, types: FunctionResponseTypes, expect: Verdict) {
        let stream = Stream::new("s", 1);
        for _ in 0..4 {
            stream.put("k", "x");
        }
        assert_eq!(verdict(reply, types, &Batch::new(stream.records(0))), expect, "{reply:?}");
    }

    /// In the replies, numbers stand for the sequence numbers of the batch's records.
    fn failures(items: &[usize]) -> Value {
        let stream = Stream::new("s", 1);
        let numbers: Vec<_> = (0..10).map(|_| stream.put("k", "x")).collect();
        let items: Vec<_> = items.iter().map(|item| json!({ "itemIdentifier": numbers[*item].as_str() })).collect();
        json!({ "batchItemFailures": items })
    }

    #[test]
    fn replies_with_partial_failures_allowed() {
        for (reply, expect) in [
            (Value::Null, Verdict::Complete),
            (json!(""), Verdict::Complete),
            (json!({}), Verdict::Complete),
            (json!({ "batchItemFailures": null }), Verdict::Complete),
            (json!({ "batchItemFailures": [] }), Verdict::Complete),
            (failures(&[0]), Verdict::From(0)),
            (failures(&[2]), Verdict::From(2)),
            (failures(&[3, 1, 2]), Verdict::From(1)),
            (failures(&[9]), Verdict::Failed),
            (failures(&[2, 9]), Verdict::Failed),
            (json!({ "batchItemFailures": [{ "itemIdentifier": "" }] }), Verdict::Failed),
            (json!({ "batchItemFailures": [{ "itemIdentifier": null }] }), Verdict::Failed),
            (json!({ "batchItemFailures": [{ "itemIdentifier": 7 }] }), Verdict::Failed),
            (json!({ "batchItemFailures": [{ "sequenceNumber": "1" }] }), Verdict::Failed),
            (json!({ "batchItemFailures": ["1"] }), Verdict::Failed),
            (json!({ "batchItemFailures": "1" }), Verdict::Failed),
            (json!("done"), Verdict::Failed),
            (json!(200), Verdict::Failed),
            (json!([]), Verdict::Failed),
        ] {
            check(&Ok(reply), FunctionResponseTypes::ReportBatchItemFailures, expect);
        }
    }

    #[test]
    fn without_partial_failures_only_an_error_counts() {
        for reply in [Value::Null, json!("done"), failures(&[2])] {
            check(&Ok(reply), FunctionResponseTypes::None, Verdict::Complete);
        }
        let error = FunctionError { error_type: "Boom".into(), message: String::new() };
        for types in [FunctionResponseTypes::None, FunctionResponseTypes::ReportBatchItemFailures] {
            check(&Err(error.clone()), types, Verdict::Failed);
        }
    }
}
