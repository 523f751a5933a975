//! Writes one BSON document straight into bytes, in one pass and without an intermediate tree.
//!
//! Layout and type bytes: <https://bsonspec.org/spec.html>.

#[cfg(test)]
mod tests;

use bson::{DateTime, RawBsonRef, RawDocument, oid::ObjectId};

use super::MAX_DOCUMENT_BYTES;
use super::names::{Name, Names, Scope};

/// The type bytes of the BSON specification that logbraid writes.
pub(super) mod tag {
    pub(in super::super) const DOUBLE: u8 = 0x01;
    pub(in super::super) const STRING: u8 = 0x02;
    pub(in super::super) const DOCUMENT: u8 = 0x03;
    pub(in super::super) const ARRAY: u8 = 0x04;
    pub(in super::super) const BINARY: u8 = 0x05;
    pub(in super::super) const OBJECT_ID: u8 = 0x07;
    pub(in super::super) const BOOLEAN: u8 = 0x08;
    pub(in super::super) const DATE: u8 = 0x09;
    pub(in super::super) const NULL: u8 = 0x0A;
    pub(in super::super) const INT32: u8 = 0x10;
    pub(in super::super) const INT64: u8 = 0x12;
    pub(in super::super) const DECIMAL128: u8 = 0x13;
}

/// The exponent 0 of a decimal128, in place above its 113 bits of digits.
const DECIMAL128_EXPONENT_ZERO: u128 = 0x3040 << 112;
/// What stands for a NUL in a field name, which BSON ends with one: the way JSON spells it.
const NUL_IN_NAME: &str = "\\u0000";
/// The subtype of bytes that are no more than that.
const BINARY_GENERIC: u8 = 0x00;
pub(super) const LENGTH_BYTES: usize = 4;
/// About how many bytes a field takes: where it is off, the list of names grows.
const BYTES_PER_FIELD: usize = 32;
/// How many numbers are tried in turn for a name that comes again.
const FEW_TRIES: usize = 8;

/// A value that holds no others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// An integer: an int32 where it fits, else an int64.
    Integer(i64),
    /// An integer that may be past int64: then a decimal128, which holds it exactly.
    Unsigned(u64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(&'a str),
    /// Bytes that are no text.
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The value of a document's field; `None` for a type that no sender writes, or one that holds others.
    pub(super) fn of(value: RawBsonRef<'a>) -> Option<Self> {
        Some(match value {
            RawBsonRef::Null => Self::Null,
            RawBsonRef::Boolean(value) => Self::Boolean(value),
            RawBsonRef::Int32(value) => Self::Integer(value.into()),
            RawBsonRef::Int64(value) => Self::Integer(value),
            RawBsonRef::Double(value) => Self::Float(value),
            RawBsonRef::String(text) => Self::Text(text),
            RawBsonRef::Binary(binary) => Self::Bytes(binary.bytes),
            _ => return None,
        })
    }
}

/// A document or array within another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Container {
    /// Named fields.
    Document,
    /// Values, whose names are their positions.
    Array,
}

impl Container {
    fn tag(self) -> u8 {
        match self {
            Self::Document => tag::DOCUMENT,
            Self::Array => tag::ARRAY,
        }
    }
}

/// Where a field's value begins, so that it can be read again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueOffset {
    tag: u8,
    at: u32,
}

impl ValueOffset {
    /// A record has a place for each attribute and is moved about: they are small. Documents end long before 4 GiB.
    fn new(tag: u8, at: usize) -> Self {
        Self { tag, at: u32::try_from(at).unwrap_or(u32::MAX) }
    }

    fn at(self) -> usize {
        self.at as usize
    }
}

/// A container that has been begun and not yet ended.
#[derive(Debug)]
#[must_use = "a container that is not ended has no length"]
pub(crate) struct Begun {
    at: usize,
    outer: Scope,
}

impl Begun {
    pub(super) fn place(&self, container: Container) -> ValueOffset {
        ValueOffset::new(container.tag(), self.at)
    }
}

/// A field's name, as it is written.
pub(super) trait FieldName: Copy {
    fn write(self, document: &mut DocumentWriter);
}

/// A name of logbraid's own that no other field of the document can have: it is not compared with theirs.
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
        if !self.has_nul() && document.names.insert(self) {
            document.bytes.extend_from_slice(self.text.as_bytes());
        } else {
            document.awkward_name(&self.text.replace('\0', NUL_IN_NAME));
        }
    }
}

/// What takes named values, one after the other.
pub trait FieldSink {
    /// Takes a value that holds no others.
    fn push(&mut self, name: &str, value: Value<'_>);

    /// Takes a value that holds others, which `fill` writes. In an array each is named by its position.
    fn push_container<E>(
        &mut self,
        name: &str,
        container: Container,
        fill: impl FnOnce(&mut DocumentWriter) -> Result<(), E>,
    ) -> Result<(), E>;
}

/// A BSON document being written. Once it is larger than MongoDB takes it takes nothing more: few bytes of a sender's may
/// stand for many, and it is of no use any more.
///
/// A name that comes twice in one document would hide a value: the second is kept as `name#2`, or
/// another number where that is taken.
#[derive(Clone, Debug)]
pub struct DocumentWriter {
    bytes: Vec<u8>,
    names: Names,
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
}

impl Default for DocumentWriter {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl DocumentWriter {
    /// An empty document with room for `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(capacity);
        bytes.extend_from_slice(&[0; LENGTH_BYTES]);
        Self { bytes, names: Names::with_capacity(capacity / BYTES_PER_FIELD) }
    }

