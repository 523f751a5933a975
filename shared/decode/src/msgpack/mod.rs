//! msgpack: maps, Fluentd's and Fluent Bit's entries and chunks of entries, one or more after the other.
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

pub mod reader;
#[cfg(test)]
mod tests;
mod timestamp;

use std::borrow::Cow;

use record::{Container, Draft, FieldSink, Value};

use self::reader::{Malformed, Reader, Token};
use super::compressed::Codec;
use super::fluentd::stamp::{Time, add_envelope};
use super::{Sink, envelope, is_named, text};
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

/// Decodes maps, entries and chunks of entries to the end of the payload. White space after the last one is skipped.
pub(super) fn decode(payload: &[u8], sink: &mut Sink<'_, '_>) {
    let mut object = payload;
    while !object.trim_ascii_start().is_empty() && !sink.is_over() {
        if let Some(maps) = array_of_maps(object) {
            object = maps;
            continue;
        }
        if let Some((chunk, rest)) = Chunk::read(object) {
            chunk.decode(before(object, rest), sink);
            object = rest;
            continue;
        }
        let entry = Entry { object, tag: None };
        let (read, rest) = entry.read(sink);
        let raw = before(object, rest);
        sink.push(entry.format(), raw, read.map_err(|error| Rejection::new(Reason::BadMsgpack, error)));
        object = rest;
    }
}

/// Returns what follows the header of an array whose first element is a map; `None` for anything else. The maps are records.
pub(super) fn array_of_maps(object: &[u8]) -> Option<&[u8]> {
    let ([0x91..=0x9F, maps @ ..] | [0xDC, _, _, maps @ ..] | [0xDD, _, _, _, _, maps @ ..]) = object else {
        return None;
    };
    matches!(maps.first(), Some(0x80..=0x8F | 0xDE | 0xDF)).then_some(maps)
}

/// A map, or an entry of Fluentd's.
#[derive(Clone, Copy)]
struct Entry<'p, 't> {
    /// Its bytes, and those after it.
    object: &'p [u8],
    /// The tag of the chunk that it is in.
    tag: Option<&'t [u8]>,
}

impl<'p: 't, 't> Entry<'p, 't> {
    fn format(&self) -> &'static str {
        if matches!(self.object, [0x92..=0x94, ..]) { FLUENTD_FORMAT } else { FORMAT }
    }

    /// Reads the entry into a draft. Returns the bytes after it. A well-formed value that is not a record is quarantined
    /// alone, and reading goes on after it.
    fn read<'r>(self, sink: &Sink<'_, 'r>) -> (Result<Draft<'r>, Malformed>, &'p [u8]) {
        let mut draft = sink.draft(self.object.len().min(USUAL_BYTES));
        let mut reader = Reader::new(self.object);
        match self.fill(&mut reader, &mut draft, None) {
            Ok(()) => {
                let rest = reader.rest();
                let again = |left_out: &str, draft: &mut Draft<'_>| {
                    sink.spend(before(self.object, rest).len())
                        && self.fill(&mut Reader::new(self.object), draft, Some(left_out)).is_ok()
                };
                let mut draft = envelope::opened_text(draft, sink, again);
                text::read_bare_line(&mut draft);
                (Ok(draft), rest)
            }
            Err(error) => (Err(error), reader::after_container(self.object).unwrap_or_default()),
        }
    }

    /// Reads the entry into a draft, but for the field of that name.
    fn fill(self, reader: &mut Reader<'p>, draft: &mut Draft<'_>, left_out: Option<&str>) -> Result<(), Malformed> {
        let count = match reader.token()? {
            Token::Map(entries) if self.tag.is_none() => return fields(reader, draft, entries, left_out),
            Token::Array(count @ 2..=4) => count,
            _ => return Err(reader.expected("a map or a Fluentd entry")),
        };
        let first = reader.token()?;
        let (tag, stamp) = match first {
            Token::Text(tag) if count > 2 => (Some(tag), reader.token()?),
            stamp if count == 2 => (self.tag, stamp),
            _ => return Err(reader.expected("a tag")),
        };
        let mut metadata = None;
        let time = match stamp {
            Token::Array(2) if tag.is_none() || count == 2 => {
                let stamp = reader.token()?;
                let time = time(reader, stamp)?;
                metadata = Some(reader.rest());
                let rest = reader::after_container(reader.rest()).ok_or_else(|| reader.expected("metadata"))?;
                metadata = metadata.map(|bytes| before(bytes, rest)).filter(|bytes| *bytes != [0x80]);
                reader.go_to(rest);
                time
            }
            stamp => time(reader, stamp)?,
        };
        let Token::Map(entries) = reader.token()? else { return Err(reader.expected("a record")) };
        fields(reader, draft, entries, left_out)?;
        if let Some(metadata) = metadata {
            draft.keep("metadata", Value::Bytes(metadata));
        }
        reader.inexact = false;
        let text = tag.map(|tag| utf8(reader, tag));
        add_envelope(draft, text.as_deref(), time);
        if let Some(tag) = tag.filter(|_| reader.inexact) {
            draft.keep("tag", Value::Bytes(tag));
        }
        if count == 4 {
            let rest = reader::after_container(reader.rest()).ok_or_else(|| reader.expected("options"))?;
            reader.go_to(rest);
        }
        Ok(())
    }
}

