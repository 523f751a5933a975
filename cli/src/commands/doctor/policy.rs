//! Reads the policies of AWS, in which a list of one value may be that value.

use serde_json::Value;

/// Returns the values of a list; of one value, itself.
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

/// Returns the texts of a list; of one text, itself.
pub(super) fn texts(value: &Value) -> impl Iterator<Item = &str> {
    list(value).filter_map(Value::as_str)
}
