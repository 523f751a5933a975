//! Explains what becomes of a payload, without storing anything.

use std::ops::ControlFlow;

use record::{EventTime, Explanation, LogRecord, NotCompleted, Rules, Source, WorkBudget};

use crate::batch::{UNKNOWN_FORMAT, max_work, not_completed};
use crate::decode;
use crate::sink::{DecodedItem, Sink};

/// How many items of a payload are explained.
pub const MAX_EXPLAINED: usize = 100;

/// An item of a payload, explained.
#[derive(Debug)]
pub struct ExplainedItem {
    /// The format it was decoded from.
    pub format: &'static str,
    /// The record with its explanation, or why it is not one.
    pub outcome: Result<(LogRecord, Explanation), ExplainedRejection>,
}

/// Why an item goes to the quarantine.
#[derive(Debug)]
pub struct ExplainedRejection {
    /// The reason's code, as `logbraid quarantine` shows it.
    pub code: &'static str,
    /// What is wrong.
    pub detail: String,
    /// The beginning of its bytes, with known secrets masked.
    pub begins: Vec<u8>,
}

/// How much of a rejected item is shown, in bytes.
const MAX_SHOWN_BYTES: usize = 200;

/// Decodes a payload that arrived at a time, and explains its first [`MAX_EXPLAINED`] items.
#[must_use]
pub fn explain(payload: &[u8], arrived: EventTime, rules: &Rules) -> Vec<ExplainedItem> {
    let work = WorkBudget::new(max_work(rules));
    let mut items = Vec::new();
    let mut on_item = |item: DecodedItem<'_, '_>| {
        let format = item.format.unwrap_or(UNKNOWN_FORMAT);
        let (sub_sequence, index) = (item.sub_sequence, item.index);
        let source = Source { stream: "", shard: "", sequence_number: "", sub_sequence, index, arrived, format };
        let outcome = item.draft.and_then(|draft| {
            let readings = draft.readings();
            let record = draft.complete(&source).map_err(|error: NotCompleted| not_completed(&error))?;
            let explanation = readings.compare(&record);
            Ok((record, explanation))
        });
        let outcome = outcome.map_err(|rejection| ExplainedRejection {
            code: rejection.reason.code(),
            detail: rejection.detail,
            begins: begins(item.raw, rules),
        });
        items.push(ExplainedItem { format, outcome });
        if items.len() == MAX_EXPLAINED { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    decode(payload, &mut Sink::new(rules, &work, &mut on_item));
    items
}

/// Returns the beginning of a rejected item, with its secrets masked.
fn begins(raw: &[u8], rules: &Rules) -> Vec<u8> {
    let raw = &raw[..raw.len().min(MAX_SHOWN_BYTES)];
    let masked = rules.redactor.as_ref().and_then(|redactor| redactor.mask_bytes(raw));
    masked.unwrap_or_else(|| raw.to_vec())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use record::{EventTime, Rules, Vocabulary};

    use super::explain;

    fn explained(payload: &str, rules: &Rules) -> String {
        let arrived = EventTime::from_rfc3339("2026-11-24T10:00:00Z").unwrap();
        let mut text = String::new();
        for item in explain(payload.as_bytes(), arrived, rules) {
            match item.outcome {
                Ok((_, explanation)) => {
                    for fact in explanation.facts {
                        let _ = writeln!(text, "{} = {} <- {}", fact.name, fact.value, fact.origin);
                    }
                    for field in explanation.fields {
                        let uses: Vec<String> = field.uses.iter().map(ToString::to_string).collect();
                        let _ = writeln!(text, "  {}: {} -> {}", field.path, field.value, uses.join(", "));
                    }
                }
                Err(rejection) => {
                    let _ = writeln!(text, "{}: {}", rejection.code, rejection.detail);
                }
            }
        }
        text
    }

    #[test]
    fn each_fact_has_an_origin_and_each_field_its_uses() {
        let rules = Rules {
            vocabulary: Vocabulary::new(vec!["correlation_id".to_owned()], vec!["order_id".to_owned()]),
            ..Rules::default()
        };
        let payloads = [
            r#"{"name": "orders.api", "msg": "sold %d", "args": "(2,)", "levelno": "20", "created": "1795515302.5", "log_uid": "u"}"#,
            r#"{"@timestamp": "2026-11-24T10:15:02Z", "level": "error", "mdc": {"correlationId": "u", "requestId": "r"}, "order_id": 17, "service": {"name": "orders"}, "message": "failed", "password": "hunter22"}"#,
            r#"{"timestamp": "n/a", "ts": "2021-01-01T00:00:00Z", "level": 99, "action": "login"}"#,
            "2026-11-24 10:15:02,123 ERROR payment failed",
            "listening",
            r#"{"message": "login with password=hunter22", "user": {"name": "bob", "mail": {"home": "x"}}, "date": "2026-11-26T00:00:00Z"}"#,
            r#"{"message": {"text": "failed"}, "timestamp": "11/12/2026 10:00:00", "exc_info": ["Traceback", "KeyError: 1"]}"#,
            r#"{"a": "#,
        ];
        insta::assert_snapshot!(payloads.map(|payload| explained(payload, &rules)).join("\n"));
    }
}
