//! What a rule changes in a record.

use serde_json::Value;

use super::field::Seen;
use super::template::Template;
use crate::yaml::{Key, Kind, Mistake, Node};

/// What a record is known by.
const RECORD_ID: &str = "record_id";

fn of_forwarder() -> String {
    format!("no rule can change `{RECORD_ID}`: what is sent again is known by it")
}

/// A change of one field.
#[derive(Debug)]
pub(super) enum Change {
    /// Sets a field to a value of the configuration.
    Set(String, Value),
    /// Sets a field to a text with fields of the record in it.
    SetText(String, Template),
    /// Removes a field.
    Remove(String),
}

impl Change {
    /// Reads an entry of `set`.
    pub(super) fn set(key: &Key, node: &Node) -> Result<Self, Mistake> {
        let name = key.text.clone();
        if matches!(name.as_str(), "input" | "tag") {
            return Err(key.mistake(format!("`{name}` is not a field of the record, so no rule can set it")));
        }
        if name == RECORD_ID {
            return Err(key.mistake(of_forwarder()));
        }
        match &node.kind {
            Kind::Text(text) => Template::read(text, node).map(|template| Self::SetText(name, template)),
            Kind::Null => Err(node.mistake(format!("`{name}` has no value; `remove: [{name}]` removes it"))),
            kind => json(kind).map(|value| Self::Set(name, value)),
        }
    }

    /// Reads an item of `remove`.
    pub(super) fn remove(node: &Node) -> Result<Self, Mistake> {
        match node.text("a field to remove")? {
            RECORD_ID => Err(node.mistake(of_forwarder())),
            name => Ok(Self::Remove(name.to_owned())),
        }
    }

    pub(super) fn apply(&self, seen: &mut Seen<'_>) {
        match self {
            Self::Set(name, value) => seen.set(name, value.clone()),
            Self::SetText(name, template) => {
                if let Some(value) = template.value(seen) {
                    seen.set(name, value);
                }
            }
            Self::Remove(name) => seen.remove(name),
        }
    }
}

fn json(kind: &Kind) -> Result<Value, Mistake> {
    Ok(match kind {
        Kind::Null => Value::Null,
        Kind::Boolean(value) => Value::from(*value),
        Kind::Integer(value) => Value::from(*value),
        Kind::Float(value) => Value::from(*value),
        Kind::Text(text) => Value::from(text.as_str()),
        Kind::List(items) => items.iter().map(|item| json(&item.kind)).collect::<Result<_, _>>()?,
        Kind::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| Ok((key.text.clone(), json(&value.kind)?)));
            Value::Object(entries.collect::<Result<_, Mistake>>()?)
        }
    })
}
