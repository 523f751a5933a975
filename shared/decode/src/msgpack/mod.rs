//! msgpack: maps and Fluentd's `[tag, time, record]`, one or more after the other.
//!
//! | msgpack | becomes |
//! |---|---|
//! | str | text; bytes that are not UTF-8 become U+FFFD |
//! | bin | binary |
//! | uint 64 past int64 | decimal128 |
//! | ext -1 (timestamp) | text, RFC 3339 to the nanosecond |
//! | any other ext | `{type, data}` |
//! | a key that is not a str | its text: `1`, `1.5`, `true`, `nil` |
//! | a value that nests deeper than [`MAX_DEPTH`] | binary: its msgpack |
//!
//! If a value cannot be kept exactly, the msgpack of its whole field, key and value, is also kept under `sent`.

mod reader;
#[cfg(test)]
mod tests;
mod timestamp;

use std::borrow::Cow;

use record::{Container, Draft, FieldSink, Value};

use self::reader::{Malformed, Reader, Token};
use super::Sink;
use super::fluentd::{self, Time};
use crate::rejection::{Reason, Rejection};

/// The format's name in a record's `source`.
const FORMAT: &str = "msgpack";
/// The name of the format of Fluentd's entries.
const FLUENTD_FORMAT: &str = "fluentd_msgpack";
/// The assumed size of a record: its end is unknown before it is read.
const USUAL_BYTES: usize = 512;
/// Maps and arrays that nest deeper are kept as bytes. MongoDB allows 100 levels for the whole document.
const MAX_DEPTH: usize = 90;
/// The type of Fluentd's `EventTime`:
/// <https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1#eventtime-ext-format>.
const EVENT_TIME: i8 = 0;

/// Decodes maps and entries to the end of the payload. White space after the last one is skipped.
pub(super) fn decode(payload: &[u8], sink: &mut Sink<'_, '_>) {
    let mut object = payload;
    while !object.trim_ascii_start().is_empty() && !sink.is_over() {
        let mut reader = Reader::new(object);
        let mut draft = sink.draft(object.len().min(USUAL_BYTES));
        let mut format = FORMAT;
        let read = record(&mut reader, &mut draft, &mut format);
        let rejected = |error: Malformed| Rejection::new(Reason::BadMsgpack, error);
        // A well-formed value that is not a record is quarantined alone, and reading goes on after it.
        let rest = if read.is_ok() { reader.rest() } else { reader::after_container(object).unwrap_or_default() };
        sink.push(format, before(object, rest), read.map(|()| draft).map_err(rejected));
        object = rest;
    }
}

fn record(reader: &mut Reader<'_>, draft: &mut Draft<'_>, format: &mut &'static str) -> Result<(), Malformed> {
    match reader.token()? {
        Token::Map(entries) => fields(reader, draft, entries),
        Token::Array(3) => {
            *format = FLUENTD_FORMAT;
            let Token::Text(tag) = reader.token()? else { return Err(reader.expected("a tag")) };
            let time = time(reader)?;
            let Token::Map(entries) = reader.token()? else { return Err(reader.expected("a record")) };
            fields(reader, draft, entries)?;
            reader.inexact = false;
            fluentd::add_envelope(draft, &text(reader, tag), time);
            if reader.inexact {
                draft.keep("tag", Value::Bytes(tag));
            }
            Ok(())
        }
        _ => Err(reader.expected("a map or a Fluentd entry")),
    }
}

#[allow(clippy::cast_precision_loss, reason = "seconds are exact in a float for far longer than the sun will shine")]
fn time(reader: &mut Reader<'_>) -> Result<Time, Malformed> {
    match reader.token()? {
        Token::Integer(seconds) => Ok(Time::Seconds(seconds as f64)),
        Token::Float(seconds) => Ok(Time::Seconds(seconds)),
        Token::Extension(EVENT_TIME, &[s0, s1, s2, s3, n0, n1, n2, n3]) => {
            let (seconds, nanos) = (u32::from_be_bytes([s0, s1, s2, s3]), u32::from_be_bytes([n0, n1, n2, n3]));
            Ok(Time::EventTime { seconds, nanos })
        }
        _ => Err(reader.expected("a time")),
    }
}

