//! The correlation id (`log_uid`) of a transaction.

use std::fmt;

/// The longest correlation id in bytes. A longer text is a payload in the wrong field.
pub const MAX_BYTES: usize = 512;

/// What senders write when they have no correlation id. Zeros, in whatever form, are none either.
const NOTHING: [&str; 15] = [
    "",
    "-",
    "None",
    "null",
    "NULL",
    "Null",
    "nil",
    "undefined",
    "N/A",
    "n/a",
    "(null)",
    "<nil>",
    "<null>",
    "unknown",
    "false",
];
/// What begins a placeholder that nobody filled in: `${ctx:log_uid}`, `[no request id]`.
const PLACEHOLDERS: [&str; 4] = ["${", "%X{", "{{", "[no "];
/// What ends the name of a variable for an id, as nginx writes it: `$request_id`.
const VARIABLES: [&str; 3] = ["_id", "_uid", "_uuid"];
const MAX_NOTHING_BYTES: usize = 9;
const TRACEPARENT_BYTES: usize = 55;
/// What begins the id in X-Ray's header.
const ROOT: &str = "Root=";

/// A correlation id (`log_uid`): 1 to [`MAX_BYTES`] bytes of text, kept exactly as the services wrote it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct LogUid(String);

/// Why a text is not a correlation id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotAUid {
    /// The text means "none".
    #[error("services write this when there is no transaction, as they write `-`, `None` or `$request_id`")]
    Nothing,
    /// The text is longer than [`MAX_BYTES`].
    #[error("it is longer than {MAX_BYTES} bytes")]
    TooLong,
}

impl LogUid {
    /// Checks `text` and keeps it as an id.
    pub fn parse(text: &str) -> Result<Self, NotAUid> {
        check(text).map(|()| Self(text.to_owned()))
    }

    /// Returns the id exactly as the services wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks whether `text` is a correlation id.
pub(crate) fn check(text: &str) -> Result<(), NotAUid> {
    if is_nothing(text) {
        Err(NotAUid::Nothing)
    } else if text.len() > MAX_BYTES {
        Err(NotAUid::TooLong)
    } else {
        Ok(())
    }
}

fn is_nothing(text: &str) -> bool {
    let Some(first) = text.bytes().next() else { return true };
    // Nearly all ids are longer than what means "none", and do not begin as a placeholder or zeros do.
    (text.len() <= MAX_NOTHING_BYTES && NOTHING.contains(&text))
        || (matches!(first, b'$' | b'%' | b'{' | b'[') && is_placeholder(text))
        || (first == b'0' && text.strip_prefix("0x").unwrap_or(text).bytes().all(|byte| matches!(byte, b'0' | b'-')))
}

fn is_placeholder(text: &str) -> bool {
    PLACEHOLDERS.iter().any(|start| text.starts_with(start))
        || (text.starts_with('$') && VARIABLES.iter().any(|end| text.ends_with(end)))
}

/// Returns the id in a text: without blanks around it, and without what W3C's and X-Ray's headers add to it.
pub(crate) fn of_text(text: &str) -> Option<&str> {
    let text = trimmed(text);
    let id = of_header(text).unwrap_or(text);
    check(id).is_ok().then_some(id)
}

/// Returns the id in a header of W3C's or X-Ray's; `None` for any other text.
pub(crate) fn of_header(text: &str) -> Option<&str> {
    match text.as_bytes().first()? {
        b'R' | b'S' => of_xray(text),
        _ if text.len() == TRACEPARENT_BYTES => of_traceparent(text),
        _ => None,
    }
}

/// Returns the text without blanks around it. Nearly all ids have none, which one look at either end shows.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// Reads `00-<trace id>-<span id>-<flags>`: <https://www.w3.org/TR/trace-context/#traceparent-header>.
fn of_traceparent(text: &str) -> Option<&str> {
    let is_hex = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.len() != TRACEPARENT_BYTES {
        return None;
    }
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2)).then_some(trace)
}

/// Reads `Root=1-…;Parent=…`: <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>.
fn of_xray(text: &str) -> Option<&str> {
    let is_root = |part: &&str| part.starts_with(ROOT);
    let root = match text.strip_prefix("Self=") {
        Some(parts) => parts.split(';').find(is_root)?,
        None => text,
    };
    root.strip_prefix(ROOT)?.split(';').next()
}

#[cfg(test)]
mod tests {
    use super::{LogUid, MAX_BYTES, NotAUid};

    #[test]
    fn some_texts_mean_no_transaction() {
        fn check(text: &str, expect: Result<(), NotAUid>) {
            assert_eq!(LogUid::parse(text).map(|uid| assert_eq!(uid.as_str(), text)), expect, "{text}");
        }
        check("6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f", Ok(()));
        check("order 17/Größe", Ok(()));
        check("none", Ok(()));
        for nothing in
            ["null", "undefined", "N/A", "(null)", "<nil>", "unknown", "0", "0000", "$request_id", "${ctx:id}"]
        {
            check(nothing, Err(NotAUid::Nothing));
        }
        check("00000000-0000-0000-0000-000000000000", Err(NotAUid::Nothing));
        check("0-1", Ok(()));
        check("", Err(NotAUid::Nothing));
        check("-", Err(NotAUid::Nothing));
        check("None", Err(NotAUid::Nothing));
        check(&"x".repeat(MAX_BYTES), Ok(()));
        check(&"x".repeat(MAX_BYTES + 1), Err(NotAUid::TooLong));
    }

    #[test]
    fn headers_hold_an_id() {
        fn check(text: &str, expect: Option<&str>) {
            assert_eq!(super::of_text(text), expect, "{text}");
        }
        let trace = "725cbefde5994f3da0087ce2559b807d";
        check(&format!("00-{trace}-a9d04843a4764d49-01"), Some(trace));
        check("00-00000000000000000000000000000000-a9d04843a4764d49-01", None);
        check(
            "Root=1-62c20e32-b9f645bbb4ac49537844648d;Parent=40b3;Sampled=0",
            Some("1-62c20e32-b9f645bbb4ac49537844648d"),
        );
        check("Self=1-a;Root=1-b", Some("1-b"));
        check("  u ", Some("u"));
        check(" ", None);
    }
}
