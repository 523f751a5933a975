//! Writes one BSON document into a byte buffer, in one pass and without an intermediate tree.
#[cfg(test)]
mod tests;

use bson::{DateTime, RawDocument, oid::ObjectId};

use super::container::Container;
use super::elements::Elements;
use super::layout::{DECIMAL128_EXPONENT_ZERO, LENGTH_BYTES, length, tag};
use super::names::{Name, Names, Scope};
use super::value::Value;

/// Replaces a NUL in a field name, since BSON ends names with NUL. JSON spells it this way.
const NUL_IN_NAME: &str = "\\u0000";
/// The binary subtype for plain bytes.
const BINARY_GENERIC: u8 = 0x00;
/// The largest document that MongoDB stores (`maxBsonObjectSize`).
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
/// The bytes of a document or an array without fields.
const EMPTY_BYTES: usize = LENGTH_BYTES + 1;
/// The work that may be spent on one document beyond its bytes.
const MAX_WORK: usize = 1 << 30;
/// The work of trying one number for a repeated name.
const NAME_TRY_WORK: usize = 128;
/// An estimate of the bytes that a field takes. It sizes the list of names, which grows if there are more.
const BYTES_PER_FIELD: usize = 32;

impl Container {
    fn tag(self) -> u8 {
        match self {
            Self::Document => tag::DOCUMENT,
            Self::Array => tag::ARRAY,
        }
    }
}

/// The position of a field's value in the buffer, so that it can be read again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueOffset {
    tag: u8,
    at: u32,
}

impl ValueOffset {
    /// An offset is kept for each attribute of each record, so it is kept small. Documents end long before 4 GiB.
    fn new(tag: u8, at: usize) -> Self {
        Self { tag, at: u32::try_from(at).unwrap_or(u32::MAX) }
    }

    fn at(self) -> usize {
        self.at as usize
    }

    /// Returns whether the value is an object or an array.
    pub(super) fn is_container(self) -> bool {
        matches!(self.tag, tag::DOCUMENT | tag::ARRAY)
    }
}

/// A container that is not ended yet.
#[derive(Debug)]
#[must_use = "a container that is not ended has no length"]
pub(crate) struct Begun {
    at: usize,
    outer: Scope,
}

impl Begun {
    pub(super) fn offset(&self, container: Container) -> ValueOffset {
        ValueOffset::new(container.tag(), self.at)
    }
}

/// A field's name that can be written.
pub(super) trait FieldName: Copy {
    fn write(self, document: &mut DocumentWriter);
}

/// A name that logbraid adds and that no other field of the document can have. It is not checked for duplicates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReservedName(pub(crate) &'static str);

impl FieldName for ReservedName {
    #[inline]
    fn write(self, document: &mut DocumentWriter) {
        document.bytes.extend_from_slice(self.0.as_bytes());
    }
}

impl FieldName for Name<'_> {
    #[inline]
    fn write(self, document: &mut DocumentWriter) {
        if self.has_nul() {
            document.deduplicated_name(&self.text.replace('\0', NUL_IN_NAME));
        } else {
            KnownName(self).write(document);
        }
    }
}

/// A name that logbraid knows, so that it has no NUL.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownName<'a>(pub(super) Name<'a>);

impl FieldName for KnownName<'_> {
    #[inline]
    fn write(self, document: &mut DocumentWriter) {
        let Self(name) = self;
        if document.names.insert(name) {
            document.bytes.extend_from_slice(name.text.as_bytes());
        } else {
            document.deduplicated_name(name.text);
        }
    }
}

/// Takes named values, one after the other.
pub trait FieldSink {
    /// Takes a scalar value.
    fn push(&mut self, name: &str, value: Value<'_>);

    /// Takes a container; `fill` writes its values. In an array each value is named by its position.
    fn push_container<E>(
        &mut self,
        name: &str,
        container: Container,
        fill: impl FnOnce(&mut DocumentWriter) -> Result<(), E>,
    ) -> Result<(), E>;

    /// Counts work that reading a value takes beyond its bytes. Returns whether there is any left for it.
    fn spend(&mut self, units: usize) -> bool;
}

/// A BSON document being written. It takes nothing more once it is larger than MongoDB allows: it cannot be stored
/// anyway, and a few bytes of payload can expand to many.
///
/// A name that occurs twice in one document would hide a value. The second field is therefore named `name#2`, or gets
/// the next number that is free.
#[derive(Clone, Debug)]
pub struct DocumentWriter {
    bytes: Vec<u8>,
    names: Names,
    /// The work that names and values took beyond their bytes.
    work: usize,
}

impl FieldSink for DocumentWriter {
    fn push(&mut self, name: &str, value: Value<'_>) {
        if !self.is_full() {
            self.push_named(Name::of(name), value);
        }
    }