    /// Begins a container; what is appended until its end goes into it.
    pub(crate) fn begin(&mut self, name: &str, container: Container) -> Begun {
        self.begin_named(Name::of(name), container)
    }

    pub(super) fn begin_named(&mut self, name: impl FieldName, container: Container) -> Begun {
        let at = self.element(container.tag(), name, [0; LENGTH_BYTES]).at();
        Begun { at, outer: self.names.enter(container) }
    }

    /// Ends the container begun last.
    pub(crate) fn end(&mut self, Begun { at, outer }: Begun) {
        self.names.leave(outer);
        self.close(at);
    }

    /// Writes the length of the document that begins at `start` and ends here.
    fn close(&mut self, start: usize) {
        self.bytes.push(0);
        let length = length(self.bytes.len() - start);
        self.bytes[start..start + LENGTH_BYTES].copy_from_slice(&length);
    }

    /// Appends all fields of another document to one that has none of their names.
    pub fn append(&mut self, other: &Self) {
        self.bytes.extend_from_slice(other.bytes.get(LENGTH_BYTES..).unwrap_or_default());
    }

    /// How many bytes have been written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it is too large to be stored, and takes nothing more.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() > MAX_DOCUMENT_BYTES
    }

    /// Whether no field has been appended.
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
                let place = self.element(tag::STRING, name, length(text.len() + 1));
                self.bytes.extend_from_slice(text.as_bytes());
                self.bytes.push(0);
                place
            }
            Value::Bytes(bytes) => {
                let place = self.element(tag::BINARY, name, length(bytes.len()));
                self.bytes.push(BINARY_GENERIC);
                self.bytes.extend_from_slice(bytes);
                place
            }
        }
    }

    pub(crate) fn push_date(&mut self, name: ReservedName, date: DateTime) -> ValueOffset {
        self.element(tag::DATE, name, date.timestamp_millis().to_le_bytes())
    }

    pub(crate) fn push_id(&mut self, name: ReservedName, id: ObjectId) -> ValueOffset {
        self.element(tag::OBJECT_ID, name, id.bytes())
    }

    /// Overwrites an id or date, whose length is fixed.
    pub(super) fn set(&mut self, place: ValueOffset, fixed: &[u8]) {
        self.bytes[place.at()..][..fixed.len()].copy_from_slice(fixed);
    }

    /// The value written at `place`; `None` for a container, date or id.
    pub(super) fn get(&self, place: ValueOffset) -> Option<Value<'_>> {
        let bytes = self.bytes.get(place.at()..)?;
        Some(match place.tag {
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

    /// The array or document written at `place`, as it would stand alone.
    pub(super) fn get_container(&self, place: ValueOffset) -> Option<(Container, &RawDocument)> {
        let container = match place.tag {
            tag::DOCUMENT => Container::Document,
            tag::ARRAY => Container::Array,
            _ => return None,
        };
        let bytes = self.bytes.get(place.at()..)?;
        let length = usize::try_from(i32::from_le_bytes(*bytes.first_chunk()?)).ok()?;
        Some((container, RawDocument::from_bytes(bytes.get(..length)?).ok()?))
    }

    /// Appends a whole document as a field.
    pub(super) fn push_document(&mut self, name: ReservedName, document: Self) {
        self.element(tag::DOCUMENT, name, []);
        self.bytes.extend_from_slice(&document.finish());
    }

    /// The document's bytes.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.close(0);
        self.bytes
    }

    /// The fields written so far.
    pub(super) fn elements(&self) -> &[u8] {
        &self.bytes[LENGTH_BYTES..]
    }

    /// Replaces the fields written so far. What is remembered of their places holds no more.
    pub(super) fn set_elements(&mut self, elements: &[u8]) {
        self.bytes.truncate(LENGTH_BYTES);
        self.bytes.extend_from_slice(elements);
    }

    /// Appends a field: its type, its name, and the first bytes of its value.
    #[inline]
    fn element<const N: usize>(&mut self, tag: u8, name: impl FieldName, value: [u8; N]) -> ValueOffset {
        self.bytes.push(tag);
        name.write(self);
        self.bytes.push(0);
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&value);
        ValueOffset::new(tag, at)
    }

    /// A name that may be there already.
    #[cold]
    fn awkward_name(&mut self, name: &str) {
        let (mut free, mut tries) = (name.to_owned(), 0);
        while !self.names.insert(Name::of(&free)) {
            tries += 1;
            // After a few tries numbers further and further on: whoever wants to be in the way needs all numbers up to
            // the number of names.
            let number =
                if tries < FEW_TRIES { tries + 1 } else { self.names.count().saturating_add(1 << (tries - FEW_TRIES)) };
            free = format!("{name}#{number}");
        }
        self.bytes.extend_from_slice(free.as_bytes());
    }
}

/// A length as BSON writes it. Documents are refused long before 2 GiB (`MAX_DOCUMENT_BYTES`).
fn length(bytes: usize) -> [u8; LENGTH_BYTES] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}
