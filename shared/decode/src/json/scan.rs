//! Reads JSON objects and arrays into the fields of a draft, in one pass and without a tree of values.
//!
//! Accepts a little more than RFC 8259, as real senders write it: `NaN` and `Infinity` as Python prints them, lone
//! surrogates, control characters in strings, numbers of any size. If a value cannot be kept exactly, the source text
//! of the whole field is also kept.

use std::borrow::Cow;

use record::{Container, DocumentWriter, Draft, FieldSink, Value};

use super::marks::Marks;

/// Objects and arrays that nest deeper are kept as text. MongoDB takes 100 levels, and a view needs some of them around
/// a record.
pub(super) const MAX_DEPTH: usize = 90;

/// Where and why a text is not JSON.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{expected} expected at byte {at}")]
pub(crate) struct NotJson {
    /// The offset in the text.
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
}

/// Reads JSON text.
#[derive(Debug)]
pub(crate) struct Scanner<'t> {
    pub(super) text: &'t str,
    pub(crate) at: usize,
    /// Whether the current field could not be kept exactly.
    pub(super) inexact: bool,
    pub(super) marks: Marks,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0, inexact: false, marks: Marks::new() }
    }

    /// Skips white space and returns the next byte without reading it.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        let mut at = self.at;
        let bytes = self.text.as_bytes();
        // One comparison shows that most bytes are not white space.
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(at).filter(|byte| **byte <= b' ') {
            at = at.wrapping_add(1);
        }
        self.at = at;
        bytes.get(at).copied()
    }

    /// Steps over one byte. No text is so long that a position in it overflows, and a check would cost as much as the step.
    #[inline]
    pub(super) fn step_over(&mut self) {
        self.at = self.at.wrapping_add(1);
    }

    /// Reads a text that is exactly one object into a draft. After an error the draft is incomplete.
    pub(crate) fn read_object(text: &'t str, draft: &mut Draft<'_>) -> Result<(), NotJson> {
        let mut scanner = Self::new(text);
        scanner.object(draft)?;
        match scanner.peek() {
            None => Ok(()),
            Some(_) => Err(scanner.not_json("the end")),
        }
    }

    /// Reads one object into a draft.
    pub(super) fn object(&mut self, draft: &mut Draft<'_>) -> Result<(), NotJson> {
        self.members(|scanner, name| scanner.field(name, draft))
    }

    /// Reads one object into a draft, but for the first field of that name.
    pub(crate) fn object_without(&mut self, left_out: &str, draft: &mut Draft<'_>) -> Result<(), NotJson> {
        let mut is_left_out = false;
        self.members(|scanner, name| {
            if !is_left_out && is_named(name, left_out) {
                is_left_out = true;
                return scanner.skip();
            }
            scanner.field(name, draft)
        })
    }

    /// Returns the first object of that name in one object, as it is written.
    pub(crate) fn object_in(&mut self, wanted: &str) -> Result<Option<&'t str>, NotJson> {
        let mut found = None;
        self.members(|scanner, name| {
            let is_wanted = found.is_none() && is_named(name, wanted) && scanner.peek() == Some(b'{');
            let start = scanner.at;
            scanner.skip()?;
            if is_wanted {
                found = scanner.text.get(start..scanner.at);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Reads the value of a field into a draft.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "two functions call it, and a call for each field costs 4 % of decoding JSON"
    )]
    fn field(&mut self, name: &str, draft: &mut Draft<'_>) -> Result<(), NotJson> {
        self.inexact = false;
        let start = self.at;
        match self.peek() {
            Some(b'{') => draft.push_container(name, Container::Document, |sink| self.inner_object(sink, 2)),
            Some(b'[') => draft.push_container(name, Container::Array, |sink| self.inner_array(sink, 2)),
            first => self.scalar(first, |value| draft.push(name, value)),
        }?;
        if self.inexact {
            draft.keep(name, Value::Text(self.text[start..self.at].trim_ascii()));
        }
        Ok(())
    }

    /// Reads a value that must be text.
    pub(crate) fn text(&mut self) -> Result<Cow<'t, str>, NotJson> {
        self.expect(b'"', "text")?;
        self.string()
    }

    /// Skips a value.
    pub(crate) fn skip(&mut self) -> Result<(), NotJson> {
        match self.peek() {
            Some(b'{' | b'[') => self.skip_container().map(|_| ()),
            first => self.scalar(first, |_| ()),
        }
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), NotJson> {
        if self.peek() == Some(byte) {
            self.step_over();
            Ok(())
        } else {
            Err(self.not_json(expected))
        }
    }

    pub(crate) fn not_json(&self, expected: &'static str) -> NotJson {
        NotJson { at: self.at, expected }
    }

    /// Reads an array. `element` reads each element.
    pub(crate) fn elements(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), NotJson>,
    ) -> Result<(), NotJson> {
        self.expect(b'[', "`[`")?;
        if self.peek() == Some(b']') {
            self.step_over();
            return Ok(());
        }
        loop {
            element(self)?;
            match self.peek() {
                Some(b',') => self.step_over(),
                Some(b']') => break,
                _ => return Err(self.not_json("`,` or `]`")),
            }
        }
        self.step_over();
        Ok(())
    }

    /// Reads an object. `value` reads the value of each member.
    pub(crate) fn members(
        &mut self,
        mut value: impl FnMut(&mut Self, &str) -> Result<(), NotJson>,
    ) -> Result<(), NotJson> {
        self.expect(b'{', "`{`")?;
        if self.peek() == Some(b'}') {
            self.step_over();
            return Ok(());
        }
        loop {
            self.expect(b'"', "a field's name in quotes")?;
            let name = self.string()?;
            self.expect(b':', "`:`")?;
            value(self, &name)?;
            match self.peek() {
                Some(b',') => self.step_over(),
                Some(b'}') => break,
                _ => return Err(self.not_json("`,` or `}`")),
            }
        }
        self.step_over();
        Ok(())
    }

    pub(super) fn inner_object(&mut self, sink: &mut DocumentWriter, depth: usize) -> Result<(), NotJson> {
        self.members(|scanner, name| scanner.inner_value(sink, name, depth))
    }

    fn inner_array(&mut self, sink: &mut DocumentWriter, depth: usize) -> Result<(), NotJson> {
        let (mut index, mut position) = (0_usize, itoa::Buffer::new());
        self.elements(|scanner| {
            scanner.inner_value(sink, position.format(index), depth)?;
            index += 1;
            Ok(())
        })
    }

    fn inner_value(&mut self, sink: &mut DocumentWriter, name: &str, depth: usize) -> Result<(), NotJson> {
        match self.peek() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => {
                let source = self.skip_container()?;
                sink.push(name, Value::Text(source));
                Ok(())
            }
            Some(b'{') => sink.push_container(name, Container::Document, |inner| self.inner_object(inner, depth + 1)),
            Some(b'[') => sink.push_container(name, Container::Array, |inner| self.inner_array(inner, depth + 1)),
            first => self.scalar(first, |value| sink.push(name, value)),
        }
    }
}

/// Returns whether a field has that name, in whatever case and with whatever separators.
pub(crate) fn is_named(name: &str, wanted: &str) -> bool {
    let letters = |byte: &u8| byte.is_ascii_alphanumeric();
    let small = |byte: u8| byte.to_ascii_lowercase();
    name.bytes().filter(letters).map(small).eq(wanted.bytes().filter(letters).map(small))
}
