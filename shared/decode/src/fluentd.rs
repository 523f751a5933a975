//! Fluentd's and Fluent Bit's entries in JSON: `[tag, time, record]`, `[time, record]`, `[[time, metadata], record]`, and
//! chunks of them, `[tag, [[time, record], …]]`. `msgpack` reads them in msgpack.
//!
//! Source: <https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1#message-modes>.

pub(super) mod stamp;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt::Display;

use record::{Draft, Value};
use serde::de::Error;
use serde_json::value::RawValue;

use self::stamp::{Time, add_envelope};
use super::elements::{each, split_first};
use super::not_text::NotText;
use super::{Scanner, Sink, envelope, text};
use crate::rejection::{Reason, Rejection};

/// The format's name in a record's `source`.
const FORMAT: &str = "fluentd_json";
/// Tag, time, record, options.
const MAX_PARTS: usize = 4;

/// Returns whether a JSON array begins like an entry: with text, a number or an array with a number, and not like an
/// array of objects or texts.
pub(super) fn is_entry(array: &[u8]) -> bool {
    let Some(inside) = array.strip_prefix(b"[").map(<[u8]>::trim_ascii_start) else { return false };
    match inside.first() {
        Some(b'"') => match after_text(inside) {
            // An object after a text: they are items of an array.
            Some([b'{', ..]) | None => false,
            // So are texts, but for a time that was sent as one.
            Some(next @ [b'"', ..]) => after_text(next).is_some_and(|next| next.starts_with(b"{")),
            Some(_) => true,
        },
        Some(b'[') => begins_entry(inside),
        _ => begins_with_number(inside, b"{"),
    }
}

/// Returns whether an array begins like `[time, record]` or `[[time, metadata], record]`.
fn begins_entry(array: &[u8]) -> bool {
    let Some(inside) = array.strip_prefix(b"[").map(<[u8]>::trim_ascii_start) else { return false };
    begins_with_number(inside.strip_prefix(b"[").unwrap_or(inside), b"{")
}

/// Returns what follows a text and a comma; `None` if no comma follows.
fn after_text(bytes: &[u8]) -> Option<&[u8]> {
    let content = bytes.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', content)?;
    let next = content[end + 1..].trim_ascii_start().strip_prefix(b",")?;
    Some(next.trim_ascii_start())
}

/// Returns whether a number, a comma and these bytes come first.
fn begins_with_number(bytes: &[u8], next: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    let number = bytes.iter().take_while(|byte| byte.is_ascii_digit() || b".eE+-".contains(byte)).count();
    let after = bytes[number..].trim_ascii_start().strip_prefix(b",").map(<[u8]>::trim_ascii_start);
    number > 0 && after.is_some_and(|after| after.starts_with(next))
}

/// Decodes the entry at the beginning of `text`. Returns the text that follows.
pub(super) fn decode<'t>(text: &'t [u8], sink: &mut Sink<'_, '_>) -> &'t [u8] {
    match split_first(text) {
        Ok((entry, rest)) => {
            push(entry.get(), entry.get().as_bytes(), sink);
            rest
        }
        Err(error) => {
            sink.push(FORMAT, text, Err(Rejection::new(Reason::BadJson, error)));
            &[]
        }
    }
}

/// Decodes an entry, or the entries of a chunk. Keeps an entry's bytes if they differ from the text.
pub(super) fn push(entry: &str, raw: &[u8], sink: &mut Sink<'_, '_>) {
    let bad = |detail: &dyn Display| Rejection::new(Reason::BadFluentd, detail);
    if are_entries(entry) {
        return entries(entry, raw, sink);
    }
    let parts = match Parts::of(entry) {
        Ok(parts) => parts,
        Err(error) => return sink.push(FORMAT, raw, Err(bad(&error))),
    };
    if let [Some(tag), Some(entries), ..] = parts.0
        && tag.get().starts_with('"')
        && entries.get().starts_with('[')
    {
        return chunk(tag, entries, raw, sink);
    }
    let draft = parts.draft(None, raw.len(), sink).map(|mut draft| {
        if entry.as_bytes() != raw {
            draft.keep_payload(raw);
        }
        draft
    });
    sink.push(FORMAT, raw, draft.map_err(|error| bad(&error)));
}

/// Returns whether an array holds entries without a tag: `[[time, record], …]` or `[[[time, metadata], record], …]`. Fluent
/// Bit's `[[time, metadata], record]` is one entry.
fn are_entries(array: &str) -> bool {
    let is_nested = array.strip_prefix('[').is_some_and(|inside| inside.trim_start().starts_with('['));
    let Some(array) = Some(array).filter(|_| is_nested).and_then(|array| serde_json::from_str::<&RawValue>(array).ok())
    else {
        return false;
    };
    each(array, |part| if begins_entry(part.get().as_bytes()) { Ok(()) } else { Err("no entry") }).is_ok()
}

