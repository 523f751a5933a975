//! The forms in which headers and libraries write an id: with a span, flags or options beside it, or in a URI.
//!
//! The first byte and a few others tell nearly all ids from a form.

/// The digits of a trace id in hexadecimal, and of a short one or a span's.
const TRACE_DIGITS: usize = 32;
const SPAN_DIGITS: usize = 16;
/// The length of a UUID with hyphens.
pub const UUID_BYTES: usize = 36;
const TRACEPARENT_BYTES: usize = 55;
const ULID_BYTES: usize = 26;
/// Fewer digits are no trace id of Jaeger's, which has no leading zeros.
const MIN_JAEGER_DIGITS: usize = 12;
/// What begins the id in X-Ray's header.
const ROOT: &str = "Root=";
/// What begins the blob of New Relic's agents.
pub(super) const NEW_RELICS: &str = "NR-LINKING|";
const URN: &str = "urn:uuid:";
/// What stands around a trace in a resource's name of Google Cloud.
const GOOGLE_PROJECTS: &str = "projects/";
const GOOGLE_TRACES: &str = "/traces/";
/// A colon, as it is in a URL.
const ESCAPED_COLONS: [&str; 2] = ["%3A", "%3a"];

/// Returns the id in a form; `None` for any other text.
pub(super) fn of_form(text: &str) -> Option<&str> {
    match text.as_bytes() {
        [b'R' | b'S' | b'P', ..] => of_xray(text),
        [b'T', b'I', b'D', b':', ..] => of_skywalking(text),
        [b'|', ..] => of_hierarchy(text),
        [b'N', b'R', b'-', ..] => of_new_relic(text),
        [b'{' | b'u' | b'U' | b'p', ..] => of_name(text),
        [quote @ (b'"' | b'\''), inside @ .., end] if end == quote && !inside.contains(quote) => {
            let inside = text.get(1..text.len() - 1)?;
            Some(of_form(inside).unwrap_or(inside))
        }
        // A UUID has a hyphen where all these forms have a digit.
        [b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F', rest @ ..] if rest.len() >= SPAN_DIGITS && rest[7] != b'-' => {
            of_digits(text)
        }
        _ => None,
    }
}

/// Reads `{<UUID>}`, `urn:uuid:<UUID>` and `projects/…/traces/<trace id>`.
fn of_name(text: &str) -> Option<&str> {
    if let Some(id) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        return is_uuid(id).then_some(id);
    }
    if let Some((_, trace)) = text.strip_prefix(GOOGLE_PROJECTS).and_then(|text| text.split_once(GOOGLE_TRACES)) {
        return is_hex(trace, TRACE_DIGITS).then_some(trace);
    }
    let (scheme, id) = text.split_at_checked(URN.len())?;
    (scheme.eq_ignore_ascii_case(URN) && is_uuid(id)).then_some(id)
}

/// Reads the forms that begin with digits.
fn of_digits(text: &str) -> Option<&str> {
    match text.as_bytes() {
        // OpenTelemetry for Python.
        [b'0', b'x', rest @ ..] => {
            text.get(2..).filter(|id| matches!(rest.len(), TRACE_DIGITS | SPAN_DIGITS) && is_hex(id, rest.len()))
        }
        [.., b':', _] | [.., b':', _, _] | [.., b'%', _, _, _] | [.., b'%', _, _, _, _] => of_jaeger(text),
        bytes if bytes.len() == TRACEPARENT_BYTES => of_traceparent(text),
        bytes if bytes.get(TRACE_DIGITS) == Some(&b'/') => of_google(text),
        bytes if bytes.get(TRACE_DIGITS) == Some(&b'-') => of_b3(text, TRACE_DIGITS),
        bytes if bytes.get(SPAN_DIGITS) == Some(&b'-') => of_b3(text, SPAN_DIGITS),
        _ => None,
    }
}

/// Reads `00-<trace id>-<span id>-<flags>`: <https://www.w3.org/TR/trace-context/#traceparent-header>.
fn of_traceparent(text: &str) -> Option<&str> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_traceparent =
        is_hex(version, 2) && is_hex(trace, TRACE_DIGITS) && is_hex(span, SPAN_DIGITS) && is_hex(flags, 2);
    is_traceparent.then_some(trace)
}

