//! Renders a value as compact JSON, for a body that is not text.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::view::{AnyValue, MAX_DEPTH, Malformed, Repeated};

/// Renders a value. Bytes, and numbers that JSON does not have, are written as in the JSON encoding of OTLP.
pub(super) fn json<'a, R: Repeated<'a>>(value: &AnyValue<'a, R>) -> Result<String, Malformed> {
    let mut text = String::new();
    write(&mut text, value, 1)?;
    Ok(text)
}

fn write<'a, R: Repeated<'a>>(text: &mut String, value: &AnyValue<'a, R>, depth: usize) -> Result<(), Malformed> {
    match value {
        AnyValue::Empty => text.push_str("null"),
        AnyValue::Text(value) => text.push_str(&serde_json::to_string(value)?),
        AnyValue::Boolean(boolean) => text.push_str(if *boolean { "true" } else { "false" }),
        AnyValue::Integer(integer) => text.push_str(itoa::Buffer::new().format(*integer)),
        AnyValue::Float(float) if float.is_finite() => text.push_str(&serde_json::to_string(float)?),
        AnyValue::Float(float) if float.is_nan() => text.push_str(r#""NaN""#),
        AnyValue::Float(float) => text.push_str(if *float > 0.0 { r#""Infinity""# } else { r#""-Infinity""# }),
        AnyValue::Bytes(bytes) => {
            text.push('"');
            BASE64_STANDARD.encode_string(bytes, text);
            text.push('"');
        }
        AnyValue::Array(_) | AnyValue::Map(_) if depth >= MAX_DEPTH => text.push_str(r#""...""#),
        AnyValue::Array(values) => {
            text.push('[');
            values.each_value(|value| {
                separate(text, '[');
                write(text, &value, depth + 1)
            })?;
            text.push(']');
        }
        AnyValue::Map(entries) => {
            text.push('{');
            entries.each_entry(|key, value| {
                separate(text, '{');
                text.push_str(&serde_json::to_string(key)?);
                text.push(':');
                write(text, &value, depth + 1)
            })?;
            text.push('}');
        }
    }
    Ok(())
}

/// Appends a comma, except before the first value.
fn separate(text: &mut String, opening: char) {
    if !text.ends_with(opening) {
        text.push(',');
    }
}
