//! Turns an OTLP log record in either encoding into a draft.
//!
//! | OTLP | becomes |
//! |---|---|
//! | `body` | the record, if it is one as text or as a map; `message` if it is other text; else `body` with its types, and its compact JSON as `message` |
//! | `timeUnixNano`, else a time in the body, else `observedTimeUnixNano` | `created` in seconds; both fields are also kept exactly |
//! | `severityNumber` | `levelno` and `levelname` (see [`severity`](super::severity)); kept, like `severityText` |
//! | `traceId`, `spanId`, `flags`, `eventName`, `droppedAttributesCount` | kept; `traceId` may be the correlation id |
//! | an attribute | a field of its name, or of Python's ([`PYTHON_NAMES`]); under `attributes` if OTLP has a field of that name |
//! | the resource's attributes | `resource`; its `service.name` is the `service` unless an attribute names one |
//! | the scope | `scope`; its name is the logger's `name` |

use std::convert::Infallible;
use std::fmt::Display;

use record::{Container, DocumentWriter, Draft, FieldSink, Surroundings, Value, level, without_colours};

use super::names::{ERROR_PARTS, OTLP_NAMES, PYTHON_NAMES};
use super::render;
use super::view::{AnyValue, LogRecord, MAX_DEPTH, Malformed, Origin, Repeated};
use crate::rejection::{Reason, Rejection};
use crate::text::{self, Header};
use crate::{Sink, envelope, is_named};

/// Encoded log records up to this size always fit a document, since BSON is at most a few times larger.
pub(super) const MAX_SURELY_STORED_BYTES: usize = 1 << 20;

/// A resource or scope as it is written into each of its log records.
pub(super) struct Described {
    document: DocumentWriter,
    /// The service of a resource, or the name of a scope.
    name: Option<String>,
}

impl Described {
    pub(super) fn resource<'a, R: Repeated<'a>>(resource: &Origin<'a, R>) -> Result<Self, Malformed> {
        let mut document = DocumentWriter::with_capacity(0);
        let mut name = None;
        resource.attributes.each_entry(|key, value| {
            if let ("service.name", AnyValue::Text(service)) = (key, &value) {
                name = Some(service.clone().into_owned());
            }
            put(&mut document, key, value, 2)
        })?;
        finish(&mut document, resource);
        Ok(Self { document, name })
    }

    pub(super) fn scope<'a, R: Repeated<'a>>(scope: &Origin<'a, R>) -> Result<Self, Malformed> {
        let mut document = DocumentWriter::with_capacity(0);
        push_text(&mut document, "name", &scope.name);
        push_text(&mut document, "version", &scope.version);
        let mut attributes = DocumentWriter::with_capacity(0);
        scope.attributes.each_entry(|key, value| put(&mut attributes, key, value, 3))?;
        push_document(&mut document, "attributes", &attributes);
        finish(&mut document, scope);
        Ok(Self { document, name: Some(scope.name.clone().into_owned()) })
    }

    /// The work that writing it took.
    pub(super) fn work(&self) -> usize {
        self.document.work()
    }
}

fn finish<R>(document: &mut DocumentWriter, origin: &Origin<'_, R>) {
    push_number(document, "droppedAttributesCount", origin.dropped_attributes_count.into());
    push_text(document, "schemaUrl", &origin.schema_url);
}

/// The resource and scope of a log record.
pub(super) struct Context<'a> {
    resource: &'a Result<Described, Malformed>,
    scope: &'a Result<Described, Malformed>,
}

impl<'a> Context<'a> {
    pub(super) fn new(resource: &'a Result<Described, Malformed>, scope: &'a Result<Described, Malformed>) -> Self {
        Self { resource, scope }
    }

    /// Creates the draft of the log record that `read` returns. The record takes `bytes` encoded.
    pub(super) fn draft<'r, 'o, R: Repeated<'o>>(
        &self,
        sink: &Sink<'_, 'r>,
        bytes: usize,
        read: impl FnOnce() -> Result<LogRecord<'o, R>, Malformed>,
    ) -> Result<Draft<'r>, Rejection> {
        let resource = self.resource.as_ref().map_err(bad_otlp)?;
        let scope = self.scope.as_ref().map_err(bad_otlp)?;
        let record = read().map_err(bad_otlp)?;
        if let Some(draft) = wrapped(&record, resource, scope, sink) {
            return draft.map_err(bad_otlp);
        }
        let mut draft = sink.draft(bytes + resource.document.len() + scope.document.len());
        fill(&mut draft, record, resource, scope).map(|()| draft).map_err(bad_otlp)
    }
}

