//! Access logs of Apache, nginx, S3, werkzeug, Django, Envoy, uWSGI, Gin, Fiber and Cloud Foundry's router:
//! `10.0.0.1 - alice [24/Nov/2026:21:08:12 +0000] "GET / HTTP/1.1" 200 12 "-" "curl"`.

use record::{is_long_id, is_uuid};

use super::header::{FieldValue, Header};
use super::level::{self, WordPosition};
use super::time::{self, Time};

/// What begins a line of Gin's.
const GIN: &str = "[GIN] ";
const STATUS_DIGITS: usize = 3;
/// How much stands before the time, at most.
const MAX_BEFORE_BYTES: usize = 256;
const MAX_REQUEST_BYTES: usize = 16 * 1024;
/// Among how many of a line's last words the id of the request is looked for.
const MAX_WORDS_AT_END: usize = 4;
/// How many values in quotes Envoy writes after the request, and Istio, which writes one more before them.
const ENVOY_QUOTED: usize = 5;
const ISTIO_QUOTED: usize = 6;
/// Which of the last of them are the id of the request and the browser, counted from the end.
const REQUEST_ID_FROM_END: usize = 3;
const AGENT_FROM_END: usize = 4;
/// What Cloud Foundry's router writes before the time, and before the id of the request.
const GOROUTERS_TIME: &str = " - [";
const GOROUTERS_ID: &str = " vcap_request_id:\"";
/// What the request's protocol begins with.
const HTTP: &[u8] = b" HTTP/";
/// What begins a line of uWSGI's, and how much stands before its time.
const UWSGI: &str = "[pid: ";
const MAX_UWSGI_BYTES: usize = 512;

/// Reads the header of such a line, which may begin with a time that takes so many bytes.
pub(super) fn header<'t>(text: &'t str, time: Option<(Time<'t>, usize)>) -> Option<Header<'t>> {
    common(text)
        .or_else(|| gorouter(text))
        .or_else(|| time_first(text))
        .or_else(|| uwsgi(text))
        .or_else(|| columns(text, time))
}

/// Reads the time after the host and the user.
fn common(text: &str) -> Option<Header<'_>> {
    let near = &text[..text.floor_char_boundary(MAX_BEFORE_BYTES)];
    let open = near.find(" [")?;
    let (before, rest) = (near.get(..open)?, text.get(open + 2..)?);
    // `24/Nov/2026:…`
    if rest.as_bytes().get(2) != Some(&b'/') || rest.as_bytes().get(6) != Some(&b'/') {
        return None;
    }
    let (time @ Time::At(_), length) = time::at_start(rest)? else { return None };
    let after = rest.get(length..)?.strip_prefix(']')?;
    let mut header = Header { time: Some(time), end: text.len() - after.len(), ..Header::default() };
    // Python's default line: `INFO:werkzeug:127.0.0.1 - - [`.
    let mut parts = before.splitn(3, ':');
    let level = parts.next().and_then(|word| level::of_word(word, WordPosition::BeforeColon));
    let mut words = before.split(' ');
    if level.is_some() {
        header.level = level;
        words = parts.nth(1)?.split(' ');
    }
    header.push_text("remote_addr", words.next());
    header.push_text("remote_user", words.nth(1));
    request(after, &mut header);
    header.push_text("request_id", id_at_end(after));
    Some(header)
}

/// Reads `shop.example.com - [2026-11-24T21:08:12.123456789Z] "GET / HTTP/1.1" 200 0 12 … vcap_request_id:"<id>"`, as Cloud Foundry's
/// router writes it.
fn gorouter(text: &str) -> Option<Header<'_>> {
    let near = &text[..text.floor_char_boundary(MAX_BEFORE_BYTES)];
    let rest = text.get(near.find(GOROUTERS_TIME)? + GOROUTERS_TIME.len()..)?;
    let (time @ Time::At(_), length) = time::at_start(rest)? else { return None };
    let after = rest.get(length..)?.strip_prefix("] ").filter(|after| after.starts_with('"'))?;
    let (_, id) = after.lines().next()?.split_once(GOROUTERS_ID)?;
    let mut header = Header { time: Some(time), end: text.len() - after.len(), ..Header::default() };
    request(after, &mut header);
    header.push_text("request_id", id.split('"').next());
    Some(header)
}

/// Returns the id of the request among the last words of a line, where ingress-nginx and API Gateway write it, and whoever
/// adds `$request_id` to nginx's format.
fn id_at_end(line: &str) -> Option<&str> {
    let words = line.lines().next()?.trim_end().rsplit(' ').take(MAX_WORDS_AT_END);
    { words }.map(|word| word.trim_matches('"')).find(|word| is_long_id(word))
}

/// Returns the id of the request in a line about one: among the headers that `HAProxy` captured, which stand in braces before
/// the request (`0/0 {shop.example.com|<id>} "GET / HTTP/1.1"`), or at its end.
pub(super) fn id_of_request(line: &str) -> Option<&str> {
    let line = line.lines().next()?;
    memchr::memmem::find(line.as_bytes(), HTTP)?;
    let captured = || {
        let (captured, _) = line.get(memchr::memchr(b'{', line.as_bytes())?..)?.split_once("} \"")?;
        captured.split(['{', '|', '}', ' ']).find(|value| is_long_id(value))
    };
    captured().or_else(|| id_at_end(line))
}