/// Decodes entries without a tag.
fn entries(array: &str, raw: &[u8], sink: &mut Sink<'_, '_>) {
    let Ok(array) = serde_json::from_str::<&RawValue>(array) else {
        return sink.push(FORMAT, raw, Err(Rejection::new(Reason::BadFluentd, "an array expected")));
    };
    // Every element is valid JSON.
    let _ = each(array, |entry| {
        if !sink.is_over() {
            push(entry.get(), entry.get().as_bytes(), sink);
        }
        Ok::<_, Infallible>(())
    });
}

/// Decodes the entries of a chunk: `[tag, [[time, record], …]]`.
fn chunk(tag: &RawValue, entries: &RawValue, raw: &[u8], sink: &mut Sink<'_, '_>) {
    let mut count = 0_usize;
    let counted = each(entries, |_| {
        count += 1;
        Ok::<_, Infallible>(())
    });
    if counted.is_err() || count == 0 {
        return sink.push(FORMAT, raw, Err(Rejection::new(Reason::BadFluentd, "a chunk without entries")));
    }
    // Every element is valid JSON.
    let _ = each(entries, |entry| {
        if sink.is_over() || !sink.spend(tag.get().len()) {
            return Ok::<_, Infallible>(());
        }
        let bytes = entry.get().len();
        match Parts::of(entry.get()).and_then(|parts| parts.draft(Some(tag), bytes, sink)) {
            Ok(draft) => sink.push(FORMAT, entry.get().as_bytes(), Ok(draft)),
            Err(error) => {
                let alone = format!("[{},[{}]]", tag.get(), entry.get());
                sink.push(FORMAT, alone.as_bytes(), Err(Rejection::new(Reason::BadFluentd, error)));
            }
        }
        Ok(())
    });
}

/// The elements of an entry.
struct Parts<'t>([Option<&'t RawValue>; MAX_PARTS]);

impl<'t> Parts<'t> {
    fn of(entry: &'t str) -> Result<Self, serde_json::Error> {
        let (mut parts, mut next) = ([None; MAX_PARTS], 0);
        let array: &RawValue = serde_json::from_str(entry)?;
        each(array, |part| match parts.get_mut(next) {
            Some(slot) => {
                *slot = Some(part);
                next += 1;
                Ok(())
            }
            None => Err("an entry has at most four elements"),
        })?;
        Ok(Self(parts))
    }

    /// Creates the draft of the entry, which takes so many bytes.
    fn draft<'r>(
        &self,
        tag: Option<&RawValue>,
        bytes: usize,
        sink: &Sink<'_, 'r>,
    ) -> Result<Draft<'r>, serde_json::Error> {
        let mut draft = sink.draft(bytes);
        self.read(tag, None, &mut draft)?;
        let again =
            |left_out: &str, draft: &mut Draft<'_>| sink.spend(bytes) && self.read(tag, Some(left_out), draft).is_ok();
        let mut draft = envelope::opened_text(draft, sink, again);
        text::read_bare_line(&mut draft);
        Ok(draft)
    }

    /// Reads `[tag, time, record]`, also with options, `[time, record]` or `[[time, metadata], record]` into a draft, but
    /// for the field of that name.
    fn read(
        &self,
        tag: Option<&RawValue>,
        left_out: Option<&str>,
        draft: &mut Draft<'_>,
    ) -> Result<(), serde_json::Error> {
        let (tag, stamp, record) = match self.0 {
            [Some(own), Some(stamp), Some(record), _] => (Some(own), stamp, record),
            [Some(stamp), Some(record), None, None] => (tag, stamp, record),
            _ => return Err(Error::custom("`[tag, time, record]` or `[time, record]` expected")),
        };
        let tag = tag.map(|tag| serde_json::from_str::<Cow<'_, str>>(tag.get())).transpose()?;
        let (time, metadata) = if stamp.get().starts_with('[') {
            let Parts([Some(time), metadata, None, None]) = Parts::of(stamp.get())? else {
                return Err(Error::custom("`[time, metadata]` expected"));
            };
            (time, metadata.map(RawValue::get).filter(|metadata| *metadata != "{}"))
        } else {
            (stamp, None)
        };
        let NotText(seconds) = serde_json::from_str::<NotText<f64>>(time.get())?;
        match left_out {
            Some(left_out) => Scanner::new(record.get()).object_without(left_out, draft),
            None => Scanner::read_object(record.get(), draft),
        }
        .map_err(Error::custom)?;
        if let Some(metadata) = metadata {
            draft.keep("metadata", Value::Text(metadata));
        }
        add_envelope(draft, tag.as_deref(), Time::Seconds(seconds));
        Ok(())
    }
}