/// Creates the draft of a log record whose body is a record as text, as collectors read it from files. Its own fields come
/// first. OTLP's own fields stay, and say what they do not. `None` if the body is something else.
fn wrapped<'a, 'r, R: Repeated<'a>>(
    record: &LogRecord<'a, R>,
    resource: &Described,
    scope: &Described,
    sink: &Sink<'_, 'r>,
) -> Option<Result<Draft<'r>, Malformed>> {
    let (mut draft, body) = match &record.body {
        AnyValue::Text(body) if text::may_be_structured(body) => {
            let structured = |body: &str| {
                let header = Header::of(body);
                text::structured(body, &header, sink, 0).or_else(|| text::above_stack(body, &header, sink, 0))
            };
            let object = envelope::object(body, sink).or_else(|| envelope::object_above_stack(body, sink, 0));
            let object = object.or_else(|| text::wrapped_xml(body, sink));
            (object.or_else(|| structured(&without_colours(body)))?, Some(&**body))
        }
        AnyValue::Map(fields) => match of_map(*fields, sink) {
            Ok(draft) => (draft?, None),
            Err(error) => return Some(Err(error)),
        },
        _ => return None,
    };
    Some((|| {
        push_times(&mut draft, record.time_unix_nano, record.observed_time_unix_nano);
        let level = level::of_severity(record.severity_number).map(|(_, name)| name);
        put_severity(&mut draft, record);
        put_context(&mut draft, record);
        let error = put_attributes(&mut draft, record.attributes)?;
        push_document(&mut draft, "resource", &resource.document);
        push_document(&mut draft, "scope", &scope.document);
        draft.surround(&Surroundings {
            level: level.or(Some(&*record.severity_text).filter(|text| !text.is_empty())),
            message: body,
            exception: error.as_deref(),
            service: resource.name.as_deref(),
            ..Surroundings::default()
        });
        text::read_id_of_header(&mut draft);
        Ok(draft)
    })())
}

/// The fields of a body that make it a record, and no business data.
const OF_RECORDS: [&str; 11] =
    ["message", "msg", "log", "MESSAGE", "level", "severity", "lvl", "levelname", "@m", "@mt", "MessageTemplate"];

/// Creates the draft of a body that is a record as a map, as Fluent Bit and the Collector's parsers send it. `None` if it is
/// other data.
fn of_map<'a, 'r, R: Repeated<'a>>(fields: R, sink: &Sink<'_, 'r>) -> Result<Option<Draft<'r>>, Malformed> {
    if !sink.spend(fields.work()) {
        return Ok(None);
    }
    let mut is_record = false;
    fields.each_entry(|name, value| {
        is_record |= OF_RECORDS.contains(&name) && matches!(value, AnyValue::Text(_) | AnyValue::Integer(_));
        Ok(())
    })?;
    if !is_record {
        return Ok(None);
    }
    let fill = |left_out: Option<&str>, draft: &mut Draft<'_>| {
        fields.each_entry(|name, value| {
            if left_out.is_some_and(|left_out| is_named(name, left_out)) { Ok(()) } else { put(draft, name, value, 1) }
        })
    };
    let mut draft = sink.draft(0);
    fill(None, &mut draft)?;
    let again =
        |left_out: &str, draft: &mut Draft<'_>| sink.spend(fields.work()) && fill(Some(left_out), draft).is_ok();
    let mut draft = envelope::opened_text(draft, sink, again);
    text::read_bare_line(&mut draft);
    Ok(Some(draft))
}

fn bad_otlp(error: impl Display) -> Rejection {
    Rejection::new(Reason::BadOtlp, error)
}

