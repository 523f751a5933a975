//! Parses what Lambda and its runtimes write to CloudWatch Logs, as text and as JSON.
//!
//! Lines of the platform: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html>; lines of
//! the runtimes: <https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html>; JSON:
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>.

use std::convert::Infallible;

use record::{
    Container, DocumentWriter, Draft, EventTime, FieldSink, PlatformEvent, Surroundings, UUID_BYTES, Value, is_uuid,
};

use super::header::Header;
use super::time::Time;

/// The beginnings of the platform's lines for a request, up to the request id.
const PLATFORM: [&str; 3] = ["START RequestId: ", "END RequestId: ", "REPORT RequestId: "];
/// What begins a line of the platform about a failure.
const ABOUT: &str = "RequestId: ";
/// What stands before the failure in such a line.
const ERROR: &str = " Error: ";
/// The first words of the types of such failures.
const FAILURE_KINDS: [&str; 4] = ["Runtime", "Extension", "Function", "Sandbox"];
/// What begins the line about the trace after a report.
pub(super) const XRAY: &str = "XRAY TraceId: ";
/// What Node.js writes for the request id outside a request.
const NO_REQUEST: [&str; 2] = ["", "undefined"];

/// What the Node.js runtime writes before an error as JSON.
const NODE_ERRORS: [&str; 3] = ["Invoke Error", "Uncaught Exception", "Unhandled Promise Rejection"];
/// What Lambda writes for an invocation or a function that failed.
const FAILURES: [&str; 8] = [
    "Status: error",
    "Status: timeout",
    "Status: failure",
    "Error: Runtime exited",
    "Runtime exited with error",
    "Process exited before completing request",
    "Task timed out after",
    "Runtime.ExitError",
];
/// The states of platform events that are failures.
const FAILED: [&str; 3] = ["error", "failure", "timeout"];
const MAX_LINE_BYTES: usize = 4_096;

/// Returns whether a text is a line of Lambda's platform about a request.
pub(super) fn is_platforms(text: &str) -> bool {
    PLATFORM.iter().chain(&[ABOUT]).any(|before| text.starts_with(before))
}

/// Returns whether a line is the type of the failure that the line before of the platform tells: `Runtime.ExitError`.
pub(super) fn is_failure_type(line: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    line.trim_end().split_once('.').is_some_and(|(kind, name)| FAILURE_KINDS.contains(&kind) && is_word(name))
}

/// Reads the header of a line that Lambda or one of its runtimes wrote.
pub(super) fn header(text: &str) -> Option<Header<'_>> {
    if let Some(written) = RuntimeLine::parse(text) {
        let rest = NODE_ERRORS.iter().find_map(|error| {
            let object = written.message.strip_prefix(error)?.trim_start();
            object.starts_with('{').then_some(object)
        });
        let rest = rest.unwrap_or_else(|| written.message.trim_start());
        let mut header = Header {
            time: Some(Time::At(written.time)),
            level: Some(written.level),
            message: Some(written.message),
            end: text.len() - rest.len(),
            ..Header::default()
        };
        header.push_text("request_id", Some(written.request_id).filter(|id| is_uuid(id)));
        return Some(header);
    }
    let mut header = Header { end: text.len(), ..Header::default() };
    let is_about_request = is_platforms(text);
    if is_about_request {
        let id = text.split_once(ABOUT).and_then(|(_, rest)| rest.get(..UUID_BYTES)).filter(|id| is_uuid(id));
        header.push_text("request_id", id);
    }
    let line = &text[..text.floor_char_boundary(MAX_LINE_BYTES)];
    let is_lambdas = is_about_request || line.starts_with("INIT_REPORT ");
    let is_error = || line.starts_with(ABOUT) && line.contains(ERROR);
    let is_failure = is_lambdas && (is_error() || FAILURES.iter().any(|failure| line.contains(failure)));
    let is_warned = line.starts_with("LAMBDA_WARNING: ") && line.contains("Unhandled exception");
    header.level = (is_failure || is_warned).then_some("ERROR");
    (is_about_request && !header.fields.is_empty() || header.level.is_some()).then_some(header)
}

/// Adds the type and the request id of an event of Lambda's platform. Such an event nests its request id.
pub(crate) fn read_json(draft: &mut Draft<'_>) {
    let Some(PlatformEvent { kind, request_id, status }) = draft.platform_event() else { return };
    let uid = request_id.as_deref().filter(|id| is_uuid(id));
    let level = status.is_some_and(|status| FAILED.contains(&status.as_str())).then_some("ERROR");
    draft.surround(&Surroundings { message: Some(&kind), uid, level, ..Surroundings::default() });
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

/// Adds the figures of a `REPORT` line: `⇥Billed Duration: 13 ms` becomes `report.billed_duration_ms`.
pub(super) fn put_report(draft: &mut Draft<'_>, line: &str) {
    if !PLATFORM.iter().any(|before| line.starts_with(before)) {
        return;
    }
    let mut figures = line.split('\t').skip(1).filter_map(|figure| figure.split_once(": ")).peekable();
    if figures.peek().is_none() {
        return;
    }
    let Ok(()) = draft.push_container("report", Container::Document, |sink| {
        figures.for_each(|(name, value)| put_figure(sink, name.trim_start(), value.trim_end()));
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
