//! Reads and copies BSON element by element, without decoding the values.

use super::layout::{LENGTH_BYTES, length, tag};

/// A field of a document, or an item of an array.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
}

/// Iterates over the elements in `bytes`. Stops at the first bytes that are not an element and leaves them in `rest`.
pub(super) struct Elements<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.rest.split_first()?;
        let end = memchr::memchr(0, rest)?;
        let (name, value) = (&rest[..end], &rest[end + 1..]);
        let length = || usize::try_from(u32::from_le_bytes(*value.first_chunk()?)).ok();
        let length = match tag {
            tag::NULL => 0,
            tag::BOOLEAN => 1,
            tag::INT32 => 4,
            tag::DOUBLE | tag::DATE | tag::INT64 => 8,
            tag::OBJECT_ID => 12,
            tag::DECIMAL128 => 16,
            tag::DOCUMENT | tag::ARRAY => length()?,
            tag::STRING => LENGTH_BYTES + length()?,
            tag::BINARY => LENGTH_BYTES + 1 + length()?,
            _ => return None,
        };
        let (value, rest) = value.split_at_checked(length)?;
        self.rest = rest;
        Some(Element { tag, name, value })
    }
}

impl<'a> Element<'a> {
    /// Returns the bytes of a text.
    pub(super) fn text(&self) -> Option<&'a [u8]> {
        let text = self.value.get(LENGTH_BYTES..self.value.len().checked_sub(1)?)?;
        (self.tag == tag::STRING).then_some(text)
    }

    /// Returns the bytes of a binary value.
    pub(super) fn binary(&self) -> Option<&'a [u8]> {
        (self.tag == tag::BINARY).then(|| self.value.get(LENGTH_BYTES + 1..)).flatten()
    }

    /// Returns the elements of a document or array.
    pub(super) fn inner(&self) -> Option<Elements<'a>> {
        let rest = self.value.get(LENGTH_BYTES..self.value.len().checked_sub(1)?)?;
        matches!(self.tag, tag::DOCUMENT | tag::ARRAY).then_some(Elements { rest })
    }

    pub(super) fn is_array(&self) -> bool {
        self.tag == tag::ARRAY
    }

    /// Returns a number in decimal notation.
    pub(super) fn number(&self) -> Option<String> {
        Some(match self.tag {
            tag::INT32 => i32::from_le_bytes(*self.value.first_chunk()?).to_string(),
            tag::INT64 => i64::from_le_bytes(*self.value.first_chunk()?).to_string(),
            tag::DOUBLE => f64::from_le_bytes(*self.value.first_chunk()?).to_string(),
            // Only unsigned integers are written as decimal128: see `Value::Unsigned`.
            tag::DECIMAL128 => u64::from_le_bytes(*self.value.first_chunk()?).to_string(),
            _ => return None,
        })
    }

    pub(super) fn is_null(&self) -> bool {
        self.tag == tag::NULL
    }

    pub(super) fn is_boolean(&self) -> bool {
        self.tag == tag::BOOLEAN
    }

    /// Appends the element unchanged.
    pub(super) fn copy_to(&self, out: &mut Vec<u8>) {
        begin(out, self.tag, self.name);
        out.extend_from_slice(self.value);
    }

    /// Appends the element with `text` as its value.
    pub(super) fn write_text(&self, out: &mut Vec<u8>, text: &[u8]) {
        begin(out, tag::STRING, self.name);
        out.extend_from_slice(&length(text.len() + 1));
        out.extend_from_slice(text);
        out.push(0);
    }

    /// Appends the element with `bytes` as its value.
    pub(super) fn write_binary(&self, out: &mut Vec<u8>, bytes: &[u8]) {
        begin(out, tag::BINARY, self.name);
        out.extend_from_slice(&length(bytes.len()));
        out.extend(self.value.get(LENGTH_BYTES));
        out.extend_from_slice(bytes);
    }

    /// Appends the element with the inner elements that `fill` writes.
    pub(super) fn write_container(&self, out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
        begin(out, self.tag, self.name);
        let start = out.len();
        out.extend_from_slice(&[0; LENGTH_BYTES]);
        fill(out);
        out.push(0);
        let length = length(out.len() - start);
        out[start..start + LENGTH_BYTES].copy_from_slice(&length);
    }
}

fn begin(out: &mut Vec<u8>, tag: u8, name: &[u8]) {
    out.push(tag);
    out.extend_from_slice(name);
    out.push(0);
}

#[cfg(test)]
mod tests {
    use bson::{DateTime, oid::ObjectId};

    use super::Elements;
    use crate::{Container, DocumentWriter, FieldSink, ReservedName, Value};

    #[test]
    fn elements_are_copied_unchanged() {
        let mut writer = DocumentWriter::with_capacity(0);
        writer.push_id(ReservedName("id"), ObjectId::from_bytes([7; 12]));
        writer.push_date(ReservedName("date"), DateTime::from_millis(1));
        writer.push("binary", Value::Bytes(b"a\0b"));
        let values = [
            Value::Null,
            Value::Boolean(true),
            Value::Integer(1),
            Value::Integer(i64::MAX),
            Value::Unsigned(u64::MAX),
            Value::Float(0.5),
            Value::Text("text"),
        ];
        for container in [Container::Document, Container::Array] {
            let inner = writer.begin("inner", container);
            for (position, value) in values.into_iter().enumerate() {
                writer.push(&position.to_string(), value);
            }
            writer.end(inner);
        }
        let bytes = writer.finish();
        let written = &bytes[4..bytes.len() - 1];
        let (mut elements, mut copied) = (Elements { rest: written }, Vec::new());
        for element in elements.by_ref() {
            match element.inner() {
                Some(inner) => element.write_container(&mut copied, |out| inner.for_each(|inner| inner.copy_to(out))),
                None => element.copy_to(&mut copied),
            }
        }
        assert_eq!(elements.rest, [0_u8; 0]);
        assert_eq!(copied, written);
    }
}
