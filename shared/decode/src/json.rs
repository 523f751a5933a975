//! JSON and plain text: objects one after the other or one a line, arrays of objects, Fluentd's entries, and lines of
//! text between them.

pub(super) mod beginning;
mod marks;
mod scalar;
mod scan;
mod source;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use record::{bytes_with_colours, without_colours};

use self::beginning::{BYTE_ORDER_MARK, SEPARATORS, is_array, is_text_in_brackets};
pub(crate) use self::scan::{NotJson, Scanner, is_named};
use self::source::SourceBytes;
use super::repair::Encoding;
use super::{Sink, decode_encoded, envelope, fluentd, formats, repair, text, wrapper};
use crate::rejection::{Reason, Rejection};

/// The assumed size of a record before it is read, if more may follow.
const FIRST_GUESS_BYTES: usize = 2_048;
/// How deep arrays of records may be in each other.
const MAX_ARRAYS: usize = 4;
/// The most digits of a record's length that stands before it.
const MAX_LENGTH_DIGITS: usize = 8;

/// Decodes the log records of a payload.
pub(super) fn decode(payload: &[u8], sink: &mut Sink<'_, '_>) {
    let payload = payload.strip_prefix(BYTE_ORDER_MARK).unwrap_or(payload);
    let valid = simdutf8::basic::from_utf8(payload);
    let text = valid.map_or_else(|_| String::from_utf8_lossy(payload), Cow::Borrowed);
    let source = SourceBytes::new(payload, matches!(text, Cow::Owned(_)));
    Records { scanner: Scanner::new(&text), source, is_framed: false, frame: None }.read(sink);
}

/// Reads the records of a payload.
struct Records<'t> {
    scanner: Scanner<'t>,
    source: SourceBytes<'t>,
    /// Whether something else than white space separates the records.
    is_framed: bool,
    /// The length that stands before the next record: where it begins, and where it says that the record ends.
    frame: Option<(usize, usize)>,
}

impl<'t> Records<'t> {
    fn read(mut self, sink: &mut Sink<'_, '_>) {
        while let Some(byte) = self.scanner.peek().filter(|_| !sink.is_over()) {
            let start = self.scanner.at;
            if self.skip_framing(byte) {
                continue;
            }
            let read = if self.is_framed {
                sink.repaired(repair::FRAMING, |sink| self.item(byte, sink))
            } else {
                self.item(byte, sink)
            };
            if let Err(error) = read {
                // What was not expected may be the next line's beginning.
                self.scanner.at = next_line(self.scanner.text, error.at.saturating_sub(1).max(start));
                self.reject(sink, start.max(self.source.taken), error.to_string());
            }
        }
    }

    /// Skips what frames records: a separator, a comma after an object, the length before a record.
    fn skip_framing(&mut self, byte: u8) -> bool {
        let rest = self.scanner.text.as_bytes().get(self.scanner.at..).unwrap_or_default();
        let digits = rest.iter().take(MAX_LENGTH_DIGITS).take_while(|byte| byte.is_ascii_digit()).count();
        let length = match (byte, rest.get(1..)) {
            (byte, _) if SEPARATORS.contains(&byte) => 1,
            (b',', Some(next)) if self.source.taken > 0 && matches!(next.trim_ascii_start(), [] | [b'{', ..]) => 1,
            _ if digits > 0 && matches!(rest.get(digits..), Some([b' ', b'{' | b'<', ..])) => {
                let start = digits + 1;
                let count = self.scanner.text.get(self.scanner.at..self.scanner.at + digits);
                let Some(count) = count.and_then(|count| count.parse::<usize>().ok()) else { return false };
                let is_end = |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_digit();
                if count == 0 || start + count > rest.len() || !rest.get(start + count).is_none_or(is_end) {
                    return false;
                }
                self.frame = Some((self.scanner.at, self.scanner.at + start + count));
                start
            }
            _ => return false,
        };
        self.scanner.at += length;
        self.is_framed = true;
        true
    }

