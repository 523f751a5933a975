//! What logbraid makes of a record: its level, its logger and its service, in whatever dialect the sender wrote them.

use record::{Container, DocumentWriter, Draft, EventTime, FieldSink, LogRecord, Rules, Source, WorkBudget};
use serde_json::Value;

use crate::event::Event;

/// The work that one record may take: more than any record takes that logbraid files.
const MAX_WORK: u64 = 1 << 30;
/// What a field takes in a document, about.
const BYTES_PER_FIELD: usize = 48;

/// A record as logbraid would file it; none if it could not.
pub(super) struct Filed(Option<LogRecord>);

impl Filed {
    pub(super) fn of(event: &Event, rules: &Rules) -> Self {
        let work = WorkBudget::new(MAX_WORK);
        let mut draft = Draft::new(rules, &work, event.fields.len() * BYTES_PER_FIELD);
        for (name, value) in &event.fields {
            push(&mut draft, name, value);
        }
        let Some(arrived) = EventTime::from_micros(event.arrived.as_microsecond()) else { return Self(None) };
        let source =
            Source { stream: "", shard: "", sequence_number: "", sub_sequence: 0, index: 0, arrived, format: "" };
        Self(draft.complete(&source).ok())
    }

    /// Returns an attribute that is a text.
    pub(super) fn text(&self, attribute: &str) -> Option<&str> {
        self.0.as_ref()?.document().get_str(attribute).ok()
    }

    /// Returns the number of the level.
    pub(super) fn level(&self) -> Option<i64> {
        self.0.as_ref()?.level_number()
    }
}

/// Writes a value of JSON. How deep it can be is bounded where it was read.
fn push(sink: &mut impl FieldSink, name: &str, value: &Value) {
    let scalar = match value {
        Value::Null => record::Value::Null,
        Value::Bool(value) => record::Value::Boolean(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => record::Value::Integer(number),
            (None, Some(number)) => record::Value::Unsigned(number),
            (None, None) => record::Value::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => record::Value::Text(text),
        Value::Array(items) => {
            return push_all(sink, name, Container::Array, |inner| {
                items.iter().enumerate().for_each(|(position, item)| push(inner, &position.to_string(), item));
            });
        }
        Value::Object(fields) => {
            return push_all(sink, name, Container::Document, |inner| {
                fields.iter().for_each(|(name, value)| push(inner, name, value));
            });
        }
    };
    sink.push(name, scalar);
}

fn push_all(sink: &mut impl FieldSink, name: &str, container: Container, fill: impl FnOnce(&mut DocumentWriter)) {
    let filled: Result<(), std::convert::Infallible> = sink.push_container(name, container, |inner| {
        fill(inner);
        Ok(())
    });
    let Ok(()) = filled;
}
