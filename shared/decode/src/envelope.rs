//! Envelopes: objects that hold a record in one of their fields, as text or as an object.
//!
//! The record's own fields come first. The envelope's other fields stay. A name that both have is numbered.

use std::borrow::Cow;

use record::{Draft, Surroundings, Value, Wrapped, without_colours};

use super::json::beginning::is_whole_object;
use super::syslog::without_cookie;
use super::text::{self, Header};
use super::{Scanner, Sink, repair};

/// How often a record may be wrapped: Docker's line in a log event in a notification is wrapped three times.
const MAX_DEPTH: usize = 4;

/// The name under `sent` of what follows a record in JSON.
const REST: &str = "rest";

/// Reads a text that is one whole JSON object; `None` for any other text.
pub(super) fn object<'r>(text: &str, sink: &Sink<'_, 'r>) -> Option<Draft<'r>> {
    object_at(text, sink, 0)
}

/// Reads a text in an envelope of that depth.
pub(super) fn object_at<'r>(text: &str, sink: &Sink<'_, 'r>, depth: usize) -> Option<Draft<'r>> {
    if !is_whole_object(text) || !sink.spend(text.len()) {
        return None;
    }
    let mut draft = sink.draft(text.len());
    Scanner::read_object(text, &mut draft).ok()?;
    Some(unwrapped_at(draft, text, sink, depth))
}

/// Returns the record that an envelope holds, or the envelope itself if it holds none. `text` is the envelope's JSON.
pub(super) fn unwrapped<'r>(envelope: Draft<'r>, text: &str, sink: &Sink<'_, 'r>) -> Draft<'r> {
    unwrapped_at(envelope, text, sink, 0)
}

fn unwrapped_at<'r>(envelope: Draft<'r>, text: &str, sink: &Sink<'_, 'r>, depth: usize) -> Draft<'r> {
    let rest = |name: &str, draft: &mut Draft<'_>| Scanner::new(text).object_without(name, draft).is_ok();
    let object_of = |name: &str| Scanner::new(text).object_in(name).ok()?;
    opened(envelope, sink, depth, object_of, rest)
}

/// Returns the record that an envelope of another format holds, or the envelope itself if it holds none. `rest` reads the
/// envelope's fields again, without the one of that name. Only text is looked into.
pub(super) fn opened_text<'r>(
    envelope: Draft<'r>,
    sink: &Sink<'_, 'r>,
    rest: impl FnOnce(&str, &mut Draft<'_>) -> bool,
) -> Draft<'r> {
    opened(envelope, sink, 0, |_| None, rest)
}

fn opened<'r, 't>(
    envelope: Draft<'r>,
    sink: &Sink<'_, 'r>,
    depth: usize,
    object_of: impl FnOnce(&str) -> Option<&'t str>,
    rest: impl FnOnce(&str, &mut Draft<'_>) -> bool,
) -> Draft<'r> {
    let line = || {
        envelope
            .wrapped_line()
            .filter(|line| matches!(line, Wrapped::Text { text, .. } if text::may_be_structured(text)))
    };
    let wrapped = envelope.wrapped().or_else(line);
    let Some(wrapped) = wrapped.filter(|_| depth < MAX_DEPTH) else { return envelope };
    let (mut draft, name, message) = match wrapped {
        Wrapped::Text { name, text } => {
            // A line may end as an object does: `level=error msg="order failed {17}"`.
            let is_line = || envelope.bare_line().is_some_and(|line| line.trim_end() == text.trim_end());
            let Some(draft) = of_text(text, is_line, sink, depth + 1) else { return envelope };
            (draft, name, Some(text))
        }
        Wrapped::Line { name, text } => (text::record_at(text, sink, depth + 1), name, None),
        Wrapped::Object { name } => {
            let Some(draft) = object_of(name).and_then(|object| object_at(object, sink, depth + 1)) else {
                return envelope;
            };
            (draft, name, None)
        }
    };
    // What the record says goes before what its envelope says.
    draft.surround(&Surroundings::default());
    if !rest(name, &mut draft) {
        return envelope;
    }
    // An object without a message is itself the message.
    draft.surround(&Surroundings {
        message,
        level: envelope.gelf_level(),
        service: envelope.source_as_service(),
        ..Surroundings::default()
    });
    draft
}

