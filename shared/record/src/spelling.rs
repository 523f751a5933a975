//! One spelling for the many that senders use for one name: `X-Request-Id`, `requestID` and `_request_id` are `requestid`.

/// The longest name that is spelled. A longer one is no name that a library uses.
const MAX_NAME_BYTES: usize = 64;

/// Returns the name in small letters, without separators and without a leading `_`, `@` or `x-`. `None` if the name is
/// too long or has other characters than libraries use.
pub(super) fn spelling(name: &str) -> Option<String> {
    if name.len() > MAX_NAME_BYTES {
        return None;
    }
    let mut spelled = String::with_capacity(name.len());
    for byte in without_prefix(name).bytes() {
        match byte {
            b'_' | b'-' | b'.' | b'/' | b' ' | b':' => {}
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => spelled.push(char::from(byte.to_ascii_lowercase())),
            _ => return None,
        }
    }
    Some(spelled)
}

/// Returns whether two names have one spelling.
pub(super) fn is_one_spelling(name: &str, other: &str) -> bool {
    name.len() <= MAX_NAME_BYTES && letters(name).eq(letters(other))
}

fn letters(name: &str) -> impl Iterator<Item = u8> {
    let is_letter = |byte: &u8| !matches!(byte, b'_' | b'-' | b'.' | b'/' | b' ' | b':');
    without_prefix(name).bytes().filter(is_letter).map(|byte| byte.to_ascii_lowercase())
}

fn without_prefix(name: &str) -> &str {
    let name = name.trim_start_matches(['_', '@']);
    let prefixed = match name.as_bytes() {
        [b'x' | b'X', b'-' | b'_', ..] => name.get(2..),
        _ => without_x(name),
    };
    prefixed.unwrap_or(name)
}

/// Returns `RequestId` of `XRequestId`, as .NET and Node.js name a field for the header `X-Request-Id`. X-Ray is a name.
fn without_x(name: &str) -> Option<&str> {
    let rest = name.strip_prefix(['x', 'X'])?;
    let [first, second, ..] = rest.as_bytes() else { return None };
    let is_word = first.is_ascii_uppercase() && (second.is_ascii_lowercase() || second.is_ascii_digit());
    (is_word && (rest.ends_with("Id") || rest.ends_with("ID")) && !rest.starts_with("Ray")).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::{is_one_spelling, spelling};

    #[test]
    fn names_are_compared_by_their_spelling() {
        fn check(name: &str, other: &str, expect: bool) {
            assert_eq!(is_one_spelling(name, other), expect, "{name} {other}");
        }
        check("X-Request-Id", "requestId", true);
        check("XRequestId", "_request_id", true);
        check("k8s.node.name", "k8s_node_name", true);
        check("node", "nodes", false);
        check("", "x", false);
        check(&"a".repeat(65), &"a".repeat(65), false);
    }

    #[test]
    fn one_name_has_one_spelling() {
        fn check(name: &str, expect: Option<&str>) {
            assert_eq!(spelling(name).as_deref(), expect, "{name}");
        }
        for name in ["request_id", "requestId", "RequestID", "X-Request-Id", "_request_id", "@request.id", "request id"]
        {
            check(name, Some("requestid"));
        }
        check("XRequestId", Some("requestid"));
        check("xCorrelationID", Some("correlationid"));
        check("XB3TraceId", Some("b3traceid"));
        check("XRayTraceId", Some("xraytraceid"));
        check("XMLId", Some("xmlid"));
        check("x", Some("x"));
        check("xid", Some("xid"));
        check("__REALTIME_TIMESTAMP", Some("realtimetimestamp"));
        check("", Some(""));
        check("größe", None);
        check(&"a".repeat(65), None);
    }
}
