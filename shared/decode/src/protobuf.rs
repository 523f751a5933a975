//! Reads protobuf's wire format: a message is a sequence of fields.
//!
//! Encoding: <https://protobuf.dev/programming-guides/encoding/>. Everything is borrowed. A length is never trusted
//! beyond the bytes that exist.

/// The bytes are not a protobuf message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid protobuf: {0}")]
pub struct Malformed(pub(super) &'static str);

/// A field of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field<'a> {
    /// Its number.
    pub number: u32,
    /// Its value.
    pub value: Wire<'a>,
}

/// A value, by its wire type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wire<'a> {
    /// A number of variable length.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// Bytes, a text, or a message.
    Bytes(&'a [u8]),
    /// Four bytes.
    Fixed32(u32),
}

/// Iterates over the fields of a message in the order written. Ends after the first broken field.
#[derive(Clone, Debug)]
pub struct FieldReader<'a> {
    rest: &'a [u8],
}

/// Reads the fields of a message.
#[must_use]
pub fn fields(bytes: &[u8]) -> FieldReader<'_> {
    FieldReader { rest: bytes }
}

/// Reads the text of a `string` field.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    str::from_utf8(bytes).map_err(|_| Malformed("a string is not UTF-8"))
}

/// Appends a field of bytes.
pub(super) fn write_field(message: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    write_varint(message, u64::from(number) << 3 | 2);
    write_varint(message, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    message.extend_from_slice(bytes);
}

fn write_varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    message.push(value.to_le_bytes()[0]);
}

impl<'a> Iterator for FieldReader<'a> {
    type Item = Result<Field<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

impl<'a> FieldReader<'a> {
    fn field(&mut self) -> Result<Field<'a>, Malformed> {
        let tag = self.varint()?;
        let number =
            u32::try_from(tag >> 3).ok().filter(|number| *number != 0).ok_or(Malformed("invalid field number"))?;
        let value = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(*self.chunk()?)),
            2 => Wire::Bytes(self.bytes()?),
            5 => Wire::Fixed32(u32::from_le_bytes(*self.chunk()?)),
            _ => return Err(Malformed("invalid field type")),
        };
        Ok(Field { number, value })
    }

    /// Reads seven bits of each byte, lowest first, from at most ten bytes.
    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or(Malformed("a number ends too soon"))?;
            self.rest = rest;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed("a number is too long"))
    }

    fn chunk<const N: usize>(&mut self) -> Result<&'a [u8; N], Malformed> {
        let (chunk, rest) = self.rest.split_first_chunk().ok_or(Malformed("a number ends too soon"))?;
        self.rest = rest;
        Ok(chunk)
    }

    fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed("a field ends too soon"))?;
        self.rest = rest;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Malformed, Wire, fields, write_field};

    #[test]
    fn fields_are_read_as_the_specification_writes_them() {
        fn check(bytes: &[u8], expect: &[(u32, Wire<'_>)]) {
            let expect = expect.iter().map(|(number, value)| Ok(Field { number: *number, value: *value }));
            assert_eq!(fields(bytes).collect::<Vec<_>>(), expect.collect::<Vec<_>>(), "{bytes:x?}");
        }
        check(&[], &[]);
        check(&[0x08, 0x96, 0x01], &[(1, Wire::Varint(150))]);
        check(b"\x12\x07testing", &[(2, Wire::Bytes(b"testing"))]);
        check(&[0x0D, 1, 0, 0, 0], &[(1, Wire::Fixed32(1))]);
        check(&[0x09, 1, 0, 0, 0, 0, 0, 0, 0, 0x0A, 0], &[(1, Wire::Fixed64(1)), (1, Wire::Bytes(b""))]);
        let minus_one = [&[0x08][..], &[0xFF; 9], &[0x01]].concat();
        check(&minus_one, &[(1, Wire::Varint(u64::MAX))]);
    }

    #[test]
    fn written_fields_are_read() {
        let mut message = Vec::new();
        write_field(&mut message, 2, b"testing");
        write_field(&mut message, 1_000, &[7; 300]);
        let fields: Vec<_> = fields(&message).map(Result::unwrap).collect();
        assert_eq!(fields[0], Field { number: 2, value: Wire::Bytes(b"testing") });
        assert_eq!(fields[1], Field { number: 1_000, value: Wire::Bytes(&[7; 300]) });
    }

    #[test]
    fn a_broken_field_ends_the_message() {
        fn check(bytes: &[u8], expect: &'static str) {
            assert_eq!(fields(bytes).collect::<Vec<_>>(), [Err(Malformed(expect))], "{bytes:x?}");
        }
        check(&[0x08], "a number ends too soon");
        check(&[0x08, 0x80], "a number ends too soon");
        check(&[[0x08].as_slice(), &[0xFF; 11]].concat(), "a number is too long");
        check(&[0x0A, 0x02, 0x00], "a field ends too soon");
        check(&[[0x0A].as_slice(), &[0xFF; 9], &[0x01]].concat(), "a field ends too soon");
        check(&[0x09, 0, 0], "a number ends too soon");
        check(&[0x0B], "invalid field type");
        check(&[0x02, 0x00], "invalid field number");
    }
}