/// Reads a text that is an object, or an object after a known header. Go's programs write logfmt, so a line without a
/// level in its envelope may be that.
fn of_text<'r>(text: &str, is_line: impl FnOnce() -> bool, sink: &Sink<'_, 'r>, depth: usize) -> Option<Draft<'r>> {
    let text = without_cookie(text.trim());
    if let Some(draft) = object_at(text, sink, depth) {
        return Some(draft);
    }
    let colourless = without_colours(text);
    if let Cow::Owned(text) = &colourless
        && let Some(draft) = object_at(text, sink, depth)
    {
        return Some(draft);
    }
    let text = colourless.as_ref();
    if text.starts_with('{') {
        return object_and_more(text, sink, depth);
    }
    if let Some(draft) = of_json_string(text, sink, depth).or_else(|| text::wrapped_xml(text, sink)) {
        return Some(draft);
    }
    let header = Header::of(text);
    let (_, rest) = header.split(text)?;
    if !is_whole_object(rest) && !is_line() {
        return None;
    }
    text::structured(text, &header, sink, depth).or_else(|| text::above_stack(text, &header, sink, depth))
}

/// Reads a text that begins with an object and is more than that, or nearly an object.
pub(super) fn object_and_more<'r>(text: &str, sink: &Sink<'_, 'r>, depth: usize) -> Option<Draft<'r>> {
    first_object(text, sink, depth)
        .or_else(|| object_above_stack(text, sink, depth))
        .or_else(|| printed_object(text, sink, depth))
}

/// Reads a text that is an object as Python and Node.js print it, which is nearly JSON.
pub(super) fn printed_object<'r>(text: &str, sink: &Sink<'_, 'r>, depth: usize) -> Option<Draft<'r>> {
    if !is_whole_object(text) {
        return None;
    }
    let repaired = repair::object(text, sink.work()).filter(|repaired| repaired.length == text.len())?;
    let mut draft = object_at(&repaired.json, sink, depth)?;
    draft.set_repaired(repaired.how);
    if !repaired.is_exact {
        draft.keep_text(text);
    }
    Some(draft)
}

/// Reads the first of several objects in one text. What follows it is kept under `sent`.
fn first_object<'r>(text: &str, sink: &Sink<'_, 'r>, depth: usize) -> Option<Draft<'r>> {
    let mut scanner = Scanner::new(text);
    scanner.skip().ok()?;
    let (first, rest) = text.split_at_checked(scanner.at)?;
    let rest = rest.trim_start();
    let has_name = |object: &str| object.strip_prefix('{').is_some_and(|inside| inside.trim_start().starts_with('"'));
    if !has_name(first.trim_start()) || !has_name(rest) || !sink.spend(first.len()) {
        return None;
    }
    let mut draft = object_at(first, sink, depth)?;
    draft.keep(REST, Value::Text(rest));
    Some(draft)
}

/// Reads a text that is one object and the lines of a stack below it.
pub(super) fn object_above_stack<'r>(text: &str, sink: &Sink<'_, 'r>, depth: usize) -> Option<Draft<'r>> {
    if !text.starts_with('{') || !text.contains('\n') || !sink.spend(text.len()) {
        return None;
    }
    let mut scanner = Scanner::new(text);
    scanner.skip().ok()?;
    let (object, rest) = text.split_at_checked(scanner.at)?;
    let (blank, below) = rest.split_once('\n')?;
    let end = text::end_of_stack(below, 0).filter(|_| blank.trim().is_empty())?;
    if !below.get(end..)?.trim().is_empty() {
        return None;
    }
    let mut draft = object_at(object, sink, depth)?;
    text::put_stack(&mut draft, below.trim_end());
    Some(draft)
}

/// Reads a text that is a JSON string of an object, as a program writes that serialises a record twice.
pub(super) fn of_json_string<'r>(text: &str, sink: &Sink<'_, 'r>, depth: usize) -> Option<Draft<'r>> {
    if depth > MAX_DEPTH || !text.starts_with("\"{") || !text.ends_with("}\"") || !sink.spend(text.len()) {
        return None;
    }
    let content: String = serde_json::from_str(text).ok()?;
    let mut draft = object_at(&content, sink, depth + 1).or_else(|| of_json_string(&content, sink, depth + 1))?;
    draft.set_repaired(repair::JSON_STRING);
    Some(draft)
}
