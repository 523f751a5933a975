//! Parses what Lambda and its runtimes write to CloudWatch Logs, as text and as JSON.
//!
//! Lines of the platform: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html>; lines of
//! the runtimes: <https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html>; JSON:
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>.

use std::borrow::Cow;
use std::convert::Infallible;

use record::{Container, DocumentWriter, Draft, EventTime, FieldSink, Surroundings, Value};
use serde::Deserialize;
use uuid::Uuid;

use crate::not_text::NotText;

/// The beginnings of the platform's lines for a request, up to the request id.
const PLATFORM: [&str; 3] = ["START RequestId: ", "END RequestId: ", "REPORT RequestId: "];
/// The length of a UUID with hyphens. `Uuid` reads other forms, too.
const UUID_BYTES: usize = 36;
/// What Node.js writes for the request id outside a request.
const NO_REQUEST: [&str; 2] = ["", "undefined"];

/// Reads a line that is not JSON.
pub(super) fn read_line(line: &str, draft: &mut Draft<'_>) {
    let line = line.trim_end_matches(['\r', '\n']);
    if let Some(written) = RuntimeLine::parse(line) {
        draft.push("message", Value::Text(written.message));
        draft.push("levelname", Value::Text(written.level));
        draft.push("created", Value::Float(written.time.seconds()));
        if is_uuid(written.request_id) {
            put_request_id(draft, written.request_id);
        }
        return;
    }
    draft.push("message", Value::Text(line));
    let request = PLATFORM.iter().find_map(|before| line.strip_prefix(before));
    let request_id = request.and_then(|request| request.get(..UUID_BYTES)).filter(|id| is_uuid(id));
    if let Some(request_id) = request_id {
        put_request_id(draft, request_id);
        put_report(draft, line);
    }
}

/// Adds the type and the request id of an event of Lambda's platform. Such an event nests its request id.
pub(super) fn read_json(text: &str, draft: &mut Draft<'_>) {
    if !text.trim_ascii_start().starts_with(r#"{"time":"#) || !text.contains(r#""type":"platform."#) {
        return;
    }
    if let Ok(Platform { kind, record }) = serde_json::from_str(text) {
        let uid = record.0.request_id.as_deref().filter(|id| is_uuid(id));
        draft.surround(&Surroundings { message: Some(&kind), uid, ..Surroundings::default() });
    }
}

#[derive(Deserialize)]
struct Platform<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    record: NotText<PlatformRecord>,
}

#[derive(Deserialize)]
struct PlatformRecord {
    #[serde(rename = "requestId")]
    request_id: Option<String>,
}

/// A line that a runtime wrote.
struct RuntimeLine<'a> {
    time: EventTime,
    request_id: &'a str,
    level: &'a str,
    message: &'a str,
}

impl<'a> RuntimeLine<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        Self::python(line).or_else(|| Self::node(line)).or_else(|| Self::timed_out(line))
    }

    /// `[INFO]⇥2026-11-20T08:35:39.165Z⇥<id>⇥message`
    fn python(line: &'a str) -> Option<Self> {
        let (level, rest) = line.strip_prefix('[')?.split_once("]\t")?;
        let mut parts = rest.splitn(3, '\t');
        Self::checked(parts.next()?, parts.next()?, level, parts.next()?)
    }

    /// `2026-11-20T08:35:39.165Z⇥<id>⇥INFO⇥message`
    fn node(line: &'a str) -> Option<Self> {
        let mut parts = line.splitn(4, '\t');
        Self::checked(parts.next()?, parts.next()?, parts.next()?, parts.next()?)
    }

    /// `2026-11-20T08:35:39.165Z <id> Task timed out after 3.00 seconds`
    fn timed_out(line: &'a str) -> Option<Self> {
        let mut parts = line.splitn(3, ' ');
        let (time, request_id, message) = (parts.next()?, parts.next()?, parts.next()?);
        if message.starts_with("Task timed out") { Self::checked(time, request_id, "ERROR", message) } else { None }
    }

    fn checked(time: &str, request_id: &'a str, level: &'a str, message: &'a str) -> Option<Self> {
        let is_level = !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_alphabetic());
        let time = EventTime::from_rfc3339(time)?;
        let is_id = is_uuid(request_id) || NO_REQUEST.contains(&request_id);
        (is_level && is_id).then_some(Self { time, request_id, level, message })
    }
}

fn put_request_id(draft: &mut Draft<'_>, request_id: &str) {
    draft.push("request_id", Value::Text(request_id));
    // Also used if other fields are configured for the correlation id.
    draft.surround(&Surroundings { uid: Some(request_id), ..Surroundings::default() });
}

/// Adds the figures of a `REPORT` line: `⇥Billed Duration: 13 ms` becomes `report.billed_duration_ms`.
fn put_report(draft: &mut Draft<'_>, line: &str) {
    let mut figures = line.split('\t').skip(1).filter_map(|figure| figure.split_once(": ")).peekable();
    if figures.peek().is_none() {
        return;
    }
    let Ok(()) = draft.push_container("report", Container::Document, |sink| {
        figures.for_each(|(name, value)| put_figure(sink, name, value.trim_end()));
        Ok::<_, Infallible>(())
    });
}

fn put_figure(sink: &mut DocumentWriter, name: &str, value: &str) {
    let name = name.to_ascii_lowercase().replace(' ', "_");
    let Some((number, unit)) = value.split_once(' ') else { return sink.push(&name, Value::Text(value)) };
    let name = format!("{name}_{}", unit.to_ascii_lowercase());
    match (number.parse(), number.parse()) {
        (Ok(integer), _) => sink.push(&name, Value::Integer(integer)),
        (_, Ok(float)) => sink.push(&name, Value::Float(float)),
        _ => sink.push(&name, Value::Text(value)),
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == UUID_BYTES && Uuid::try_parse(text).is_ok()
}