fn fill<'a, R: Repeated<'a>>(
    draft: &mut Draft<'_>,
    record: LogRecord<'a, R>,
    resource: &Described,
    scope: &Described,
) -> Result<(), Malformed> {
    put_time(draft, record.time_unix_nano, record.observed_time_unix_nano);
    if let Some((number, name)) = level::of_severity(record.severity_number) {
        draft.push("levelno", Value::Integer(number));
        draft.push("levelname", Value::Text(name));
    } else {
        push_text(draft, "levelname", &record.severity_text);
    }
    put_severity(draft, &record);
    // A line that a collector read from a file has its level and time in the text.
    let has_level = record.severity_number != 0 || !record.severity_text.is_empty();
    let (level, created, service) = match &record.body {
        AnyValue::Text(text) if !has_level || record.time_unix_nano == 0 => {
            let text = without_colours(text);
            let header = Header::of(&text);
            let service = text::service_of(&text, &header).filter(|_| resource.name.is_none());
            (header.level.map(str::to_owned), header.created(), service.map(str::to_owned))
        }
        _ => (None, None, None),
    };
    let stack = stack_of(draft, &record.body);
    let level = level.or_else(|| stack.as_ref().map(|_| "ERROR".to_owned()));
    if let Some(level) = level.filter(|_| !has_level) {
        draft.push("levelname", Value::Text(&level));
    }
    let created = created.filter(|_| record.time_unix_nano == 0);
    put_context(draft, &record);
    put_body(draft, record.body)?;
    push_text(draft, "name", scope.name.as_deref().unwrap_or_default());
    let error = put_attributes(draft, record.attributes)?;
    push_document(draft, "resource", &resource.document);
    push_document(draft, "scope", &scope.document);
    // Used only if no attribute says it.
    let message = (!record.event_name.is_empty()).then_some(&*record.event_name);
    draft.surround(&Surroundings {
        created,
        message,
        exception: stack.as_deref().or(error.as_deref()),
        service: resource.name.as_deref().or(service.as_deref()),
        ..Surroundings::default()
    });
    if let Some(created) = created {
        draft.prefer_time_of_line(created);
    }
    text::read_id_of_header(draft);
    Ok(())
}

/// Returns the stack in a body of several lines.
fn stack_of<R>(draft: &mut Draft<'_>, body: &AnyValue<'_, R>) -> Option<String> {
    let AnyValue::Text(text) = body else { return None };
    // One search shows that most bodies have none.
    memchr::memchr2(b'\n', b'\r', text.as_bytes()).filter(|_| draft.spend(text.len()))?;
    text::stack_of(&without_colours(text)).map(str::to_owned)
}

fn put_severity<'a, R: Repeated<'a>>(draft: &mut Draft<'_>, record: &LogRecord<'a, R>) {
    if record.severity_number != 0 {
        draft.push("severityNumber", Value::Integer(record.severity_number));
    }
    push_text(draft, "severityText", &record.severity_text);
}

/// Adds what is beside the body.
fn put_context<'a, R: Repeated<'a>>(draft: &mut Draft<'_>, record: &LogRecord<'a, R>) {
    for (name, id) in [("traceId", &record.trace_id), ("spanId", &record.span_id)] {
        // OTLP writes all zeros for no id. In JSON the digits may have either case; a uid must have one spelling.
        if id.bytes().any(|digit| digit != b'0') {
            push_text(draft, name, &id.to_ascii_lowercase());
        }
    }
    push_number(draft, "flags", record.flags.into());
    push_text(draft, "eventName", &record.event_name);
    push_number(draft, "droppedAttributesCount", record.dropped_attributes_count.into());
}

#[allow(clippy::cast_precision_loss, reason = "the exact nanoseconds are kept beside")]
fn put_time(draft: &mut Draft<'_>, time_unix_nano: u64, observed_time_unix_nano: u64) {
    let own = [time_unix_nano, observed_time_unix_nano].into_iter().find(|nanos| *nanos != 0);
    if let Some(nanos) = own {
        draft.push("created", Value::Float(nanos as f64 / 1e9));
    }
    push_times(draft, time_unix_nano, observed_time_unix_nano);
}

