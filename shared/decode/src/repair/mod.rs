//! Payloads that nearly are what they should be get one second, lenient attempt. A record from one says so in
//! `source.repaired`.
//!
//! | `source.repaired` | what was sent |
//! |---|---|
//! | `json` | JSON with commas too many, quotes of Python's, unknown escapes, values that are no JSON ([`lenient`]) |
//! | `escaped_json` | JSON as within a JSON string, without the string's quotes, or with nginx's escapes |
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
    let inside = text.get(1..).unwrap_or_default().trim_start();
    if ["\\\"", "\\u0022"].iter().any(|quote| inside.starts_with(quote)) {
        return escaped(text);
    }
    if inside.starts_with("\\x22") {
        return escaped_by_nginx(text);
    }
    let mut lenient = Lenient::new(text);
    lenient.object()?;
    let (json, length, is_exact) = lenient.finish();
    Some(Repaired { json, length, is_exact, how: JSON })
}

/// Reads `{\x22log_uid\x22: \x22…\x22}`, one line.
fn escaped_by_nginx(text: &str) -> Option<Repaired> {
    let line = text.lines().next()?.trim_end();
    let plain = encodings::without_hexadecimal(line);
    let mut lenient = Lenient::new(&plain);
    lenient.object()?;
    let (json, length, is_exact) = lenient.finish();
    (length == plain.len()).then_some(Repaired { json, length: line.len(), is_exact, how: ESCAPED_JSON })
}

/// Reads `{\"log_uid\": \"…\"}`.
fn escaped(text: &str) -> Option<Repaired> {
    let text = text.trim_end();
    let json = serde_json::from_str(&format!("\"{text}\"")).ok()?;
    Some(Repaired { json, length: text.len(), is_exact: true, how: ESCAPED_JSON })
}
