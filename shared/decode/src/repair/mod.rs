//! Payloads that nearly are what they should be get one second, lenient attempt. A record from one says so in
//! `source.repaired`.
//!
//! | `source.repaired` | what was sent |
//! |---|---|
//! | `json` | JSON with commas too many, quotes of Python's, unknown escapes, values that are no JSON ([`lenient`]) |
//! | `escaped_json` | JSON as within a JSON string, without the string's quotes |
//! | `json_string` | a JSON string that holds the record |
//! | `bytes` | Python's repr of the bytes |
//! | `base64` | base64 of anything that logbraid reads |
//! | `utf16` | UTF-16 |
//! | `framing` | records after a length, or between NULs, record separators or commas |

mod encodings;
mod lenient;
#[cfg(test)]
mod tests;

pub(super) use self::encodings::Encoding;
use self::lenient::Lenient;
use record::WorkBudget;

/// Records between separators that are no white space, or after their lengths.
pub(super) const FRAMING: &str = "framing";
pub(super) const JSON_STRING: &str = "json_string";
const JSON: &str = "json";
const ESCAPED_JSON: &str = "escaped_json";
/// The work of a byte that is read leniently.
const BYTE_WORK: usize = 16;

/// A JSON object that was repaired.
pub(super) struct Repaired {
    pub(super) json: String,
    /// How many bytes of the text it took.
    pub(super) length: usize,
    /// Whether the object says all that the text said.
    pub(super) is_exact: bool,
    pub(super) how: &'static str,
}

/// Repairs the object at the beginning of a text.
pub(super) fn object(text: &str, work: &WorkBudget) -> Option<Repaired> {
    work.spend(text.len() * BYTE_WORK);
    if work.is_exhausted() {
        return None;
    }
    if text.get(1..).is_some_and(|rest| rest.trim_start().starts_with("\\\"")) {
        return escaped(text);
    }
    let mut lenient = Lenient::new(text);
    lenient.object()?;
    let (json, length, is_exact) = lenient.finish();
    Some(Repaired { json, length, is_exact, how: JSON })
}

/// Reads `{\"log_uid\": \"…\"}`.
fn escaped(text: &str) -> Option<Repaired> {
    let text = text.trim_end();
    let json = serde_json::from_str(&format!("\"{text}\"")).ok()?;
    Some(Repaired { json, length: text.len(), is_exact: true, how: ESCAPED_JSON })
}
