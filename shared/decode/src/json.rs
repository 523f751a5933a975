//! JSON: one object, several objects one after the other or one a line, or an array of objects. Fluentd's entries may
//! stand between them.

mod marks;
mod scalar;
mod scan;
mod source;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use record::{Draft, Surroundings};

pub(crate) use self::scan::{NotJson, Scanner};
use self::source::SourceBytes;
use super::{Sink, fluentd};
use crate::rejection::{Reason, Rejection};

/// The format's name in a record's `source`.
const FORMAT: &str = "json";
/// The byte order mark with which some programs on Windows begin a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The assumed size of a record before it is read, if more may follow.
const FIRST_GUESS_BYTES: usize = 2_048;

/// Returns whether the bytes begin like JSON objects or arrays.
pub(super) fn is_like(payload: &[u8]) -> bool {
    let payload = payload.strip_prefix(BYTE_ORDER_MARK).unwrap_or(payload);
    matches!(payload.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Decodes the log records of a payload.
pub(super) fn decode(payload: &[u8], sink: &mut Sink<'_, '_>) {
    let payload = payload.strip_prefix(BYTE_ORDER_MARK).unwrap_or(payload);
    let valid = simdutf8::basic::from_utf8(payload);
    let text = valid.map_or_else(|_| String::from_utf8_lossy(payload), Cow::Borrowed);
    Records { scanner: Scanner::new(&text), source: SourceBytes::new(payload, matches!(text, Cow::Owned(_))) }
        .read(sink);
}

/// Returns the record that an envelope holds as text, with the envelope's other fields; `None` if it holds none.
fn unwrapped<'r>(envelope: &Draft<'_>, text: &str, sink: &Sink<'_, 'r>) -> Option<Draft<'r>> {
    let (name, inner) = envelope.wrapped_object()?;
    let mut draft = sink.draft(text.len());
    Scanner::read_object(inner, &mut draft).ok()?;
    // The record's own fields come first: where a name is in both, the envelope's is numbered.
    Scanner::new(text).object_without(name, &mut draft).ok()?;
    // An object without a message is itself the message.
    draft.surround(&Surroundings { message: Some(inner), ..Surroundings::default() });
    Some(draft)
}

/// Reads the records of a payload.
struct Records<'t> {
    scanner: Scanner<'t>,
    source: SourceBytes<'t>,
}

impl Records<'_> {
    fn read(mut self, sink: &mut Sink<'_, '_>) {
        while let Some(byte) = self.scanner.peek().filter(|_| !sink.is_over()) {
            let start = self.scanner.at;
            let read = match byte {
                b'[' if fluentd::is_entry(&self.scanner.text.as_bytes()[start..]) => self.entry(sink),
                b'[' => self.array(sink),
                _ => self.record(sink),
            };
            if let Err(error) = read {
                self.scanner.at = next_line(self.scanner.text, error.at);
                self.reject(sink, start.max(self.source.taken), error.to_string());
            }
        }
    }

    /// Reads a Fluentd entry.
    fn entry(&mut self, sink: &mut Sink<'_, '_>) -> Result<(), NotJson> {
        let start = self.scanner.at;
        self.scanner.skip()?;
        let text = &self.scanner.text[start..self.scanner.at];
        fluentd::push(text, self.source.take(start, self.scanner.at), sink);
        Ok(())
    }

    /// Reads an array. Its objects are records; other values are quarantined.
    fn array(&mut self, sink: &mut Sink<'_, '_>) -> Result<(), NotJson> {
        let start = self.scanner.at;
        self.scanner.at += 1;
        if self.scanner.peek() == Some(b']') {
            self.scanner.at += 1;
            self.reject(sink, start, "the array holds no records".to_owned());
            return Ok(());
        }
        loop {
            if self.scanner.peek() == Some(b'{') {
                self.record(sink)?;
            } else {
                let start = self.scanner.at;
                self.scanner.skip()?;
                self.reject(sink, start, "a value in an array of records is not an object".to_owned());
            }
            match self.scanner.peek() {
                _ if sink.is_over() => return Ok(()),
                Some(b',') => self.scanner.at += 1,
                Some(b']') => break,
                _ => return Err(self.scanner.not_json("`,` or `]`")),
            }
        }
        self.scanner.at += 1;
        Ok(())
    }

    fn record(&mut self, sink: &mut Sink<'_, '_>) -> Result<(), NotJson> {
        let start = self.scanner.at;
        let mut draft = sink.draft((self.scanner.text.len() - start).min(FIRST_GUESS_BYTES));
        self.scanner.object(&mut draft)?;
        if let Some(unwrapped) = unwrapped(&draft, &self.scanner.text[start..self.scanner.at], sink) {
            draft = unwrapped;
        }
        let raw = self.source.take(start, self.scanner.at);
        if self.source.is_lossy() && str::from_utf8(raw).is_err() {
            draft.keep_payload(raw);
        }
        sink.push(FORMAT, raw, Ok(draft));
        Ok(())
    }

    /// Quarantines the bytes from `start` to the current position.
    fn reject(&mut self, sink: &mut Sink<'_, '_>, start: usize, detail: String) {
        let raw = self.source.take(start, self.scanner.at);
        sink.push(FORMAT, raw, Err(Rejection::new(Reason::BadJson, detail)));
    }
}

/// Returns the next position where a record may begin: the next line that starts with `{`.
fn next_line(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find("\n{")).map_or(text.len(), |found| from + found + 1)
}
