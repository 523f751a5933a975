//! One spelling for the many that senders use for one name: `X-Request-Id`, `requestID` and `_request_id` are `requestid`.

/// The longest name that is spelled. A longer one is no name that a library uses.
const MAX_NAME_BYTES: usize = 64;

/// Returns the name in small letters, without separators and without a leading `_`, `@` or `x-`. `None` if the name is
/// too long or has other characters than libraries use.
pub(super) fn spelling(name: &str) -> Option<String> {
    if name.len() > MAX_NAME_BYTES {
        return None;
    }
    let name = name.trim_start_matches(['_', '@']);
    let prefixed = ["x-", "X-", "x_", "X_"].into_iter().find_map(|prefix| name.strip_prefix(prefix));
    let prefixed = prefixed.or_else(|| without_x(name));
    let mut spelled = String::with_capacity(name.len());
    for byte in prefixed.unwrap_or(name).bytes() {
        match byte {
            b'_' | b'-' | b'.' | b'/' | b' ' | b':' => {}
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => spelled.push(char::from(byte.to_ascii_lowercase())),
            _ => return None,
        }
    }
    Some(spelled)
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
    use super::spelling;

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