/// Reads `Root=1-…;Parent=…`: <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>.
fn of_xray(text: &str) -> Option<&str> {
    text.split(';').find_map(|part| part.trim_start().strip_prefix(ROOT))
}

/// Reads `<trace id>/<span id>;o=1`: <https://cloud.google.com/trace/docs/trace-context#legacy-http-header>.
fn of_google(text: &str) -> Option<&str> {
    let (trace, rest) = text.split_once('/')?;
    let span = rest.split_once(";o=").map_or(rest, |(span, _)| span);
    let is_span = !span.is_empty() && is_hex(span, span.len());
    (is_span && is_hex(trace, TRACE_DIGITS)).then_some(trace)
}

/// Reads `<trace id>-<span id>-1-<parent id>`, of which the last two may be absent: <https://github.com/openzipkin/b3-propagation>.
fn of_b3(text: &str, digits: usize) -> Option<&str> {
    let mut parts = text.split('-');
    let (trace, span) = (parts.next()?, parts.next()?);
    let is_decision = |part: &str| matches!(part, "0" | "1" | "d");
    let is_rest = parts.next().is_none_or(is_decision) && parts.next().is_none_or(|part| is_hex(part, SPAN_DIGITS));
    (is_rest && parts.next().is_none() && is_hex(trace, digits) && is_hex(span, SPAN_DIGITS)).then_some(trace)
}

