//! The protobuf encoding.

use std::borrow::Cow;
use std::str;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use decode::protobuf::{Field, Malformed, Wire, fields};

use super::{AnyValue, Attributes, LogRecord, MAX_DEPTH, Origin, float};
use crate::formats::{Lines, text};

/// The bytes of an `AnyValue`.
#[derive(Clone, Copy, Debug)]
struct Encoded<'a>(&'a [u8]);

/// Reads the log records of an export.
pub(crate) fn read(payload: &[u8], lines: &mut Lines<'_>) {
    if let Err(error) = read_export(payload, lines) {
        lines.reject(payload, error);
    }
}

fn read_export(payload: &[u8], lines: &mut Lines<'_>) -> Result<(), Malformed> {
    // Whole or not at all: otherwise the rest of a broken export would be lost.
    for resource_logs in messages(payload, 1)? {
        let resource = origin(&messages(resource_logs, 1)?, 0)?;
        for scope_logs in messages(resource_logs, 2)? {
            let scope = origin(&messages(scope_logs, 1)?, 2)?;
            for record in messages(scope_logs, 2)? {
                lines.push(record, |out| Ok::<_, Malformed>(log_record(record)?.write(&resource, &scope, out)));
            }
        }
    }
    Ok(())
}

/// Returns the messages of a repeated field.
fn messages(message: &[u8], number: u32) -> Result<Vec<&[u8]>, Malformed> {
    let mut found = Vec::new();
    for field in fields(message) {
        if let Field { number: of, value: Wire::Bytes(bytes) } = field?
            && of == number
        {
            found.push(bytes);
        }
    }
    Ok(found)
}

/// Reads a resource, whose attributes are field 1, or a scope, which has a name and a version before them.
fn origin<'a>(messages: &[&'a [u8]], before: u32) -> Result<Origin<'a, Encoded<'a>>, Malformed> {
    let mut origin = Origin::default();
    for field in messages.iter().flat_map(|message| fields(message)) {
        let Field { number, value: Wire::Bytes(bytes) } = field? else { continue };
        match number {
            1 if before > 0 => origin.name = lossy(bytes),
            2 if before > 0 => origin.version = lossy(bytes),
            number if number == before + 1 => origin.attributes.extend(entry(bytes)?),
            _ => {}
        }
    }
    Ok(origin)
}

fn log_record(message: &[u8]) -> Result<LogRecord<'_, Encoded<'_>>, Malformed> {
    let mut record = LogRecord::default();
    for field in fields(message) {
        match field? {
            Field { number: 1, value: Wire::Fixed64(time) } => record.time = time,
            Field { number: 2, value: Wire::Varint(number) } => record.severity_number = number,
            Field { number: 3, value: Wire::Bytes(text) } => record.severity_text = lossy(text),
            Field { number: 5, value: Wire::Bytes(body) } => record.body = Some(Encoded(body)),
            Field { number: 6, value: Wire::Bytes(bytes) } => record.attributes.extend(entry(bytes)?),
            Field { number: 8, value: Wire::Fixed32(flags) } => record.flags = flags.into(),
            Field { number: 9, value: Wire::Bytes(id) } => record.trace_id = hex::encode(id),
            Field { number: 10, value: Wire::Bytes(id) } => record.span_id = hex::encode(id),
            Field { number: 11, value: Wire::Fixed64(time) } => record.observed = time,
            Field { number: 12, value: Wire::Bytes(name) } => record.event_name = lossy(name),
            _ => {}
        }
    }
    Ok(record)
}

/// Reads a `KeyValue`.
fn entry(message: &[u8]) -> Result<Option<(Cow<'_, str>, Encoded<'_>)>, Malformed> {
    let (mut key, mut value) = (None, Encoded(&[]));
    for field in fields(message) {
        match field? {
            Field { number: 1, value: Wire::Bytes(name) } => key = Some(lossy(name)),
            Field { number: 2, value: Wire::Bytes(bytes) } => value = Encoded(bytes),
            _ => {}
        }
    }
    Ok(key.map(|key| (key, value)))
}

fn entries(message: &[u8]) -> Result<Attributes<'_, Encoded<'_>>, Malformed> {
    messages(message, 1)?.into_iter().filter_map(|message| entry(message).transpose()).collect()
}

fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

impl<'a> Encoded<'a> {
    fn field(self) -> Option<Field<'a>> {
        fields(self.0).next()?.ok()
    }

    /// A value that cannot be read is kept as it is encoded.
    fn as_encoded(self, out: &mut Vec<u8>) {
        text(out, &STANDARD.encode(self.0));
    }
}

impl AnyValue for Encoded<'_> {
    fn text(self) -> Option<String> {
        match self.field() {
            Some(Field { number: 1, value: Wire::Bytes(text) }) => str::from_utf8(text).ok().map(str::to_owned),
            _ => None,
        }
    }

    fn write(self, depth: usize, out: &mut Vec<u8>) {
        match self.field() {
            None if self.0.is_empty() => out.extend_from_slice(b"null"),
            Some(Field { number: 1, value: Wire::Bytes(bytes) }) => text(out, &lossy(bytes)),
            Some(Field { number: 2, value: Wire::Varint(boolean) }) => {
                out.extend_from_slice(if boolean == 0 { b"false" } else { b"true" });
            }
            Some(Field { number: 3, value: Wire::Varint(number) }) => {
                out.extend_from_slice(itoa::Buffer::new().format(number.cast_signed()).as_bytes());
            }
            Some(Field { number: 4, value: Wire::Fixed64(bits) }) => float(f64::from_bits(bits), out),
            Some(Field { number: 5, value: Wire::Bytes(array) }) if depth < MAX_DEPTH => match messages(array, 1) {
                Ok(values) => {
                    out.push(b'[');
                    for (index, value) in values.into_iter().enumerate() {
                        if index > 0 {
                            out.push(b',');
                        }
                        Encoded(value).write(depth + 1, out);
                    }
                    out.push(b']');
                }
                Err(_) => self.as_encoded(out),
            },
            Some(Field { number: 6, value: Wire::Bytes(map) }) if depth < MAX_DEPTH => match entries(map) {
                Ok(entries) => {
                    out.push(b'{');
                    for (name, value) in entries {
                        crate::formats::key(out, &name);
                        value.write(depth + 1, out);
                    }
                    out.push(b'}');
                }
                Err(_) => self.as_encoded(out),
            },
            Some(Field { number: 7, value: Wire::Bytes(bytes) }) => text(out, &STANDARD.encode(bytes)),
            _ => self.as_encoded(out),
        }
    }
}
