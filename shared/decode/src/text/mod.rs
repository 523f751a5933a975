//! Plain text: each line is a log record, together with the lines of its stack.
//!
//! The text is the message. A time, a level and other facts at its beginning are read from the shapes that libraries and
//! servers write ([`recognise`]). If what follows them is one JSON object, or pairs of logfmt, that is the record.

mod access;
mod after_message;
mod brackets;
mod container;
mod csv;
mod fluent_bit;
mod header;
mod jul;
mod lambda;
mod level;
mod lines;
mod log4j;
mod logfmt;
mod mysql;
mod open_quotes;
mod programs;
mod recognise;
mod records;
mod servers;
mod service;
mod stack;
mod syslog;
mod systems;
#[cfg(test)]
mod tests;
mod time;
mod words;
mod xml;

use std::borrow::Cow;

use record::{Draft, FieldSink, Said, Surroundings, TextId, Value, service_of_logger, without_colours};

pub(super) use self::header::Header;
pub(super) use self::lambda::read_json;
use self::level::WordPosition;
pub(super) use self::lines::end_of_stack;
pub(super) use self::records::end_of_record;
pub(super) use self::stack::of as stack_of;
use self::time::Time;
use super::{Sink, envelope};

/// The name under `sent` of what stands before a record in JSON or logfmt.
const PREFIX: &str = "prefix";
/// The work of a byte of text.
const BYTE_WORK: usize = 2;
/// A text has at most one byte in so many that is not UTF-8.
const BYTES_PER_INVALID: usize = 8;

/// Returns whether the bytes are text: no control characters but those of terminals, and hardly any bytes that are not
/// UTF-8.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let is_control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x08 | 0x0B | 0x0C | 0x1B);
    let invalid = || bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
    !bytes.iter().any(is_control) && (str::from_utf8(bytes).is_ok() || invalid() <= bytes.len() / BYTES_PER_INVALID)
}

/// Creates the draft of a text.
pub(super) fn record<'r>(text: &str, sink: &Sink<'_, 'r>) -> Draft<'r> {
    record_at(text, sink, 0)
}

/// Creates the draft of a text in an envelope of that depth.
pub(super) fn record_at<'r>(text: &str, sink: &Sink<'_, 'r>, depth: usize) -> Draft<'r> {
    let text = text.trim_end_matches(['\r', '\n']);
    if let Some(mut draft) = envelope::object_at(text, sink, depth) {
        read_json(&mut draft);
        read_bare_line(&mut draft);
        return draft;
    }
    // Colours would hide words from a search, and secrets from redaction.
    let colourless = without_colours(text);
    if let Cow::Owned(text) = &colourless
        && let Some(draft) = envelope::object_at(text, sink, depth)
    {
        return draft;
    }
    let joined = container::joined(&colourless);
    let text = joined.as_deref().unwrap_or(&colourless);
    // The text is looked through for a level, a stack and ids.
    sink.spend(text.len() * BYTE_WORK);
    // Two objects in one text: the first is the record.
    let object = match text.as_bytes().first() {
        Some(b'{') => envelope::object_and_more(text, sink, depth),
        Some(b'"') => envelope::of_json_string(text, sink, depth),
        _ => None,
    };
    if let Some(draft) = object {
        return draft;
    }
    if let Some(draft) = of_xml(text, sink).or_else(|| fluent_bit::draft(text, sink, depth)) {
        return draft;
    }
    let header = Header::of(text);
    let draft = structured(text, &header, sink, depth).or_else(|| above_stack(text, &header, sink, depth));
    let Some(mut draft) = draft else { return plain(text, &header, sink) };
    read_bare_line(&mut draft);
    draft
}

/// Creates the draft of a record in XML, as log4j and `java.util.logging` write them.
fn of_xml<'r>(text: &str, sink: &Sink<'_, 'r>) -> Option<Draft<'r>> {
    log4j::draft(text, sink).or_else(|| jul::draft(text, sink))
}

/// Creates the draft of a record in XML in an envelope.
pub(super) fn wrapped_xml<'r>(text: &str, sink: &Sink<'_, 'r>) -> Option<Draft<'r>> {
    if text.starts_with('<') && sink.spend(text.len() * BYTE_WORK) { of_xml(text, sink) } else { None }
}

/// Returns whether a text may be a record in JSON, XML or logfmt. One search shows that most messages are none.
pub(super) fn may_be_structured(text: &str) -> bool {
    memchr::memchr2(b'{', b'=', text.as_bytes()).is_some()
}

