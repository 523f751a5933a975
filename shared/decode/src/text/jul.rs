//! Records of `java.util.logging` in XML, as its `XMLFormatter` writes them, which a `FileHandler` has unless it is told otherwise.
//!
//! Source: <https://docs.oracle.com/en/java/javase/21/docs/api/java.logging/java/util/logging/XMLFormatter.html>.

use std::fmt::Write;

use quick_xml::Reader;
use quick_xml::events::Event;
use record::{Draft, FieldSink, Value};

use super::xml;
use crate::Sink;

const BEGIN: &str = "<record>";
const END: &str = "</record>";
/// The elements that every record has.
const MARKS: [&str; 3] = ["<millis>", "<level>", "<sequence>"];
/// What may stand before the first record of a file, with what ends it, and what ends the file.
const BEFORE: [(&str, &str); 3] = [("<?xml ", "?>"), ("<!DOCTYPE log ", ">"), ("<log", ">")];
const AFTER: &str = "</log>";
/// How long each of these is, at most.
const MAX_BEFORE_BYTES: usize = 256;
/// How many fields of a record are read.
const MAX_FIELDS: usize = 64;

/// Returns where the record ends that begins at `start`, with what the file writes before its first record and after its last.
pub(super) fn end_of_record(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let begin = rest.len() - after_beginning(rest)?.len();
    let inside = rest.get(begin + BEGIN.len()..)?;
    // A record ends before the next one begins.
    let inside = inside.find(BEGIN).map_or(inside, |next| &inside[..next]);
    let length = inside.find(END)?;
    if !MARKS.iter().all(|mark| inside[..length].contains(mark)) {
        return None;
    }
    let end = begin + BEGIN.len() + length + END.len();
    let after = rest[end..].trim_start();
    let end = if after.starts_with(AFTER) { rest.len() - after.len() + AFTER.len() } else { end };
    Some(start + end)
}

/// Skips what stands before a record.
fn after_beginning(text: &str) -> Option<&str> {
    let mut rest = text;
    for (begin, end) in BEFORE {
        if rest.starts_with(begin) {
            let near = &rest[..rest.floor_char_boundary(MAX_BEFORE_BYTES)];
            rest = rest[near.find(end)? + end.len()..].trim_start();
        }
    }
    rest.starts_with(BEGIN).then_some(rest)
}

/// Creates the draft of a text that is one record; `None` for any other text.
pub(super) fn draft<'r>(text: &str, sink: &Sink<'_, 'r>) -> Option<Draft<'r>> {
    let text = text.trim_end();
    if end_of_record(text, 0)? != text.len() {
        return None;
    }
    let parts = Parts::read(after_beginning(text)?)?;
    let mut draft = sink.draft(text.len());
    for (name, value) in &parts.fields {
        draft.push(name, Value::Text(value));
    }
    if let Some(created) = parts.created() {
        draft.push("created", Value::Float(created));
    }
    draft.push("message", Value::Text(&parts.message));
    if !parts.exception.is_empty() {
        draft.push("exc_text", Value::Text(&parts.exception));
    }
    if parts.has_more {
        draft.keep_text(text);
    }
    Some(draft)
}

/// What a record says.
#[derive(Default)]
struct Parts {
    fields: Vec<(String, String)>,
    message: String,
    exception: String,
    /// Whether the record says more.
    has_more: bool,
}

/// A frame of a stack.
#[derive(Default)]
struct Frame {
    class: String,
    method: String,
    line: String,
}

impl Parts {
    fn read(text: &str) -> Option<Self> {
        let (mut reader, mut parts) = (Reader::from_str(text), Self::default());
        let (mut content, mut frame, mut is_exception) = (String::new(), None::<Frame>, false);
        loop {
            match reader.read_event().ok()? {
                Event::Start(element) => {
                    content.clear();
                    match element.local_name().into_inner() {
                        "exception" => is_exception = true,
                        "frame" => frame = Some(Frame::default()),
                        _ => {}
                    }
                }
                Event::Text(text) => content.push_str(&text.xml10_content()),
                Event::CData(text) => content.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => content.push_str(&xml::resolved(&reference)?),
                Event::End(element) => {
                    let (name, content) = (element.local_name().into_inner(), std::mem::take(&mut content));
                    match (name, frame.as_mut()) {
                        ("frame", _) => parts.push_frame(&frame.take().unwrap_or_default()),
                        ("class", Some(frame)) => frame.class = content,
                        ("method", Some(frame)) => frame.method = content,
                        ("line", Some(frame)) => frame.line = content,
                        ("exception", _) => is_exception = false,
                        // After the last record.
                        ("record", _) => return Some(parts),
                        ("message", None) if is_exception => parts.exception.push_str(&content),
                        ("message", None) => parts.message = content,
                        (name, None) if !is_exception && parts.fields.len() < MAX_FIELDS => {
                            parts.fields.push((name_of(name).to_owned(), content));
                        }
                        _ => parts.has_more = true,
                    }
                }
                Event::Eof => return Some(parts),
                _ => parts.has_more = true,
            }
        }
    }

    fn push_frame(&mut self, Frame { class, method, line }: &Frame) {
        let colon = if line.is_empty() { "" } else { ":" };
        // Writing to a `String` never fails.
        let _ = write!(self.exception, "\n\tat {class}.{method}({class}{colon}{line})");
    }

    /// Returns the time in seconds since the epoch. Before Java 9, the date has no zone.
    fn created(&self) -> Option<f64> {
        let number = |wanted: &str| {
            let (_, value) = self.fields.iter().find(|(name, _)| name == wanted)?;
            value.parse::<i64>().ok()
        };
        let nanos = number("nanos").filter(|nanos| (0..1_000_000).contains(nanos)).unwrap_or_default();
        #[allow(clippy::cast_precision_loss, reason = "a time is exact to the microsecond")]
        let micros = number("millis")?.checked_mul(1_000)?.checked_add(nanos / 1_000)? as f64;
        Some(micros / 1e6)
    }
}

/// Returns Python's name for an element, where it has one.
fn name_of(element: &str) -> &str {
    match element {
        "thread" => "threadName",
        "method" => "funcName",
        name => name,
    }
}
