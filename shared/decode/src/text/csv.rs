//! Lines of values with commas between them: `PostgreSQL`'s csvlog, and API Gateway's access log as CSV, also as XML.

use record::is_long_id;

use super::header::{FieldValue, Header};
use super::level::{self, WordPosition};
use super::time::{self, Time};

/// Which column of `PostgreSQL`'s is the level, and how many there are at least:
/// <https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG>.
const POSTGRES_LEVEL: usize = 11;
const POSTGRES_COLUMNS: usize = 14;
/// How many columns of API Gateway's are read, and which are the time, the status, the length and the id:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>.
const GATEWAY_COLUMNS: usize = 16;
const GATEWAY_TIME: usize = 3;
const GATEWAY_STATUS: usize = 7;
const GATEWAY_LENGTH: usize = 8;
const GATEWAY_ID: usize = 9;
/// What begins a line of API Gateway's as XML.
const XML: &str = "<request id=\"";
const XML_TIME: &str = "<requestTime>";
const XML_STATUS: &str = "<status>";
/// The longest value before the time.
const MAX_ADDRESS_BYTES: usize = 45;

/// Reads the header of such a line, which may begin with a time that takes so many bytes.
pub(super) fn header<'t>(text: &'t str, time: Option<(Time<'t>, usize)>) -> Option<Header<'t>> {
    match time {
        Some((time, length)) => postgres(text, time, length),
        None => gateway(text).or_else(|| gateway_xml(text)),
    }
}

/// Reads `2026-11-24 21:08:12.123 UTC,"bob","shop",7,"10.0.0.1:5000",6925.7,1,"INSERT",…,3/7,0,ERROR,23505,"duplicate key",…`.
fn postgres<'t>(text: &'t str, time: Time<'t>, length: usize) -> Option<Header<'t>> {
    let rest = text.get(length..).filter(|rest| rest.starts_with(','))?;
    let mut columns = Columns(Some(rest)).take(POSTGRES_COLUMNS);
    let severity = columns.nth(POSTGRES_LEVEL)?.trim_end_matches(|grade: char| grade.is_ascii_digit());
    let level = level::of_word(severity, WordPosition::BeforeColon)?;
    columns.nth(POSTGRES_COLUMNS - POSTGRES_LEVEL - 2)?;
    Some(Header { time: Some(time), level: Some(level), end: text.len(), ..Header::default() })
}

/// Reads `10.0.0.1,-,-,24/Nov/2026:21:08:12 +0000,GET,/carts,HTTP/1.1,500,12,<id>,<extended id>`.
fn gateway(text: &str) -> Option<Header<'_>> {
    let comma = memchr::memchr(b',', text.as_bytes()).filter(|at| *at <= MAX_ADDRESS_BYTES)?;
    let line = text.lines().next()?;
    let columns: Vec<&str> = line.split(',').take(GATEWAY_COLUMNS).collect();
    let (time @ Time::At(_), length) = time::at_start(columns.get(GATEWAY_TIME)?)? else { return None };
    let status = columns.get(GATEWAY_STATUS)?.parse().ok().filter(|_| length == columns[GATEWAY_TIME].len())?;
    let mut header = Header { time: Some(time), end: text.len(), ..Header::default() };
    header.push_text("remote_addr", text.get(..comma));
    header.fields.push(("status", FieldValue::Number(status)));
    header
        .fields
        .extend(columns.get(GATEWAY_LENGTH)?.parse().ok().map(|bytes| ("body_bytes_sent", FieldValue::Number(bytes))));
    let later = columns.get(GATEWAY_ID..)?;
    let id = later.iter().copied().find(|id| is_long_id(id)).or(later.first().copied());
    header.push_text("request_id", id);
    Some(header)
}

/// Reads `<request id="<id>"> <ip>10.0.0.1</ip> … <requestTime>24/Nov/2026:21:08:12 +0000</requestTime> …</request>`.
fn gateway_xml(text: &str) -> Option<Header<'_>> {
    let (id, rest) = text.strip_prefix(XML)?.split_once('"')?;
    let (time @ Time::At(_), _) = time::at_start(rest.split_once(XML_TIME)?.1)? else { return None };
    let mut header = Header { time: Some(time), end: text.len(), ..Header::default() };
    header.push_text("request_id", Some(id));
    let status = rest.split_once(XML_STATUS).and_then(|(_, rest)| rest.split('<').next()?.parse().ok());
    header.fields.extend(status.map(|status| ("status", FieldValue::Number(status))));
    Some(header)
}

/// The columns of a line, with the quotes around them. A comma in quotes separates nothing.
struct Columns<'t>(Option<&'t str>);

impl<'t> Iterator for Columns<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.0?;
        let mut is_quoted = false;
        let end = rest.bytes().position(|byte| {
            is_quoted ^= byte == b'"';
            byte == b',' && !is_quoted
        });
        let (column, after) = match end {
            Some(end) => (rest.get(..end)?, rest.get(end + 1..)),
            None => (rest, None),
        };
        self.0 = after;
        Some(column)
    }
}