    fn push_container<E>(
        &mut self,
        name: &str,
        container: Container,
        fill: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.is_full() {
            return fill(self);
        }
        let begun = self.begin(name, container);
        fill(self)?;
        self.end(begun);
        Ok(())
    }

    fn spend(&mut self, units: usize) -> bool {
        self.work = self.work.saturating_add(units);
        self.work < MAX_WORK
    }
}

impl Default for DocumentWriter {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl DocumentWriter {
    /// Creates an empty document with room for `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(capacity);
        bytes.extend_from_slice(&[0; LENGTH_BYTES]);
        Self { bytes, names: Names::with_capacity(capacity / BYTES_PER_FIELD), work: 0 }
    }

    /// Begins a container. Fields appended before its end go into it.
    pub(crate) fn begin(&mut self, name: &str, container: Container) -> Begun {
        self.begin_named(Name::of(name), container)
    }

    pub(super) fn begin_named(&mut self, name: impl FieldName, container: Container) -> Begun {
        let at = self.element(container.tag(), name, [0; LENGTH_BYTES]).at();
        Begun { at, outer: self.names.enter(container) }
    }

    /// Ends the container that was begun last.
    pub(crate) fn end(&mut self, Begun { at, outer }: Begun) {
        self.names.leave(outer);
        self.close(at);
    }

    /// Takes back the field that was written last, if it is an empty container at this offset. `before` is the length before it
    /// was written. Returns whether it was.
    pub(super) fn take_back_empty(&mut self, offset: ValueOffset, before: usize) -> bool {
        let is_empty = self.bytes.len() == offset.at() + EMPTY_BYTES;
        if is_empty {
            self.bytes.truncate(before);
            self.names.remove_last();
        }
        is_empty
    }

    /// Writes the length of the document that begins at `start` and ends here.
    fn close(&mut self, start: usize) {
        self.bytes.push(0);
        let length = length(self.bytes.len() - start);
        self.bytes[start..start + LENGTH_BYTES].copy_from_slice(&length);
    }

    /// Appends all fields of another document. The two must not share a name.
    pub fn append(&mut self, other: &Self) {
        self.bytes.extend_from_slice(other.bytes.get(LENGTH_BYTES..).unwrap_or_default());
    }

    /// Returns how many bytes have been written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the work that the document took: its bytes, and what was spent beyond them.
    #[must_use]
    pub fn work(&self) -> usize {
        self.work.saturating_add(self.bytes.len())
    }

    /// Returns whether the document is too large to be stored and takes nothing more.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() > MAX_DOCUMENT_BYTES
    }