    /// Takes the bytes of an item, with the length before it.
    fn take(&mut self, start: usize, end: usize) -> &'t [u8] {
        let start = self.frame.take().map_or(start, |(start, _)| start);
        self.source.take(start, end)
    }

    fn item(&mut self, byte: u8, sink: &mut Sink<'_, '_>) -> Result<(), NotJson> {
        let rest = self.scanner.text.as_bytes().get(self.scanner.at..).unwrap_or_default();
        match byte {
            b'[' if is_text_in_brackets(rest) && self.begins_line() => {
                self.text(sink);
                Ok(())
            }
            b'[' if fluentd::is_entry(rest) => self.entry(sink),
            b'[' if is_array(rest) => self.array(1, sink),
            b'"' if self.json_string(sink) => Ok(()),
            b'{' => self.record(sink),
            _ if self.begins_line() => {
                self.text(sink);
                Ok(())
            }
            _ => self.record(sink),
        }
    }

    /// Reads a Fluentd entry.
    fn entry(&mut self, sink: &mut Sink<'_, '_>) -> Result<(), NotJson> {
        let start = self.scanner.at;
        self.scanner.skip()?;
        let text = &self.scanner.text[start..self.scanner.at];
        fluentd::push(text, self.take(start, self.scanner.at), sink);
        Ok(())
    }

    /// Reads an array. Its objects are records, also those of arrays in it; other values are quarantined.
    fn array(&mut self, depth: usize, sink: &mut Sink<'_, '_>) -> Result<(), NotJson> {
        let start = self.scanner.at;
        self.scanner.step_over();
        if self.scanner.peek() == Some(b']') {
            self.scanner.step_over();
            self.reject(sink, start, "the array holds no records".to_owned());
            return Ok(());
        }
        loop {
            match self.scanner.peek() {
                Some(b'{') => self.record(sink)?,
                Some(b'[') if depth < MAX_ARRAYS => self.array(depth + 1, sink)?,
                // A comma after the last element.
                Some(b']') => {}
                Some(b'"') => self.array_text(sink)?,
                _ => {
                    let start = self.scanner.at;
                    self.scanner.skip()?;
                    self.reject(sink, start, "a value in an array of records is not an object".to_owned());
                }
            }
            match self.scanner.peek() {
                _ if sink.is_over() => return Ok(()),
                Some(b',') => self.scanner.step_over(),
                Some(b']') => break,
                _ => return Err(self.scanner.not_json("`,` or `]`")),
            }
        }
        self.scanner.step_over();
        Ok(())
    }

    /// Reads a text in an array, which is a record as JSON or as text.
    fn array_text(&mut self, sink: &mut Sink<'_, '_>) -> Result<(), NotJson> {
        let start = self.scanner.at;
        let content = self.scanner.text()?;
        let draft = text::record(&content, sink);
        let raw = self.take(start, self.scanner.at);
        sink.push(formats::TEXT, raw, Ok(draft));
        Ok(())
    }

    fn record(&mut self, sink: &mut Sink<'_, '_>) -> Result<(), NotJson> {
        let start = self.scanner.at;
        if beginning::begins_text(&self.scanner.text[start..]) && self.begins_line() {
            self.text(sink);
            return Ok(());
        }
        let mut draft = sink.draft((self.scanner.text.len() - start).min(FIRST_GUESS_BYTES));
        if let Err(error) = self.scanner.object(&mut draft) {
            return match self.repaired(start, error, sink) {
                Err(_) if !beginning::begins_object(&self.scanner.text[start..]) && self.begins_line_at(start) => {
                    self.scanner.at = start;
                    self.text(sink);
                    Ok(())
                }
                repaired => repaired,
            };
        }
        let object = &self.scanner.text[start..self.scanner.at];
        if let Some(items) = draft.items()
            && wrapper::decode(items, object, sink)
        {
            self.take(start, self.scanner.at);
            return Ok(());
        }
        // A draft is large, so it is moved only if it has to be.
        if draft.wrapped().is_some() || draft.bare_line().is_some_and(text::may_be_structured) {
            draft = envelope::unwrapped(draft, object, sink);
        }
        text::read_json(&mut draft);
        text::read_bare_line(&mut draft);
        if let Some(stack) = self.stack_below() {
            text::put_stack(&mut draft, stack);
        }
        let raw = self.take(start, self.scanner.at);
        if self.source.is_lossy() && str::from_utf8(raw).is_err() {
            draft.keep_payload(raw);
        }
        sink.push(formats::JSON, raw, Ok(draft));
        Ok(())
    }

    /// Repairs a record that is not JSON. It ends before the next line that begins like one.
    fn repaired(&mut self, start: usize, error: NotJson, sink: &mut Sink<'_, '_>) -> Result<(), NotJson> {
        let text = self.scanner.text;
        let span = text.get(start..next_line(text, start)).unwrap_or_default();
        // Node.js prints objects with colours.
        let plain = without_colours(span);
        let mut repaired = repair::object(&plain, sink.work()).ok_or(error)?;
        if let Cow::Owned(_) = plain {
            repaired.length = bytes_with_colours(span, repaired.length);
        }
        let draft = sink.repaired(repaired.how, |sink| envelope::object(&repaired.json, sink));
        let mut draft = draft.ok_or(error)?;
        text::read_json(&mut draft);
        text::read_bare_line(&mut draft);
        self.scanner.at = start + repaired.length;
        if let Some(stack) = self.stack_below() {
            text::put_stack(&mut draft, stack);
        }
        let raw = self.take(start, self.scanner.at);
        if self.source.is_lossy() && str::from_utf8(raw).is_err() {
            draft.keep_payload(raw);
        } else if !repaired.is_exact {
            draft.keep_text(&span[..repaired.length]);
        }
        sink.push(formats::JSON, raw, Ok(draft));
        Ok(())
    }

    /// Reads the stack in the lines below a record, if there is one.
    fn stack_below(&mut self) -> Option<&'t str> {
        let text = self.scanner.text;
        let rest = text.get(self.scanner.at..)?;
        // Below nearly all records is the next one, or nothing.
        if matches!(rest.as_bytes(), [] | [b'\n'] | [b'\n', b'{', ..]) || self.is_framed {
            return None;
        }
        let below = rest.trim_start_matches([' ', '\t', '\r']).strip_prefix('\n')?;
        let start = text.len() - below.len();
        let stack = text.get(start..text::end_of_stack(text, start)?)?;
        let stack = stack.split(['\0', '\u{1e}']).next()?.trim_end();
        if !text::is_text(stack.as_bytes()) {
            return None;
        }
        self.scanner.at = start + stack.len();
        Some(stack.trim_start_matches(['\r', '\n']))
    }

    /// Reads a line that is one JSON string. Its content is a record, as JSON or as text. Returns whether it is one.
    fn json_string(&mut self, sink: &mut Sink<'_, '_>) -> bool {
        let start = self.scanner.at;
        let content = self.scanner.text();
        let rest = self.scanner.text.get(self.scanner.at..).unwrap_or_default();
        let is_line = rest.trim_start_matches([' ', '\t', '\r']).is_empty()
            || rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n');
        let Ok(content) = content.map_err(|_| ()).and_then(|content| if is_line { Ok(content) } else { Err(()) })
        else {
            self.scanner.at = start;
            return false;
        };
        if let Some(encoding) = Encoding::remove(content.as_bytes()) {
            let raw = self.take(start, self.scanner.at);
            decode_encoded(raw, &encoding, sink);
            return true;
        }
        let draft = sink.repaired(repair::JSON_STRING, |sink| text::record(&content, sink));
        let raw = self.take(start, self.scanner.at);
        sink.push(formats::TEXT, raw, Ok(draft));
        true
    }

    /// Returns whether a line begins here. Only then may text be a record: elsewhere it is the rest of broken JSON.
    fn begins_line(&self) -> bool {
        self.begins_line_at(self.scanner.at)
    }

    fn begins_line_at(&self, at: usize) -> bool {
        let before = self.scanner.text.get(..at).unwrap_or_default();
        let before = before.trim_end_matches([' ', '\t']);
        self.is_framed || before.is_empty() || before.ends_with('\n')
    }

    /// Reads a line of text with the lines that belong to it.
    fn text(&mut self, sink: &mut Sink<'_, '_>) {
        let start = self.scanner.at;
        let text = self.scanner.text;
        let end = text::end_of_record(text, start);
        let end = text[start..end].find(['\0', '\u{1e}']).map_or(end, |at| start + at);
        let end = self.frame.map_or(end, |(_, frame_end)| text.floor_char_boundary(frame_end));
        let line = text[start..end].trim_end();
        self.scanner.at = end;
        let raw = self.take(start, start + line.len());
        if !text::is_text(raw) {
            sink.push(formats::JSON, raw, Err(Rejection::new(Reason::BadJson, "neither JSON nor text")));
            return;
        }
        let mut draft = text::record(line, sink);
        if self.source.is_lossy() && str::from_utf8(raw).is_err() {
            draft.keep_payload(raw);
        }
        sink.push(formats::TEXT, raw, Ok(draft));
    }

    /// Quarantines the bytes from `start` to the current position.
    fn reject(&mut self, sink: &mut Sink<'_, '_>, start: usize, detail: String) {
        let raw = self.take(start, self.scanner.at);
        sink.push(formats::JSON, raw, Err(Rejection::new(Reason::BadJson, detail)));
    }
}

/// Returns the next position where a record may begin: the next line that starts with `{`.
fn next_line(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find("\n{")).map_or(text.len(), |found| from + found + 1)
}