/// Reads `<trace id>:<span id>:<parent id>:<flags>`: <https://www.jaegertracing.io/sdk-migration/#propagation-format>.
fn of_jaeger(text: &str) -> Option<&str> {
    let separator = ESCAPED_COLONS.into_iter().find(|colon| text.contains(colon)).unwrap_or(":");
    let mut parts = text.split(separator);
    let (trace, span, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_number = |part: &str, max| (1..=max).contains(&part.len()) && is_hex(part, part.len());
    let is_jaegers = parts.next().is_none()
        && trace.len() >= MIN_JAEGER_DIGITS
        && is_number(trace, TRACE_DIGITS)
        && is_number(span, SPAN_DIGITS)
        && is_number(parent, SPAN_DIGITS)
        && is_number(flags, 2);
    is_jaegers.then_some(trace)
}

/// Reads `TID:<trace id>.<thread>.<number>`: <https://skywalking.apache.org/docs/skywalking-java/latest/en/setup/service-agent/java-agent/application-toolkit-logback-1.x/>.
fn of_skywalking(text: &str) -> Option<&str> {
    let id = text.strip_prefix("TID:")?.trim();
    is_skywalkings(id).then_some(id)
}

/// Returns whether a text is a trace of `SkyWalking`'s, also with its name before it.
pub(super) fn is_skywalkings(text: &str) -> bool {
    let id = text.strip_prefix("TID:").unwrap_or(text).trim();
    let mut parts = id.split('.');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(|trace| is_hex(trace, TRACE_DIGITS) || trace.parse::<u64>().is_ok())
        && parts.next().is_some_and(is_number)
        && parts.next().is_some_and(is_number)
        && parts.next().is_none()
}

/// Reads what New Relic's agents write after a message, if it has a trace: `NR-LINKING|<entity>|<host>|<trace>|<span>|<name>|`, in
/// which older ones leave the name out.
fn of_new_relic(text: &str) -> Option<&str> {
    let trace = text.strip_prefix(NEW_RELICS)?.split('|').nth(2)?;
    is_hex(trace, trace.len()).then_some(trace).filter(|trace| trace.len() >= SPAN_DIGITS)
}

/// Reads `|<trace>.<span>.`: <https://github.com/dotnet/runtime/blob/main/src/libraries/System.Diagnostics.DiagnosticSource/src/HierarchicalRequestId.md>.
fn of_hierarchy(text: &str) -> Option<&str> {
    let root = text.strip_prefix('|')?.split('.').next()?;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=' | b'+' | b'/');
    (text.contains('.') && !root.is_empty() && root.bytes().all(is_part)).then_some(root)
}

/// Returns whether a text is a UUID with hyphens.
#[must_use]
pub fn is_uuid(text: &str) -> bool {
    let is_place = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == UUID_BYTES && text.bytes().enumerate().all(is_place)
}

/// Returns whether a text is a UUID, 32 hexadecimal digits, as a trace's id and a UUID without dashes are, or a ULID.
#[must_use]
pub fn is_long_id(text: &str) -> bool {
    is_uuid(text) || is_hex(text, TRACE_DIGITS) || is_ulid(text)
}

/// Returns whether a text is a ULID in capitals: <https://github.com/ulid/spec>.
fn is_ulid(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !b"ILOU".contains(&byte));
    text.len() == ULID_BYTES && text.starts_with(['0', '1']) && text.bytes().all(is_digit)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::of_form;

    #[test]
    fn a_form_holds_an_id() {
        #[track_caller]
        fn check(text: &str, expect: Option<&str>) {
            assert_eq!(of_form(text), expect, "{text}");
        }
        let (trace, short) = ("725cbefde5994f3da0087ce2559b807d", "a0087ce2559b807d");
        let uuid = "725cbefd-e599-4f3d-a008-7ce2559b807d";
        check(&format!("00-{trace}-{short}-01"), Some(trace));
        check(&format!("00-{trace}-{short}-0g"), None);
        check("Root=1-62c20e32-b9f6;Parent=40b3;Sampled=0", Some("1-62c20e32-b9f6"));
        check("Self=1-a;Root=1-b", Some("1-b"));
        check("Sampled=1;Root=1-b", Some("1-b"));
        check("Parent=1", None);
        check(&format!("{{{uuid}}}"), Some(uuid));
        check(&format!("{{{trace}}}"), None);
        check(&format!("urn:uuid:{uuid}"), Some(uuid));
        check(&format!("URN:UUID:{uuid}"), Some(uuid));
        check("urn:isbn:0451450523", None);
        check(&format!("projects/shop-1/traces/{trace}"), Some(trace));
        check("projects/shop-1/traces/", None);
        check(&format!("0x{trace}"), Some(trace));
        check(&format!("0x{short}"), Some(short));
        check("0x17", None);
        check(&format!("{trace}/1309283;o=1"), Some(trace));
        check(&format!("{trace}/1309283"), Some(trace));
        check(&format!("{trace}/"), None);
        check(&format!("{trace}-{short}"), Some(trace));
        check(&format!("{trace}-{short}-d"), Some(trace));
        check(&format!("{short}-{short}-1-{short}"), Some(short));
        check(&format!("{short}-{short}-2"), None);
        check(&format!("{short}-{short}-1-{short}-1"), None);
        check(&format!("{trace}:{short}:0:1"), Some(trace));
        check(&format!("{trace}:{short}:{short}:01"), Some(trace));
        check("5b8efff79803810:5b8efff7:0:1", Some("5b8efff79803810"));
        check(&format!("{trace}%3A{short}%3a0%3A1"), None);
        check(&format!("{trace}%3A{short}%3A0%3A1"), Some(trace));
        check("12:30:00:1", None);
        let skywalkings = format!("{trace}.61.16059423400000001");
        check(&format!("TID: {skywalkings}"), Some(&skywalkings));
        check("TID: N/A", None);
        check(&format!("|{trace}.{short}_1."), Some(trace));
        check("|abc.1.", Some("abc"));
        check("|abc", None);
        check("\"r-1\"", Some("r-1"));
        check("'r-1'", Some("r-1"));
        check("\"Root=1-b;Sampled=0\"", Some("1-b"));
        check("\"r\"-\"1\"", None);
        check("\"", None);
    }

    #[test]
    fn ids_are_no_forms() {
        for id in [
            "",
            "17",
            "r-1",
            "1-62c20e32-b9f645bbb4ac49537844648d",
            "725cbefd-e599-4f3d-a008-7ce2559b807d",
            "725cbefde5994f3da0087ce2559b807d",
            "0HMVFE0A0Q2S1:00000002",
            "JKJaXmPLvHcESHA=",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "order 17/Größe",
        ] {
            assert_eq!(of_form(id), None, "{id}");
        }
    }

    proptest! {
        #[test]
        fn any_text_may_be_a_form(text in prop_oneof![any::<String>(), "[0-9a-fx:%A/;=-]{0,60}", "[RSPTup{|][a-z:/={}é-]{0,40}"]) {
            prop_assert!(of_form(&text).is_none_or(|id| text.contains(id)));
        }
    }
}