    /// Returns whether no field has been appended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.len() == LENGTH_BYTES
    }

    pub(super) fn push_named(&mut self, name: impl FieldName, value: Value<'_>) -> ValueOffset {
        match value {
            Value::Null => self.element(tag::NULL, name, []),
            Value::Boolean(value) => self.element(tag::BOOLEAN, name, [u8::from(value)]),
            Value::Float(value) => self.element(tag::DOUBLE, name, value.to_le_bytes()),
            Value::Integer(value) => match i32::try_from(value) {
                Ok(small) => self.element(tag::INT32, name, small.to_le_bytes()),
                Err(_) => self.element(tag::INT64, name, value.to_le_bytes()),
            },
            Value::Unsigned(value) => match i64::try_from(value) {
                Ok(small) => self.push_named(name, Value::Integer(small)),
                Err(_) => {
                    self.element(tag::DECIMAL128, name, (DECIMAL128_EXPONENT_ZERO | u128::from(value)).to_le_bytes())
                }
            },
            Value::Text(text) => {
                let offset = self.element(tag::STRING, name, length(text.len() + 1));
                self.bytes.extend_from_slice(text.as_bytes());
                self.bytes.push(0);
                offset
            }
            Value::Bytes(bytes) => {
                let offset = self.element(tag::BINARY, name, length(bytes.len()));
                self.bytes.push(BINARY_GENERIC);
                self.bytes.extend_from_slice(bytes);
                offset
            }
        }
    }

    pub(crate) fn push_date(&mut self, name: ReservedName, date: DateTime) -> ValueOffset {
        self.element(tag::DATE, name, date.timestamp_millis().to_le_bytes())
    }

    pub(crate) fn push_id(&mut self, name: ReservedName, id: ObjectId) -> ValueOffset {
        self.element(tag::OBJECT_ID, name, id.bytes())
    }

    /// Overwrites an id or date. Their lengths are fixed.
    pub(super) fn set(&mut self, offset: ValueOffset, fixed: &[u8]) {
        self.bytes[offset.at()..][..fixed.len()].copy_from_slice(fixed);
    }

    /// Reads the value written at `offset`; `None` for a container, date or id.
    pub(super) fn get(&self, offset: ValueOffset) -> Option<Value<'_>> {
        let bytes = self.bytes.get(offset.at()..)?;
        Some(match offset.tag {
            tag::NULL => Value::Null,
            tag::BOOLEAN => Value::Boolean(bytes.first() == Some(&1)),
            tag::DOUBLE => Value::Float(f64::from_le_bytes(*bytes.first_chunk()?)),
            tag::INT32 => Value::Integer(i32::from_le_bytes(*bytes.first_chunk()?).into()),
            tag::INT64 => Value::Integer(i64::from_le_bytes(*bytes.first_chunk()?)),
            tag::DECIMAL128 => Value::Unsigned(u64::from_le_bytes(*bytes.first_chunk()?)),
            tag::STRING => {
                let length = usize::try_from(i32::from_le_bytes(*bytes.first_chunk()?)).ok()?;
                Value::Text(str::from_utf8(bytes.get(LENGTH_BYTES..LENGTH_BYTES + length - 1)?).ok()?)
            }
            tag::BINARY => {
                let length = usize::try_from(i32::from_le_bytes(*bytes.first_chunk()?)).ok()?;
                Value::Bytes(bytes.get(LENGTH_BYTES + 1..)?.get(..length)?)
            }
            _ => return None,
        })
    }

    /// Reads the array or document written at `offset`, as a document of its own.
    pub(super) fn get_container(&self, offset: ValueOffset) -> Option<(Container, &RawDocument)> {
        let container = match offset.tag {
            tag::DOCUMENT => Container::Document,
            tag::ARRAY => Container::Array,
            _ => return None,
        };
        let bytes = self.bytes.get(offset.at()..)?;
        let length = usize::try_from(i32::from_le_bytes(*bytes.first_chunk()?)).ok()?;
        Some((container, RawDocument::from_bytes(bytes.get(..length)?).ok()?))
    }

    /// Appends a whole document as a field.
    pub(super) fn push_document(&mut self, name: ReservedName, document: Self) {
        self.element(tag::DOCUMENT, name, []);
        self.bytes.extend_from_slice(&document.finish());
    }

    /// Appends an object as a field.
    pub(super) fn push_object(&mut self, name: impl FieldName, object: &RawDocument) {
        self.element(tag::DOCUMENT, name, []);
        self.bytes.extend_from_slice(object.as_bytes());
    }

    /// Returns the document's bytes.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.close(0);
        self.bytes
    }

    /// Returns the fields written so far, as bytes.
    pub(super) fn elements(&self) -> &[u8] {
        &self.bytes[LENGTH_BYTES..]
    }

    /// Replaces the fields written so far. Earlier offsets are no longer valid.
    pub(super) fn set_elements(&mut self, elements: &[u8]) {
        self.bytes.truncate(LENGTH_BYTES);
        self.bytes.extend_from_slice(elements);
    }

    /// Removes the first field of that name. Earlier offsets are no longer valid.
    pub(super) fn remove(&mut self, name: &str) {
        let (before, after) = self.elements_beside(name);
        let without = [before, after].concat();
        self.set_elements(&without);
    }

    /// Returns the fields written so far before and after the first one of that name, as bytes.
    pub(super) fn elements_beside(&self, name: &str) -> (&[u8], &[u8]) {
        let all = self.elements();
        let mut elements = Elements { rest: all };
        let mut start = 0;
        while let Some(element) = elements.next() {
            if element.name == name.as_bytes() {
                return (&all[..start], elements.rest);
            }
            start = all.len() - elements.rest.len();
        }
        (all, &[])
    }

    /// Appends a field: its type, its name and the first bytes of its value.
    #[inline]
    fn element<const N: usize>(&mut self, tag: u8, name: impl FieldName, value: [u8; N]) -> ValueOffset {
        self.bytes.push(tag);
        name.write(self);
        self.bytes.push(0);
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&value);
        ValueOffset::new(tag, at)
    }

    /// Writes a name that may be used already. Adds a number if it is.
    #[cold]
    fn deduplicated_name(&mut self, name: &str) {
        let (free, tries) = self.names.insert_numbered(name);
        self.spend(tries * NAME_TRY_WORK);
        self.bytes.extend_from_slice(free.as_bytes());
    }
}
