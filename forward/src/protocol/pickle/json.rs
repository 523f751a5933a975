//! The values of a pickle become JSON. A value that is named several times is written each time, within the limits.

use serde_json::{Map, Number, Value};

use super::node::{Id, Node};
use super::{MAX_DEPTH, MAX_TEXT_BYTES, MAX_VALUES, PickleError};
use crate::protocol::text;

/// Writes values, and knows how much may still be written.
struct Writer<'n, 'a> {
    nodes: &'n [Node<'a>],
    values: usize,
    text_bytes: usize,
}

/// Returns a value and all that it contains.
pub(super) fn value(nodes: &[Node<'_>], root: Id) -> Result<Value, PickleError> {
    Writer { nodes, values: 0, text_bytes: 0 }.value(root, 0)
}

impl Writer<'_, '_> {
    fn value(&mut self, id: Id, depth: usize) -> Result<Value, PickleError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(PickleError::TooLarge { what: "values", limit: MAX_VALUES });
        }
        // A list may contain itself.
        if depth > MAX_DEPTH {
            return Err(PickleError::TooLarge { what: "containers in each other", limit: MAX_DEPTH });
        }
        Ok(match &self.nodes[id as usize] {
            Node::Bool(flag) => Value::Bool(*flag),
            Node::Int(number) => Value::from(*number),
            Node::Float(number) => Number::from_f64(*number).map_or_else(|| float_word(*number).into(), Value::Number),
            Node::Long(bytes) => long(bytes),
            Node::Digits(digits) => digits.parse::<u64>().map_or_else(|_| Value::from(*digits), Value::from),
            Node::Bytes(bytes) => self.text(bytes)?.into(),
            Node::None | Node::Function(_) => Value::Null,
            Node::List(values) => {
                Value::Array(values.iter().map(|id| self.value(*id, depth + 1)).collect::<Result<_, _>>()?)
            }
            Node::Dict(pairs) => {
                let mut map = Map::new();
                for (name, value) in pairs {
                    let name = self.name(*name, depth + 1)?;
                    map.insert(name, self.value(*value, depth + 1)?);
                }
                Value::Object(map)
            }
        })
    }

    /// Returns a name: the text that Python's `str` makes of a scalar, JSON of all else.
    fn name(&mut self, id: Id, depth: usize) -> Result<String, PickleError> {
        Ok(match self.value(id, depth)? {
            Value::String(text) => text,
            Value::Null => "None".to_owned(),
            Value::Bool(flag) => if flag { "True" } else { "False" }.to_owned(),
            other => {
                let text = other.to_string();
                // Names in names are escaped again and again, so they grow fast.
                self.count(&text)?;
                text
            }
        })
    }

    fn text(&mut self, bytes: &[u8]) -> Result<String, PickleError> {
        let text = text::from_bytes(bytes);
        self.count(&text)?;
        Ok(text.into_owned())
    }

    fn count(&mut self, text: &str) -> Result<(), PickleError> {
        self.text_bytes += text.len();
        if self.text_bytes > MAX_TEXT_BYTES {
            return Err(PickleError::TooLarge { what: "bytes of text", limit: MAX_TEXT_BYTES });
        }
        Ok(())
    }
}

/// Returns the word for what JSON has no number for, as the Python package writes it.
fn float_word(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// Returns an integer of more than 64 bits: in decimal up to 128 bits, otherwise in hexadecimal.
fn long(bytes: &[u8]) -> Value {
    const BYTES: usize = 16;
    let is_negative = bytes.last().is_some_and(|last| last & 0x80 != 0);
    let mut whole = [if is_negative { 0xFF } else { 0 }; BYTES];
    if let Some(part) = whole.get_mut(..bytes.len()) {
        part.copy_from_slice(bytes);
        let number = i128::from_le_bytes(whole);
        return u64::try_from(number).map_or_else(|_| number.to_string().into(), Value::from);
    }
    let digits = hex::encode(bytes.iter().rev().copied().collect::<Vec<u8>>());
    // The bytes of a negative number are its two's complement.
    format!("{}0x{digits}", if is_negative { "two's complement " } else { "" }).into()
}