/// Many entries with one tag: `[tag, [[time, record], …]]`, `[tag, <entries>]`, also with options.
struct Chunk<'p> {
    tag: &'p [u8],
    entries: Entries<'p>,
}

enum Entries<'p> {
    /// So many, one after the other.
    Listed(u32, &'p [u8]),
    /// As bytes, which may be compressed.
    Packed(&'p [u8]),
}

impl<'p> Chunk<'p> {
    /// Reads a chunk's beginning. Returns also the bytes after it; `None` if it is something else or broken.
    fn read(object: &'p [u8]) -> Option<(Self, &'p [u8])> {
        if !matches!(object, [0x92 | 0x93, ..]) {
            return None;
        }
        let mut reader = Reader::new(object);
        let (Token::Array(_), Token::Text(tag)) = (reader.token().ok()?, reader.token().ok()?) else { return None };
        let entries = match reader.token().ok()? {
            Token::Array(count) => Entries::Listed(count, reader.rest()),
            Token::Bytes(packed) | Token::Text(packed) if !packed.is_empty() => Entries::Packed(packed),
            _ => return None,
        };
        Some((Self { tag, entries }, reader::after_container(object)?))
    }

    fn decode(&self, raw: &'p [u8], sink: &mut Sink<'_, '_>) {
        match self.entries {
            Entries::Listed(count, entries) => self.push(entries, count, raw, sink),
            Entries::Packed(packed) => match Codec::recognise(packed) {
                Some(codec) => match codec.content(packed, sink) {
                    Ok(plain) => sink.decompressed(raw, &plain, |sink| {
                        Chunk { tag: self.tag, entries: Entries::Packed(&plain) }.push(&plain, u32::MAX, raw, sink);
                    }),
                    Err(rejection) => sink.push(FLUENTD_FORMAT, raw, Err(rejection)),
                },
                None => self.push(packed, u32::MAX, raw, sink),
            },
        }
    }

    /// Adds at most `count` entries. One that is broken is quarantined with its tag.
    fn push<'e>(&'e self, mut entries: &'e [u8], count: u32, raw: &[u8], sink: &mut Sink<'_, '_>) {
        if count == 0 {
            let rejection = Rejection::new(Reason::BadMsgpack, "a chunk without entries");
            return sink.push(FLUENTD_FORMAT, raw, Err(rejection));
        }
        for _ in 0..count {
            if entries.is_empty() || sink.is_over() || !sink.spend(self.tag.len()) {
                break;
            }
            let (read, rest) = Entry { object: entries, tag: Some(self.tag) }.read(sink);
            let entry = before(entries, rest);
            match read {
                Ok(draft) => sink.push(FLUENTD_FORMAT, entry, Ok(draft)),
                Err(error) => {
                    let alone = self.alone(entry);
                    sink.push(FLUENTD_FORMAT, &alone, Err(Rejection::new(Reason::BadMsgpack, error)));
                }
            }
            entries = rest;
        }
    }

    /// Returns a chunk with one entry only.
    fn alone(&self, entry: &[u8]) -> Vec<u8> {
        let length = u32::try_from(self.tag.len()).unwrap_or(u32::MAX).to_be_bytes();
        [&[0x92, 0xDB], &length[..], self.tag, &[0x91], entry].concat()
    }
}

#[allow(clippy::cast_precision_loss, reason = "seconds are exact in a float for far longer than the sun will shine")]
fn time(reader: &mut Reader<'_>, stamp: Token<'_>) -> Result<Time, Malformed> {
    match stamp {
        Token::Integer(seconds) => Ok(Time::Seconds(seconds as f64)),
        Token::Float(seconds) => Ok(Time::Seconds(seconds)),
        Token::Extension(EVENT_TIME, &[s0, s1, s2, s3, n0, n1, n2, n3]) => {
            let (seconds, nanos) = (u32::from_be_bytes([s0, s1, s2, s3]), u32::from_be_bytes([n0, n1, n2, n3]));
            Ok(Time::EventTime { seconds, nanos })
        }
        _ => Err(reader.expected("a time")),
    }
}

/// Reads the fields of a record, but for the first text of the name that is left out.
fn fields(
    reader: &mut Reader<'_>,
    draft: &mut Draft<'_>,
    entries: u32,
    mut left_out: Option<&str>,
) -> Result<(), Malformed> {
    for _ in 0..entries {
        let entry = reader.rest();
        reader.inexact = false;
        let name = key(reader)?;
        if left_out.is_some_and(|left_out| is_named(&name, left_out)) {
            left_out = None;
            reader.token()?;
            continue;
        }
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
        Token::Text(bytes) | Token::Bytes(bytes) => utf8(reader, bytes),
        Token::Integer(number) => number.to_string().into(),
        Token::Unsigned(number) => number.to_string().into(),
        Token::Float(number) => number.to_string().into(),
        Token::Boolean(boolean) => boolean.to_string().into(),
        Token::Nil => "nil".into(),
        Token::Array(_) | Token::Map(_) | Token::Extension(..) => return Err(reader.expected("a key")),
    })
}

fn utf8<'a>(reader: &mut Reader<'_>, bytes: &'a [u8]) -> Cow<'a, str> {
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
        Token::Text(bytes) => sink.push(name, Value::Text(&utf8(reader, bytes))),
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