/// Reads `[24/Nov/2026 21:08:12] "GET / HTTP/1.1" 200 12`, and Envoy's default line:
/// <https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage>.
fn time_first(text: &str) -> Option<Header<'_>> {
    let inside = text.strip_prefix('[')?;
    if !inside.get(inside.find(']')?..)?.starts_with("] \"") {
        return None;
    }
    let (time @ Time::At(_), length) = time::at_start(inside)? else { return None };
    let after = inside.get(length..)?.strip_prefix("] ").filter(|after| after.starts_with('"'))?;
    let mut header = Header { time: Some(time), end: text.len() - after.len(), ..Header::default() };
    request(after, &mut header);
    let (_, mut rest) = quoted(after)?;
    let mut values = Vec::new();
    while values.len() < ISTIO_QUOTED
        && let Some((value, next)) = rest.find('"').and_then(|at| quoted(rest.get(at..)?))
    {
        values.push(value);
        rest = next;
    }
    if values.len() >= ENVOY_QUOTED {
        header.push_text("http_user_agent", Some(values[values.len() - AGENT_FROM_END]));
        let by_form = values.iter().copied().find(|value| is_uuid(value));
        header.push_text("request_id", by_form.or(Some(values[values.len() - REQUEST_ID_FROM_END])));
    }
    Some(header)
}

/// Reads `[pid: 7|app: 0|req: 1/1] 10.0.0.1 () {28 vars in 333 bytes} [Tue Nov 24 21:08:12 2026] GET / => generated …`.
fn uwsgi(text: &str) -> Option<Header<'_>> {
    let near = &text[..text.floor_char_boundary(MAX_UWSGI_BYTES)];
    let (_, after) = near.strip_prefix(UWSGI)?.split_once("] ")?;
    let (vars, after_brace) = after.split_once("} [")?;
    let (time @ Time::At(_), length) = time::at_start(after_brace)? else { return None };
    let after_time = after_brace.get(length..)?.strip_prefix("] ")?;
    let start = near.len() - after_time.len();
    let mut header = Header { time: Some(time), end: start, ..Header::default() };
    header.push_text("remote_addr", vars.split(' ').next());
    let (request, answer) = text.get(start..)?.split_once(" => ")?;
    header.push_text("request", Some(request));
    let status = answer.split_once("(HTTP/").and_then(|(_, answer)| answer.split([' ', ')']).nth(1)?.parse().ok());
    header.fields.extend(status.map(|status| ("status", FieldValue::Number(status))));
    Some(header)
}

/// Reads `[GIN] 2026/11/24 - 21:08:12 | 200 |    1.2ms |  10.0.0.1 | GET      "/carts"`, and Fiber's
/// `21:08:12 | 200 | 1.2ms | 10.0.0.1 | GET | /carts | -`.
fn columns<'t>(text: &'t str, time: Option<(Time<'t>, usize)>) -> Option<Header<'t>> {
    let start = if text.starts_with(GIN) { GIN.len() } else { 0 };
    let (time, length) = if start > 0 { time::at_start(text.get(start..)?) } else { time }?;
    let line = text.get(start + length..)?.lines().next()?;
    let mut columns = line.split('|').map(str::trim);
    let (before, status, _, address) = (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
    let is_status = status.len() == STATUS_DIGITS && status.bytes().all(|byte| byte.is_ascii_digit());
    let request = columns.next().filter(|_| before.is_empty() && is_status)?;
    let mut header = Header { time: Some(time), end: start + length, ..Header::default() };
    header.push_text("remote_addr", Some(address));
    // Fiber's path has a column of its own, and the text stays the message anyway.
    header.push_text("request", Some(request).filter(|request| request.contains(' ')));
    header.fields.push(("status", FieldValue::Number(status.parse().ok()?)));
    Some(header)
}

/// Reads the request, its status, and what follows them.
fn request<'t>(after: &'t str, header: &mut Header<'t>) -> Option<()> {
    let (request, rest) = quoted(after)?;
    header.push_text("request", Some(request));
    let mut words = rest.trim_start().splitn(3, ' ');
    let status = words.next()?.parse().ok()?;
    header.fields.push(("status", FieldValue::Number(status)));
    if let Ok(bytes) = words.next()?.parse() {
        header.fields.push(("body_bytes_sent", FieldValue::Number(bytes)));
    }
    let (referer, rest) = quoted(words.next()?)?;
    header.push_text("http_referer", Some(referer));
    let (agent, _) = quoted(rest)?;
    header.push_text("http_user_agent", Some(agent));
    Some(())
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let near = &text[..text.floor_char_boundary(MAX_REQUEST_BYTES)];
    let end = near.find("\" ").or_else(|| near.ends_with('"').then(|| near.len() - 1))?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}