/// Creates the draft of a text that is a record in JSON or logfmt after a known header.
pub(super) fn structured<'r>(text: &str, header: &Header<'_>, sink: &Sink<'_, 'r>, depth: usize) -> Option<Draft<'r>> {
    let mut draft = if let Some(split) = header.split(text) {
        after_header(split, sink, depth)?
    } else {
        // A program's line in a message of syslog's has a header of its own.
        let line = header.line_in_syslog(text).filter(|line| may_be_structured(line))?;
        let own = Header::of_line(line);
        let mut draft = after_header(own.split(line)?, sink, depth)?;
        surround(&mut draft, &own, line);
        draft
    };
    surround(&mut draft, header, text);
    Some(draft)
}

/// Creates the draft of a record in JSON or logfmt with a stack in the lines below it.
pub(super) fn above_stack<'r>(text: &str, header: &Header<'_>, sink: &Sink<'_, 'r>, depth: usize) -> Option<Draft<'r>> {
    let (line, stack) = text.split_once('\n').filter(|(line, _)| may_be_structured(line))?;
    lines::end_of_stack(stack, 0)?;
    let mut draft = structured(line.trim_end(), header, sink, depth)?;
    put_stack(&mut draft, stack.trim_end());
    Some(draft)
}

/// Creates the draft of a record in JSON or logfmt, and keeps what stands before it.
fn after_header<'r>((prefix, rest): (&str, &str), sink: &Sink<'_, 'r>, depth: usize) -> Option<Draft<'r>> {
    let object = envelope::object_at(rest, sink, depth).or_else(|| envelope::printed_object(rest, sink, depth));
    let mut draft = object.or_else(|| wrapped_xml(rest, sink)).or_else(|| logfmt_draft(rest, sink))?;
    if !prefix.trim().is_empty() {
        draft.keep(PREFIX, Value::Text(prefix));
    }
    Some(draft)
}

/// Adds what the header of a text says, where the record in it does not.
fn surround(draft: &mut Draft<'_>, header: &Header<'_>, text: &str) {
    // The record's own level goes before the header's.
    draft.surround(&Surroundings::default());
    push_fields(draft, header);
    put_incomplete_time(draft, header);
    draft.surround(&Surroundings {
        created: header.created(),
        level: header.level,
        message: Some(text),
        ..Surroundings::default()
    });
}

/// Adds the stack that stands in the lines below a record. A record that says no level is an ERROR, but for a stack that is no
/// exception's.
pub(super) fn put_stack(draft: &mut Draft<'_>, stack: &str) {
    if !draft.spend(stack.len() * BYTE_WORK) {
        return;
    }
    draft.push("exc_text", Value::Text(&without_colours(stack)));
    let level = Some("ERROR").filter(|_| !stack.trim_start().starts_with(stack::NO_EXCEPTION));
    draft.surround(&Surroundings { level, ..Surroundings::default() });
}

fn logfmt_draft<'r>(text: &str, sink: &Sink<'_, 'r>) -> Option<Draft<'r>> {
    let pairs = logfmt::pairs(text).or_else(|| logfmt::loose_pairs(text)).filter(|pairs| logfmt::is_record(pairs))?;
    let mut draft = sink.draft(text.len());
    for (name, value) in &pairs {
        logfmt::push(&mut draft, name, value);
    }
    let value = |name: &str| pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.text.as_ref());
    // Python's logfmter, Heroku.
    if let Some(level) = value("at").and_then(|at| level::of_word(at, WordPosition::BeforeColon)) {
        let logger = value("msg").and(value("name")).filter(|name| name.contains('.'));
        let service = logger.and_then(service_of_logger);
        draft.surround(&Surroundings { level: Some(level), service, ..Surroundings::default() });
    }
    Some(draft)
}

/// Creates the draft of a text that is a message.
fn plain<'r>(text: &str, header: &Header<'_>, sink: &Sink<'_, 'r>) -> Draft<'r> {
    let mut draft = sink.draft(text.len());
    draft.push("message", Value::Text(header.message.unwrap_or(text)));
    if let Some(before) = header.before_message {
        draft.keep(PREFIX, Value::Text(before));
    }
    let Facts { created, level, stack, service, said } = Facts::of(text, header, &mut draft);
    if let Some(level) = level {
        draft.push("levelname", Value::Text(level));
    }
    if let Some(created) = created {
        draft.push("created", Value::Float(created));
    }
    put_incomplete_time(&mut draft, header);
    push_fields(&mut draft, header);
    if let Some(service) = service.or(said.service.as_deref()).filter(|_| header.field("service").is_none()) {
        draft.push("service", Value::Text(service));
    }
    if let Some(exception) = stack.or(said.exception.as_deref()) {
        draft.push("exc_text", Value::Text(exception));
    }
    let mut ids = draft.ids_in_text(text).into_iter();
    if header.id().is_none() {
        if let Some(TextId { name, id, .. }) = ids.next() {
            draft.push(name, Value::Text(id));
        } else if let Some(uid) = after_message::uid_of_monolog(text, header) {
            draft.push("uid", Value::Text(uid));
        }
    } else if !lambda::is_platforms(text)
        && let Some(id) = ids.next()
    {
        // A correlation id in the message goes before the id of the request.
        draft.offer_id_in_text(&id);
    }
    ids.for_each(|id| draft.add_further_id(&id));
    lambda::put_report(&mut draft, text);
    draft
}

