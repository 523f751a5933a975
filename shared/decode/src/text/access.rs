//! Access logs of Apache, nginx and S3: `10.0.0.1 - alice [24/Nov/2026:21:08:12 +0000] "GET / HTTP/1.1" 200 12 "-" "curl"`.

use super::header::{FieldValue, Header};
use super::time::{self, Time};

/// How much stands before the time, at most.
const MAX_BEFORE_BYTES: usize = 256;
const MAX_REQUEST_BYTES: usize = 16 * 1024;

pub(super) fn header(text: &str) -> Option<Header<'_>> {
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
    let mut words = before.split(' ');
    header.push_text("remote_addr", words.next());
    header.push_text("remote_user", words.nth(1));
    request(after, &mut header);
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
