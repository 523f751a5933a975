//! Cuts a stream into frames: lines, texts that end with NUL, or syslog's messages.

#[cfg(test)]
mod tests;

use bytes::{Buf, Bytes, BytesMut};

/// The most bytes of a frame. A longer one comes in parts, so that nothing is lost.
pub const MAX_FRAME_BYTES: usize = 1 << 20;
/// How many digits the length before a message of syslog has, at most.
const MAX_DIGITS: usize = 9;

/// How frames end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Framing {
    /// With a line feed, which a carriage return may precede.
    Lines,
    /// With NUL, as in GELF.
    Nul,
    /// With a line feed or NUL; or the length comes first (RFC 6587). A sender that ends a message with NUL ends all with
    /// NUL, as Python's does: what is between is one message, with its lines.
    Syslog,
}

/// A stream that is being cut.
#[derive(Debug)]
pub struct Frames {
    framing: Framing,
    /// How many bytes at the beginning are known to have no end of a frame.
    searched: usize,
    /// How many bytes are left of a message whose length is known.
    left: usize,
    /// The beginning of the frame is gone already.
    is_inside: bool,
    /// How the sender of syslog ends its messages, if that is known.
    ends: Option<Ends>,
}

/// How a sender ends its messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ends {
    LineFeed,
    Nul,
}

/// What a stream begins with.
enum Length {
    /// No length.
    None,
    /// Perhaps a length: more bytes are needed.
    Unknown,
    /// The length, and how many bytes say it.
    Known(usize, usize),
}

impl Frames {
    /// Returns a stream at its beginning.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        Self { framing, searched: 0, left: 0, is_inside: false, ends: None }
    }

    /// Takes the next frame that is there as a whole. Empty frames are left out.
    pub fn next(&mut self, input: &mut BytesMut) -> Option<Bytes> {
        // Each round takes at least one byte.
        loop {
            if self.left > 0 {
                let part = self.left.min(MAX_FRAME_BYTES);
                if input.len() < part {
                    return None;
                }
                self.left -= part;
                return Some(input.split_to(part).freeze());
            }
            if self.framing == Framing::Syslog && !self.is_inside && self.searched == 0 {
                match length(input) {
                    Length::None => {}
                    Length::Unknown => return None,
                    Length::Known(left, digits) => {
                        input.advance(digits);
                        self.left = left;
                        continue;
                    }
                }
            }
            let frame = self.until_end(input)?;
            if !frame.is_empty() {
                return Some(frame);
            }
        }
    }

    /// Takes what is left when the stream ends. Call it again until it returns nothing.
    pub fn rest(&mut self, input: &mut BytesMut) -> Option<Bytes> {
        if let Some(frame) = self.next(input) {
            return Some(frame);
        }
        let rest = without_end(input.split(), self.ends);
        *self = Self::new(self.framing);
        (!rest.is_empty()).then(|| rest.freeze())
    }

    /// Returns where a message of syslog ends, or else from where to look again when there are more bytes.
    fn end_of_message(&mut self, input: &[u8]) -> Result<Option<usize>, usize> {
        let mut from = self.searched.min(input.len());
        // Each round takes at least one byte.
        while let Some(end) = memchr::memchr2(b'\n', 0, &input[from..]).map(|end| from + end) {
            let rest = &input[end + 1..];
            if input[end] == 0 {
                self.ends = Some(Ends::Nul);
                return Ok(Some(end));
            }
            if self.ends.is_none() {
                // Only once for a sender: it takes a look at all that is there.
                let goes_on = begins(rest) == Some(false) && rest.first() != Some(&0);
                let is_nul = goes_on && memchr::memchr(0, rest).is_some();
                self.ends = Some(if is_nul { Ends::Nul } else { Ends::LineFeed });
            }
            if self.ends == Some(Ends::LineFeed) {
                return Ok(Some(end));
            }
            match begins(rest) {
                Some(true) => return Ok(Some(end)),
                Some(false) => from = end + 1,
                None => return Err(end),
            }
        }
        Ok(None)
    }

    /// Takes the bytes before the next end, or as many as a frame may have.
    fn until_end(&mut self, input: &mut BytesMut) -> Option<Bytes> {
        let new = &input[self.searched.min(input.len())..];
        let end = match self.framing {
            Framing::Lines => memchr::memchr(b'\n', new),
            Framing::Nul => memchr::memchr(0, new),
            Framing::Syslog => match self.end_of_message(input) {
                Ok(end) => end.map(|end| end - self.searched.min(end)),
                // It needs more bytes, from there on.
                Err(at) if input.len() <= MAX_FRAME_BYTES => {
                    self.searched = at;
                    return None;
                }
                Err(_) => None,
            },
        };
        match end.map(|end| self.searched + end) {
            Some(end) if end <= MAX_FRAME_BYTES => {
                let frame = input.split_to(end);
                input.advance(1);
                self.searched = 0;
                self.is_inside = false;
                Some(without_end(frame, self.ends).freeze())
            }
            _ if input.len() > MAX_FRAME_BYTES => {
                self.searched = 0;
                self.is_inside = true;
                Some(input.split_to(MAX_FRAME_BYTES).freeze())
            }
            _ => {
                self.searched = input.len();
                None
            }
        }
    }
}

/// Cuts off what may precede an end: a carriage return, and before NUL also line feeds.
fn without_end(mut frame: BytesMut, ends: Option<Ends>) -> BytesMut {
    if ends == Some(Ends::Nul) {
        frame.truncate(frame.trim_ascii_end().len());
    } else if frame.ends_with(b"\r") {
        frame.truncate(frame.len() - 1);
    }
    frame
}

/// Returns whether a message of syslog begins here; `None` if that takes more bytes.
fn begins(rest: &[u8]) -> Option<bool> {
    match rest {
        [] | [b'<'] => None,
        [b'<', digit, ..] => Some(digit.is_ascii_digit()),
        [..] => Some(false),
    }
}

/// Reads `123 ` before a message of syslog, which begins with `<`.
fn length(input: &[u8]) -> Length {
    let digits = input.iter().take(MAX_DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 && !input.is_empty() || digits > MAX_DIGITS || input.first() == Some(&b'0') {
        return Length::None;
    }
    match input.get(digits..) {
        None | Some([] | [b' ']) => Length::Unknown,
        Some([b' ', b'<', ..]) => {
            let length = str::from_utf8(&input[..digits]).ok().and_then(|digits| digits.parse().ok());
            length.map_or(Length::None, |length| Length::Known(length, digits + 1))
        }
        Some(_) => Length::None,
    }
}
