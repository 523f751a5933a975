//! Fluentd's entries `[tag, time, record]` in JSON. `msgpack` reads them in msgpack.
//!
//! Source: <https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1#message-modes>.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use record::{Draft, FieldSink, Surroundings, Value};
use serde_json::value::RawValue;

use super::elements::split_first;
use super::not_text::NotText;
use super::{Scanner, Sink};
use crate::rejection::{Reason, Rejection};

/// The format's name in a record's `source`.
const FORMAT: &str = "fluentd_json";
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// When an entry was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Time {
    /// Seconds since the epoch.
    Seconds(f64),
    /// `EventTime`: with nanoseconds, which a float cannot hold.
    EventTime { seconds: u32, nanos: u32 },
}

/// Adds an entry's `tag` and time to its record. The time becomes `created` if the record has none; otherwise it is
/// kept as the sender's `time`. Nanoseconds are kept in `timeUnixNano`, as OpenTelemetry names them.
pub(super) fn add_envelope(draft: &mut Draft<'_>, tag: &str, time: Time) {
    draft.push("tag", Value::Text(tag));
    match time {
        Time::Seconds(seconds) => {
            if !draft.surround(&Surroundings { created: Some(seconds), ..Surroundings::default() }) {
                draft.push("time", Value::Float(seconds));
            }
        }
        Time::EventTime { seconds, nanos } => {
            let created = f64::from(seconds) + f64::from(nanos) / 1e9;
            draft.surround(&Surroundings { created: Some(created), ..Surroundings::default() });
            let exact = u64::from(seconds) * NANOS_PER_SECOND + u64::from(nanos);
            draft.push("timeUnixNano", Value::Unsigned(exact));
        }
    }
}

/// Returns whether a JSON array begins like an entry: with text.
pub(super) fn is_entry(array: &[u8]) -> bool {
    array.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\""))
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

/// Decodes an entry. Keeps its bytes if they differ from the text.
pub(super) fn push(entry: &str, raw: &[u8], sink: &mut Sink<'_, '_>) {
    let mut draft = sink.draft(raw.len());
    let read = read(entry, &mut draft).map_err(|detail| Rejection::new(Reason::BadFluentd, detail));
    if entry.as_bytes() != raw {
        draft.keep_payload(raw);
    }
    sink.push(FORMAT, raw, read.map(|()| draft));
}

fn read(entry: &str, draft: &mut Draft<'_>) -> Result<(), String> {
    let (tag, NotText(seconds), record): (Cow<'_, str>, NotText<f64>, &RawValue) =
        serde_json::from_str(entry).map_err(|error| error.to_string())?;
    Scanner::read_object(record.get(), draft).map_err(|error| error.to_string())?;
    add_envelope(draft, &tag, Time::Seconds(seconds));
    Ok(())
}