fn push_times(draft: &mut Draft<'_>, time_unix_nano: u64, observed_time_unix_nano: u64) {
    for (name, nanos) in [("timeUnixNano", time_unix_nano), ("observedTimeUnixNano", observed_time_unix_nano)] {
        if nanos != 0 {
            draft.push(name, Value::Unsigned(nanos));
        }
    }
}

fn put_body<'a, R: Repeated<'a>>(draft: &mut Draft<'_>, body: AnyValue<'a, R>) -> Result<(), Malformed> {
    match body {
        AnyValue::Empty => Ok(()),
        AnyValue::Text(text) => {
            draft.push("message", Value::Text(&text));
            Ok(())
        }
        body => {
            draft.push("message", Value::Text(&render::json(&body)?));
            put(draft, "body", body, 1)
        }
    }
}

/// Adds the attributes. Returns the error that they tell by its type and its message. It counts where no stack is beside it.
fn put_attributes<'a, R: Repeated<'a>>(draft: &mut Draft<'_>, attributes: R) -> Result<Option<String>, Malformed> {
    let mut has_conflicts = false;
    let mut error = [const { None }; ERROR_PARTS.len()];
    attributes.each_entry(|key, value| {
        if OTLP_NAMES.contains(&key) {
            has_conflicts = true;
            return Ok(());
        }
        if let (AnyValue::Text(text), Some(part)) = (&value, ERROR_PARTS.iter().position(|name| *name == key)) {
            error[part] = Some(text.clone().into_owned());
        }
        let python_name = PYTHON_NAMES.iter().find(|(name, _)| *name == key).map(|(_, python_name)| *python_name);
        put(draft, python_name.unwrap_or(key), value, 1)
    })?;
    if has_conflicts {
        draft.push_container("attributes", Container::Document, |sink| {
            attributes
                .each_entry(|key, value| if OTLP_NAMES.contains(&key) { put(sink, key, value, 2) } else { Ok(()) })
        })?;
    }
    let [kind, message] = error;
    Ok(kind.zip(message).map(|(kind, message)| format!("{kind}: {message}")))
}

/// Writes a value at nesting level `depth`. A value that nests too deep is kept as encoded.
fn put<'a, R: Repeated<'a>>(
    sink: &mut impl FieldSink,
    name: &str,
    value: AnyValue<'a, R>,
    depth: usize,
) -> Result<(), Malformed> {
    match value {
        AnyValue::Empty => sink.push(name, Value::Null),
        AnyValue::Text(text) => sink.push(name, Value::Text(&text)),
        AnyValue::Boolean(boolean) => sink.push(name, Value::Boolean(boolean)),
        AnyValue::Integer(integer) => sink.push(name, Value::Integer(integer)),
        AnyValue::Float(float) => sink.push(name, Value::Float(float)),
        AnyValue::Bytes(bytes) => sink.push(name, Value::Bytes(&bytes)),
        AnyValue::Array(values) | AnyValue::Map(values) if depth >= MAX_DEPTH => sink.push(name, values.source()),
        // The record is rejected as too costly.
        AnyValue::Array(values) | AnyValue::Map(values) if !sink.spend(values.work()) => {}
        AnyValue::Array(values) => {
            return sink.push_container(name, Container::Array, |inner| {
                let mut position = itoa::Buffer::new();
                let mut next = 0..;
                values.each_value(|value| {
                    put(inner, position.format(next.next().unwrap_or(usize::MAX)), value, depth + 1)
                })
            });
        }
        AnyValue::Map(entries) => {
            return sink.push_container(name, Container::Document, |inner| {
                entries.each_entry(|key, value| put(inner, key, value, depth + 1))
            });
        }
    }
    Ok(())
}

fn push_text(sink: &mut impl FieldSink, name: &str, text: &str) {
    if !text.is_empty() {
        sink.push(name, Value::Text(text));
    }
}

fn push_number(sink: &mut impl FieldSink, name: &str, number: i64) {
    if number != 0 {
        sink.push(name, Value::Integer(number));
    }
}

fn push_document(sink: &mut impl FieldSink, name: &str, document: &DocumentWriter) {
    if !document.is_empty() {
        let Ok(()) = sink.push_container(name, Container::Document, |inner| {
            inner.append(document);
            Ok::<_, Infallible>(())
        });
    }
}
