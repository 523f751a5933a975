//! The fields of a record in JSON, written as `record` reads them.

use std::convert::Infallible;

use record::{Container, DocumentWriter, FieldSink};
use serde_json::{Map, Value};

/// What a field takes in a document, about.
pub(crate) const BYTES_PER_FIELD: usize = 48;

/// Writes fields. How deep they can be is bounded where they were read.
pub(crate) fn push_all(sink: &mut impl FieldSink, fields: &Map<String, Value>) {
    fields.iter().for_each(|(name, value)| push(sink, name, value));
}

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
            return push_container(sink, name, Container::Array, |inner| {
                items.iter().enumerate().for_each(|(position, item)| push(inner, &position.to_string(), item));
            });
        }
        Value::Object(fields) => {
            return push_container(sink, name, Container::Document, |inner| push_all(inner, fields));
        }
    };
    sink.push(name, scalar);
}

fn push_container(sink: &mut impl FieldSink, name: &str, container: Container, fill: impl FnOnce(&mut DocumentWriter)) {
    let filled: Result<(), Infallible> = sink.push_container(name, container, |inner| {
        fill(inner);
        Ok(())
    });
    let Ok(()) = filled;
}
