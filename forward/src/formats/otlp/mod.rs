//! OTLP's `ExportLogsServiceRequest`, in protobuf and in JSON. A log record becomes one object with its attributes as
//! fields: named as `docs/formats.md` says, so that it is filed like the export itself.
//!
//! <https://opentelemetry.io/docs/specs/otlp/>.

mod json;
mod protobuf;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(super) use self::json::read as read_json;
pub(super) use self::protobuf::read as read_protobuf;
use super::{Facts, Tail, key, member};

/// Values that nest deeper are kept as they are encoded.
const MAX_DEPTH: usize = 32;

/// A value in one of the encodings.
trait AnyValue: Copy {
    /// Returns the value if it is a text.
    fn text(self) -> Option<String>;
    /// Appends the value as JSON.
    fn write(self, depth: usize, out: &mut Vec<u8>);
}

/// Attributes, in their order.
type Attributes<'a, V> = Vec<(Cow<'a, str>, V)>;

/// `opentelemetry.proto.logs.v1.LogRecord`.
#[derive(Debug)]
struct LogRecord<'a, V> {
    time: u64,
    observed: u64,
    severity_number: u64,
    severity_text: Cow<'a, str>,
    body: Option<V>,
    attributes: Attributes<'a, V>,
    flags: u64,
    /// In hexadecimal.
    trace_id: String,
    span_id: String,
    event_name: Cow<'a, str>,
}

impl<V> Default for LogRecord<'_, V> {
    fn default() -> Self {
        Self {
            time: 0,
            observed: 0,
            severity_number: 0,
            severity_text: Cow::Borrowed(""),
            body: None,
            attributes: Vec::new(),
            flags: 0,
            trace_id: String::new(),
            span_id: String::new(),
            event_name: Cow::Borrowed(""),
        }
    }
}

/// A `Resource`, or an `InstrumentationScope`, which also has a name and a version.
#[derive(Debug)]
struct Origin<'a, V> {
    name: Cow<'a, str>,
    version: Cow<'a, str>,
    attributes: Attributes<'a, V>,
}

impl<V> Default for Origin<'_, V> {
    fn default() -> Self {
        Self { name: Cow::Borrowed(""), version: Cow::Borrowed(""), attributes: Vec::new() }
    }
}

impl<V: AnyValue> Origin<'_, V> {
    /// Appends a member with what is known, if anything is.
    fn write(&self, name: &str, is_flat: bool, out: &mut Vec<u8>) {
        if self.name.is_empty() && self.version.is_empty() && self.attributes.is_empty() {
            return;
        }
        key(out, name);
        out.push(b'{');
        for (name, text) in [("name", &self.name), ("version", &self.version)] {
            if !text.is_empty() {
                member(out, name, text);
            }
        }
        if is_flat {
            attributes(&self.attributes, out);
        } else if !self.attributes.is_empty() {
            key(out, "attributes");
            out.push(b'{');
            attributes(&self.attributes, out);
            out.push(b'}');
        }
        out.push(b'}');
    }
}

impl<V: AnyValue> LogRecord<'_, V> {
    /// Appends the members of the record's object.
    fn write(&self, resource: &Origin<'_, V>, scope: &Origin<'_, V>, out: &mut Vec<u8>) -> Tail<'static> {
        let mut facts = Facts::default();
        if let Some(body) = self.body {
            if let Some(text) = body.text() {
                member(out, "message", &text);
            } else {
                key(out, "body");
                body.write(1, out);
            }
        }
        let numbers = [
            ("timeUnixNano", self.time),
            ("observedTimeUnixNano", self.observed),
            ("severityNumber", self.severity_number),
            ("flags", self.flags),
        ];
        for (name, number) in numbers.into_iter().filter(|(_, number)| *number > 0) {
            key(out, name);
            out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            facts.see(name.as_bytes());
        }
        let texts = [
            ("severityText", &*self.severity_text),
            ("traceId", &self.trace_id),
            ("spanId", &self.span_id),
            ("eventName", &self.event_name),
            ("name", &scope.name),
        ];
        for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            member(out, name, text);
        }
        for (name, _) in &self.attributes {
            facts.see(name.as_bytes());
        }
        attributes(&self.attributes, out);
        resource.write("resource", true, out);
        scope.write("scope", false, out);
        Tail { facts, ..Tail::default() }
    }
}

fn attributes<V: AnyValue>(attributes: &Attributes<'_, V>, out: &mut Vec<u8>) {
    for (name, value) in attributes {
        key(out, name);
        value.write(1, out);
    }
}

/// Appends a number, which may be one that JSON does not have.
fn float(number: f64, out: &mut Vec<u8>) {
    if number.is_finite() {
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(out, &number);
    } else {
        super::text(out, &number.to_string());
    }
}
