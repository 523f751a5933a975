//! Values that rules set: `${tag[1]}`, `${service}-eu`.

use serde_json::Value;

use super::field::{FieldName, Seen};
use crate::yaml::{Mistake, Node};

/// A text with fields of the record in it.
#[derive(Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Field {
        name: FieldName,
        /// Which of the parts between dots is meant.
        part: Option<usize>,
    },
}

impl Template {
    /// Reads a text. `$${` stands for `${`.
    pub(super) fn read(text: &str, node: &Node) -> Result<Self, Mistake> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('$') {
                parts.push(Part::Text(format!("{before}${{")));
                rest = after;
                continue;
            }
            let Some((name, after)) = after.split_once('}') else {
                return Err(node.mistake(format!("`{text}` has `${{` without `}}`; `$${{` stands for the text `${{`")));
            };
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(field(name, node)?);
            rest = after;
        }
        if !rest.is_empty() || parts.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// Returns the value for a record. A field alone keeps its type, and is nothing if the record does not have it.
    pub(super) fn value(&self, seen: &mut Seen<'_>) -> Option<Value> {
        if let [Part::Field { name, part }] = self.parts.as_slice() {
            return value(seen, name, *part);
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Field { name, part } => match value(seen, name, *part) {
                    Some(Value::String(value)) => text.push_str(&value),
                    Some(value) => text.push_str(&value.to_string()),
                    None => {}
                },
            }
        }
        Some(Value::String(text))
    }
}

/// Reads `tag[1]` or `order.id`.
fn field(text: &str, node: &Node) -> Result<Part, Mistake> {
    let (name, part) = match text.split_once('[') {
        None => (text, None),
        Some((name, rest)) => {
            let number = rest.strip_suffix(']').and_then(|number| number.parse().ok());
            let Some(number) = number else {
                return Err(node.mistake(format!("`${{{text}}}` has no number between [ and ], such as `${{tag[1]}}`")));
            };
            (name, Some(number))
        }
    };
    if name.trim().is_empty() {
        return Err(node.mistake("`${}` names no field"));
    }
    Ok(Part::Field { name: FieldName::parse(name.trim()), part })
}

fn value(seen: &mut Seen<'_>, name: &FieldName, part: Option<usize>) -> Option<Value> {
    let value = seen.value(name)?;
    // `${level}` is the name that people know.
    if *name == FieldName::Level {
        return value.as_i64().and_then(record::level::name).map(Value::from);
    }
    match part {
        None => Some(value.into_owned()),
        Some(part) => value.as_str()?.split('.').nth(part).map(Value::from),
    }
}
