//! JSON objects, one after the other, or in an array. What is not JSON is a line of text.

use std::borrow::Cow;
use std::fmt;
use std::str;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Facts, Lines, Tail, member};

/// Reads the records of a text.
pub(super) fn read(payload: &[u8], lines: &mut Lines<'_>) {
    match str::from_utf8(payload) {
        Ok(text) => read_text(text, lines),
        Err(_) => {
            for line in payload.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                match str::from_utf8(line) {
                    Ok(text) => read_text(text, lines),
                    Err(error) => lines.reject(line, error),
                }
            }
        }
    }
}

fn read_text(text: &str, lines: &mut Lines<'_>) {
    // Editors and Windows' programs begin a text with a byte order mark.
    let mut rest = text.trim_start_matches('\u{FEFF}').trim_start();
    while !rest.is_empty() {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Kind>();
        let read = values.next();
        let end = values.byte_offset();
        let (value, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        match read {
            Some(Ok(Kind::Object(facts))) => {
                push(value.trim(), facts, lines);
                rest = after.trim_start();
            }
            Some(Ok(Kind::Array)) => {
                match serde_json::from_str::<Vec<&RawValue>>(value.trim()) {
                    Ok(items) => items.iter().for_each(|item| read_item(item.get(), lines)),
                    Err(error) => lines.reject(value.as_bytes(), error),
                }
                rest = after.trim_start();
            }
            // A line of text may begin with a number.
            _ => {
                let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
                read_line(line, lines);
                rest = after.trim_start();
            }
        }
    }
}

/// Reads an item of an array.
fn read_item(item: &str, lines: &mut Lines<'_>) {
    match serde_json::from_str(item) {
        Ok(Kind::Object(facts)) => push(item, facts, lines),
        _ => read_line(item, lines),
    }
}

/// A line that is no JSON object is a message.
pub(super) fn read_line(line: &str, lines: &mut Lines<'_>) {
    let line = line.trim_end();
    if line.is_empty() {
        return;
    }
    lines.push(line.as_bytes(), |out| {
        member(out, "message", line);
        Ok::<_, fmt::Error>(Tail::default())
    });
}

/// Reads a text that should be one object.
pub(super) fn object(text: &str) -> Option<Facts> {
    match serde_json::from_str(text) {
        Ok(Kind::Object(facts)) => Some(facts),
        _ => None,
    }
}

/// Adds an object as it is written.
fn push(object: &str, facts: Facts, lines: &mut Lines<'_>) {
    lines.push(object.as_bytes(), |out| {
        members(object, out);
        Ok::<_, fmt::Error>(Tail { facts, ..Tail::default() })
    });
}

/// Appends the members of an object that is valid.
pub(super) fn members(object: &str, out: &mut Vec<u8>) {
    let inner = object.trim().strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or_default();
    let start = out.len();
    out.extend_from_slice(inner.trim().as_bytes());
    // Between values only: JSON's texts have no line feeds.
    for byte in out.iter_mut().skip(start).filter(|byte| matches!(byte, b'\n' | b'\r')) {
        *byte = b' ';
    }
}

/// What a value is.
enum Kind {
    Object(Facts),
    Array,
    Other,
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Look;
        impl<'de> Visitor<'de> for Look {
            type Value = Kind;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
                let mut facts = Facts::default();
                while let Some((Name(name), IgnoredAny)) = map.next_entry::<Name<'de>, IgnoredAny>()? {
                    facts.see(name.as_bytes());
                }
                Ok(Kind::Object(facts))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Kind::Array)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
                Ok(Kind::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
                Ok(Kind::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Kind, E> {
                Ok(Kind::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
                Ok(Kind::Other)
            }

            fn visit_str<E>(self, _: &str) -> Result<Kind, E> {
                Ok(Kind::Other)
            }

            fn visit_unit<E>(self) -> Result<Kind, E> {
                Ok(Kind::Other)
            }
        }
        deserializer.deserialize_any(Look)
    }
}

/// A name: borrowed unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
