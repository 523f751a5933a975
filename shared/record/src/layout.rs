//! How BSON is laid out: its type bytes and its lengths. <https://bsonspec.org/spec.html>

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

/// The exponent 0 of a decimal128, shifted above its 113 bits of digits.
pub(super) const DECIMAL128_EXPONENT_ZERO: u128 = 0x3040 << 112;
/// The bytes of a length.
pub(super) const LENGTH_BYTES: usize = 4;

/// Encodes a length. Documents are refused long before it overflows (`MAX_DOCUMENT_BYTES`).
pub(super) fn length(bytes: usize) -> [u8; LENGTH_BYTES] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}