/// What a text says of itself, beside its header's fields.
struct Facts<'t> {
    created: Option<f64>,
    level: Option<&'t str>,
    stack: Option<&'t str>,
    service: Option<&'t str>,
    /// What the object after its message says.
    said: Said,
}

impl<'t> Facts<'t> {
    fn of(text: &'t str, header: &Header<'t>, draft: &mut Draft<'_>) -> Self {
        let stack = stack::of(container::line(text));
        let said = after_message::said(text, header, draft);
        let level_of_object = said.as_ref().and_then(|_| after_message::level(text));
        let mut said = said.unwrap_or_default();
        let level = header.level.or(level_of_object).or_else(|| stack.is_some().then_some("ERROR"));
        let with_error = said.exception.as_deref().and_then(|error| stack::with_gos_error(stack?, error));
        let stack = stack.filter(|_| with_error.is_none());
        said.exception = with_error.or(said.exception);
        Self {
            created: header.created().or(said.created.filter(|_| !header.has_date())),
            level,
            stack,
            service: service::of(text),
            said,
        }
    }
}

/// Returns the service that a text or its header names.
pub(super) fn service_of<'t>(text: &'t str, header: &Header<'t>) -> Option<&'t str> {
    header.field("service").or_else(|| service::of(text))
}

fn push_fields(draft: &mut Draft<'_>, header: &Header<'_>) {
    for (name, value) in &header.fields {
        match value {
            header::FieldValue::Text(text) => draft.push(name, Value::Text(text)),
            header::FieldValue::Number(number) => draft.push(name, Value::Integer(*number)),
            header::FieldValue::Decimal(number) => draft.push(name, Value::Float(*number)),
        }
    }
    syslog::put_structured_data(draft, header.structured_data);
}

/// Reads the line of a program that a collector wrapped, where the program says nothing about its level in the collector's
/// fields. Of any other record, only the id in the header of its message.
pub(super) fn read_bare_line(draft: &mut Draft<'_>) {
    let Some(line) = draft.bare_line().map(|line| line.trim_end_matches(['\r', '\n']).to_owned()) else {
        return read_id_of_header(draft);
    };
    if !draft.spend(line.len() * BYTE_WORK) {
        return;
    }
    let line = without_colours(&line);
    let header = Header::of(&line);
    let Facts { created, level, stack, service, said } = Facts::of(&line, &header, draft);
    let mut ids = draft.ids_in_text(&line).into_iter();
    let uid = header.id().or_else(|| ids.next().map(|id| id.id));
    let uid = uid.or_else(|| after_message::uid_of_monolog(&line, &header));
    let service = header.field("service").or(service).or(said.service.as_deref());
    let has_severity = draft.has_severity();
    if let Some(service) = service.filter(|_| has_severity) {
        draft.offer_service_of_line(service);
    }
    if let Some(level) = level {
        draft.prefer_level_of_line(level);
    }
    draft.surround(&Surroundings {
        // A message of syslog's is of the time that the daemon writes, as in plain text.
        created: created.filter(|_| !has_severity),
        level,
        exception: stack.or(said.exception.as_deref()),
        service,
        uid,
        ..Surroundings::default()
    });
    if let Some(created) = header.created().filter(|_| !has_severity) {
        draft.prefer_time_of_line(created);
    }
    ids.for_each(|id| draft.add_further_id(&id));
}

/// Reads the id in the header of a message, if the record has no other.
pub(super) fn read_id_of_header(draft: &mut Draft<'_>) {
    let line = draft.line_without_id().filter(|line| header::may_have_id(line));
    let Some(line) = line.and_then(|line| line.lines().next()).map(str::to_owned) else { return };
    if draft.spend(line.len() * BYTE_WORK)
        && let Some(id) = Header::of(&without_colours(&line)).id()
    {
        draft.keep_id_of_header(id);
    }
}

/// The record's arrival tells the year when it is completed.
fn put_incomplete_time(draft: &mut Draft<'_>, header: &Header<'_>) {
    if let Some(Time::WithoutYear(text) | Time::Ambiguous(text)) = header.time {
        draft.push("timestamp", Value::Text(text));
    }
}