fn fields(reader: &mut Reader<'_>, draft: &mut Draft<'_>, entries: u32) -> Result<(), Malformed> {
    for _ in 0..entries {
        let entry = reader.rest();
        reader.inexact = false;
        let name = key(reader)?;
        value(reader, draft, &name, 1)?;
        if reader.inexact {
            draft.keep(&name, Value::Bytes(before(entry, reader.rest())));
        }
    }
    Ok(())
}

/// Returns the bytes before `rest`, which is the end of `bytes`.
fn before<'a>(bytes: &'a [u8], rest: &[u8]) -> &'a [u8] {
    bytes.get(..bytes.len() - rest.len()).unwrap_or(bytes)
}

fn key<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, Malformed> {
    Ok(match reader.token()? {
        Token::Text(bytes) | Token::Bytes(bytes) => text(reader, bytes),
        Token::Integer(number) => number.to_string().into(),
        Token::Unsigned(number) => number.to_string().into(),
        Token::Float(number) => number.to_string().into(),
        Token::Boolean(boolean) => boolean.to_string().into(),
        Token::Nil => "nil".into(),
        Token::Array(_) | Token::Map(_) | Token::Extension(..) => return Err(reader.expected("a key")),
    })
}

fn text<'a>(reader: &mut Reader<'a>, bytes: &'a [u8]) -> Cow<'a, str> {
    let text = String::from_utf8_lossy(bytes);
    reader.inexact |= matches!(text, Cow::Owned(_));
    text
}

/// Writes a value at nesting level `depth`.
fn value(reader: &mut Reader<'_>, sink: &mut impl FieldSink, name: &str, depth: usize) -> Result<(), Malformed> {
    let source = reader.rest();
    match reader.token()? {
        Token::Nil => sink.push(name, Value::Null),
        Token::Boolean(boolean) => sink.push(name, Value::Boolean(boolean)),
        Token::Integer(number) => sink.push(name, Value::Integer(number)),
        Token::Unsigned(number) => sink.push(name, Value::Unsigned(number)),
        Token::Float(number) => sink.push(name, Value::Float(number)),
        Token::Text(bytes) => sink.push(name, Value::Text(&text(reader, bytes))),
        Token::Bytes(bytes) => sink.push(name, Value::Bytes(bytes)),
        Token::Extension(kind, data) => return extension(sink, name, kind, data),
        Token::Array(_) | Token::Map(_) if depth >= MAX_DEPTH => {
            let rest = reader::after_container(source);
            reader.go_to(rest.ok_or_else(|| reader.expected("the end of a map or array"))?);
            sink.push(name, Value::Bytes(before(source, reader.rest())));
        }
        Token::Array(values) => {
            return sink.push_container(name, Container::Array, |inner| {
                let mut position = itoa::Buffer::new();
                (0..values).try_for_each(|index| value(reader, inner, position.format(index), depth + 1))
            });
        }
        Token::Map(entries) => {
            return sink.push_container(name, Container::Document, |inner| {
                (0..entries).try_for_each(|_| {
                    let name = key(reader)?;
                    value(reader, inner, &name, depth + 1)
                })
            });
        }
    }
    Ok(())
}

fn extension(sink: &mut impl FieldSink, name: &str, kind: i8, data: &[u8]) -> Result<(), Malformed> {
    if let Some(time) = timestamp::read(kind, data) {
        sink.push(name, Value::Text(&time));
        return Ok(());
    }
    sink.push_container(name, Container::Document, |inner| {
        inner.push("type", Value::Integer(kind.into()));
        inner.push("data", Value::Bytes(data));
        Ok(())
    })
}
