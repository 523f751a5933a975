//! Reads instructions' arguments. Everything is borrowed. A length is never trusted beyond the bytes that exist.

use super::PickleError;

/// The longest line of protocol 0 that holds a number, a name or a key of the memo.
const MAX_LINE_BYTES: usize = 4_096;

/// Reads a pickle from its beginning.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    total: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(pickle: &'a [u8]) -> Self {
        Self { rest: pickle, total: pickle.len() }
    }

    /// Returns the offset of the next byte.
    pub(super) fn at(&self) -> usize {
        self.total - self.rest.len()
    }

    pub(super) fn chunk<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let (chunk, rest) = self.rest.split_first_chunk().ok_or(PickleError::CutOff { at: self.total })?;
        self.rest = rest;
        Ok(*chunk)
    }

    pub(super) fn byte(&mut self) -> Result<u8, PickleError> {
        self.chunk().map(|[byte]| byte)
    }

    pub(super) fn number(&mut self) -> Result<u32, PickleError> {
        self.chunk().map(u32::from_le_bytes)
    }

    pub(super) fn bytes(&mut self, length: u64) -> Result<&'a [u8], PickleError> {
        let split = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let (bytes, rest) = split.ok_or(PickleError::CutOff { at: self.total })?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Reads bytes after their length in one byte.
    pub(super) fn sized1(&mut self) -> Result<&'a [u8], PickleError> {
        let length = self.byte()?;
        self.bytes(length.into())
    }

    /// Reads bytes after their length in four bytes.
    pub(super) fn sized4(&mut self) -> Result<&'a [u8], PickleError> {
        let length = self.number()?;
        self.bytes(length.into())
    }

    /// Reads bytes after their length in eight bytes.
    pub(super) fn sized8(&mut self) -> Result<&'a [u8], PickleError> {
        let length = self.chunk().map(u64::from_le_bytes)?;
        self.bytes(length)
    }

    /// Reads a text that ends with a newline.
    pub(super) fn line(&mut self) -> Result<&'a [u8], PickleError> {
        let end = memchr::memchr(b'\n', self.rest).ok_or(PickleError::CutOff { at: self.total })?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Ok(line)
    }

    /// Reads a line of ASCII that is not long.
    pub(super) fn short_line(&mut self) -> Result<Option<&'a str>, PickleError> {
        let line = self.line()?;
        Ok(str::from_utf8(line).ok().filter(|line| line.len() <= MAX_LINE_BYTES && line.is_ascii()))
    }
}
