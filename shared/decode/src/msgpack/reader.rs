//! Reads msgpack's wire format.
//!
//! Format: <https://github.com/msgpack/msgpack/blob/master/spec.md>. Everything is borrowed. A length is never trusted
//! beyond the bytes that exist.

/// Where and why bytes are not the expected msgpack.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{expected} expected at byte {at}")]
pub struct Malformed {
    /// The offset from the start of the object.
    at: usize,
    expected: &'static str,
}

/// A scalar value, or the beginning of a container.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    /// Nothing.
    Nil,
    /// Yes or no.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// Larger than `i64`.
    Unsigned(u64),
    /// A float, of either size.
    Float(f64),
    /// Should be UTF-8, but nothing guarantees it.
    Text(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A type of somebody's own, with its bytes.
    Extension(i8, &'a [u8]),
    /// With this many values.
    Array(u32),
    /// With this many keys, each followed by a value.
    Map(u32),
}

/// Reads msgpack.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// The length of the object and everything after it.
    total: usize,
    /// Whether the current field could not be kept exactly.
    pub(super) inexact: bool,
}

impl<'a> Reader<'a> {
    /// Returns a reader of these bytes.
    #[must_use]
    pub fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload, total: payload.len(), inexact: false }
    }

    /// Returns the bytes that are not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Continues at `rest`, an end of the same bytes.
    pub fn go_to(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }

    /// Returns an error at this place.
    #[must_use]
    pub fn expected(&self, expected: &'static str) -> Malformed {
        Malformed { at: self.total.saturating_sub(self.rest.len()), expected }
    }

    /// Reads a scalar value, or the beginning of a container.
    pub fn token(&mut self) -> Result<Token<'a>, Malformed> {
        let [first] = *self.chunk()?;
        Ok(match first {
            0x00..=0x7F => Token::Integer(first.into()),
            0x80..=0x8F => Token::Map((first & 0x0F).into()),
            0x90..=0x9F => Token::Array((first & 0x0F).into()),
            0xA0..=0xBF => Token::Text(self.bytes(u32::from(first & 0x1F))?),
            0xC0 => Token::Nil,
            0xC1 => return Err(self.expected("a valid msgpack type before this")),
            0xC2 => Token::Boolean(false),
            0xC3 => Token::Boolean(true),
            0xC4..=0xC6 => Token::Bytes(self.sized(first - 0xC4)?),
            0xC7..=0xC9 => {
                let length = self.length(first - 0xC7)?;
                self.extension(length)?
            }
            0xCA => Token::Float(f32::from_be_bytes(*self.chunk()?).into()),
            0xCB => Token::Float(f64::from_be_bytes(*self.chunk()?)),
            0xCC => Token::Integer(u8::from_be_bytes(*self.chunk()?).into()),
            0xCD => Token::Integer(u16::from_be_bytes(*self.chunk()?).into()),
            0xCE => Token::Integer(u32::from_be_bytes(*self.chunk()?).into()),
            0xCF => {
                let number = u64::from_be_bytes(*self.chunk()?);
                i64::try_from(number).map_or(Token::Unsigned(number), Token::Integer)
            }
            0xD0 => Token::Integer(i8::from_be_bytes(*self.chunk()?).into()),
            0xD1 => Token::Integer(i16::from_be_bytes(*self.chunk()?).into()),
            0xD2 => Token::Integer(i32::from_be_bytes(*self.chunk()?).into()),
            0xD3 => Token::Integer(i64::from_be_bytes(*self.chunk()?)),
            0xD4..=0xD8 => self.extension(1 << (first - 0xD4))?,
            0xD9..=0xDB => Token::Text(self.sized(first - 0xD9)?),
            0xDC | 0xDD => Token::Array(self.length(first - 0xDC + 1)?),
            0xDE | 0xDF => Token::Map(self.length(first - 0xDE + 1)?),
            0xE0..=0xFF => Token::Integer(first.cast_signed().into()),
        })
    }

    fn chunk<const N: usize>(&mut self) -> Result<&'a [u8; N], Malformed> {
        let (chunk, rest) = self.rest.split_first_chunk().ok_or_else(|| self.expected("more bytes"))?;
        self.rest = rest;
        Ok(chunk)
    }

    fn bytes(&mut self, length: u32) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.expected("more bytes"))?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Reads a length that is encoded in 2 to the power of `size` bytes.
    fn length(&mut self, size: u8) -> Result<u32, Malformed> {
        Ok(match size {
            0 => u8::from_be_bytes(*self.chunk()?).into(),
            1 => u16::from_be_bytes(*self.chunk()?).into(),
            _ => u32::from_be_bytes(*self.chunk()?),
        })
    }

    fn sized(&mut self, size: u8) -> Result<&'a [u8], Malformed> {
        let length = self.length(size)?;
        self.bytes(length)
    }

    fn extension(&mut self, length: u32) -> Result<Token<'a>, Malformed> {
        let kind = i8::from_be_bytes(*self.chunk()?);
        Ok(Token::Extension(kind, self.bytes(length)?))
    }
}

/// Returns the bytes after the map or array at the beginning of `bytes`; `None` if there is none or it is broken.
/// Counts open values instead of recursing, so any depth is safe.
#[must_use]
pub fn after_container(bytes: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(bytes);
    let values_in = |token| match token {
        Token::Array(values) => Some(u64::from(values)),
        Token::Map(entries) => Some(2 * u64::from(entries)),
        _ => None,
    };
    let mut open = values_in(reader.token().ok()?)?;
    while open > 0 {
        // Each value takes at least one byte, so a false length ends with the bytes.
        open = (open - 1).saturating_add(values_in(reader.token().ok()?).unwrap_or_default());
    }
    Some(reader.rest)
}
