//! A scalar value of a record's field.

use bson::RawBsonRef;

use super::layout::DECIMAL128_EXPONENT_ZERO;

/// A scalar value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// An integer. Written as an int32 if it fits, else as an int64.
    Integer(i64),
    /// An integer that may exceed int64. It is then written as a decimal128, which is exact.
    Unsigned(u64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(&'a str),
    /// Bytes that are not text.
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    /// Reads a document's field; `None` for a container, or a type that no sender writes.
    pub(super) fn of(value: RawBsonRef<'a>) -> Option<Self> {
        Some(match value {
            RawBsonRef::Null => Self::Null,
            RawBsonRef::Boolean(value) => Self::Boolean(value),
            RawBsonRef::Int32(value) => Self::Integer(value.into()),
            RawBsonRef::Int64(value) => Self::Integer(value),
            RawBsonRef::Double(value) => Self::Float(value),
            RawBsonRef::String(text) => Self::Text(text),
            RawBsonRef::Binary(binary) => Self::Bytes(binary.bytes),
            RawBsonRef::Decimal128(decimal) => {
                let digits = u128::from_le_bytes(decimal.bytes()) ^ DECIMAL128_EXPONENT_ZERO;
                Self::Unsigned(digits.try_into().ok()?)
            }
            _ => return None,
        })
    }
}
