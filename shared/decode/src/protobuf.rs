//! Protobuf as it is on the wire: a message is fields one after the other.
//!
//! Encoding: <https://protobuf.dev/programming-guides/encoding/>. Borrows everything; a length is believed only as far
//! as there are bytes.

/// The bytes are no protobuf message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the protobuf is broken: {0}")]
pub(super) struct Malformed(pub(super) &'static str);

/// A field of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Field<'a> {
    pub(super) number: u32,
    pub(super) value: Wire<'a>,
}

/// A value, as the wire tells it apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// The fields of a message, in the order in which they were written; ends after the first that is broken.
#[derive(Clone, Debug)]
pub(super) struct FieldReader<'a> {
    rest: &'a [u8],
}

/// The fields of the message that `bytes` are.
pub(super) fn fields(bytes: &[u8]) -> FieldReader<'_> {
    FieldReader { rest: bytes }
}

/// The text that a field of type `string` holds.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    str::from_utf8(bytes).map_err(|_| Malformed("a string is no UTF-8"))
}

/// Appends a field that holds bytes.
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
        let number = u32::try_from(tag >> 3).ok().filter(|number| *number != 0).ok_or(Malformed("a field's number"))?;
        let value = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(*self.chunk()?)),
            2 => Wire::Bytes(self.bytes()?),
            5 => Wire::Fixed32(u32::from_le_bytes(*self.chunk()?)),
            _ => return Err(Malformed("a field's type")),
        };
        Ok(Field { number, value })
    }

    /// Seven bits a byte, the lowest first; ten bytes at most.
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
    fn what_is_written_is_read() {
        let mut message = Vec::new();
        write_field(&mut message, 2, b"testing");
        write_field(&mut message, 1_000, &[7; 300]);
        let fields: Vec<_> = fields(&message).map(Result::unwrap).collect();
        assert_eq!(fields[0], Field { number: 2, value: Wire::Bytes(b"testing") });
        assert_eq!(fields[1], Field { number: 1_000, value: Wire::Bytes(&[7; 300]) });
    }

    #[test]
    fn what_is_broken_ends_the_message() {
        fn check(bytes: &[u8], expect: &'static str) {
            assert_eq!(fields(bytes).collect::<Vec<_>>(), [Err(Malformed(expect))], "{bytes:x?}");
        }
        check(&[0x08], "a number ends too soon");
        check(&[0x08, 0x80], "a number ends too soon");
        check(&[[0x08].as_slice(), &[0xFF; 11]].concat(), "a number is too long");
        check(&[0x0A, 0x02, 0x00], "a field ends too soon");
        check(&[[0x0A].as_slice(), &[0xFF; 9], &[0x01]].concat(), "a field ends too soon");
        check(&[0x09, 0, 0], "a number ends too soon");
        check(&[0x0B], "a field's type");
        check(&[0x02, 0x00], "a field's number");
    }
}
