//! ZMTP 3.0 and 3.1, what `ZeroMQ`'s sockets speak over TCP: the side of a PULL socket.
//!
//! Source: <https://rfc.zeromq.org/spec/23/> and <https://rfc.zeromq.org/spec/37/>. Bytes go in, answers and messages come out.
//! There is no encryption and no password (mechanism NULL), as distlog has none.

mod command;
#[cfg(test)]
mod tests;

use std::mem;

use bytes::{Buf, Bytes, BytesMut};

use self::command::Command;

/// The most bytes of a message. The body of a larger one is skipped, so that those after it arrive.
pub const MAX_MESSAGE_BYTES: usize = 16 << 20;
/// The most frames of a message. Those after them are skipped. distlog sends two.
pub const MAX_FRAMES: usize = 8;
/// The most bytes of a command. libzmq's are below 100.
const MAX_COMMAND_BYTES: u64 = 4_096;

const GREETING_BYTES: usize = 64;
const MAJOR_AT: usize = 10;
const MECHANISM: std::ops::Range<usize> = 12..32;
const MAJOR: u8 = 3;
/// Version 3.1: the peer may send heartbeats.
const MINOR: u8 = 1;

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// Why a connection cannot go on.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum ZmtpError {
    /// The peer does not speak ZMTP.
    #[error("it is not ZeroMQ: a greeting begins with FF and has 7F as its tenth byte")]
    Signature,
    /// The peer is older than `ZeroMQ` 4.
    #[error("ZMTP {0} is not supported: 3.0 and 3.1 are")]
    Version(u8),
    /// The peer demands a password or encryption.
    #[error("the mechanism {0:?} is not supported: NULL is")]
    Mechanism(String),
    /// The peer cannot send to a PULL socket.
    #[error("a {0:?} socket cannot send to a PULL socket: PUSH can")]
    SocketType(String),
    /// A command that does not follow the specification.
    #[error("bad command: {0}")]
    Command(&'static str),
    /// Bits that the specification reserves.
    #[error("bad flags of a frame: {0:#04x}")]
    Flags(u8),
}

/// What follows from the bytes so far.
#[derive(Debug, Eq, PartialEq)]
pub enum Step {
    /// More bytes are needed.
    More,
    /// These bytes go to the peer.
    Send(Bytes),
    /// A whole message: its frames.
    Message(Vec<Bytes>),
    /// A message with more bytes or frames than are allowed. It was skipped.
    TooLarge {
        /// Its size, without the headers of its frames.
        bytes: u64,
    },
}

/// The state of a connection.
#[derive(Debug, Default)]
pub struct Connection {
    phase: Phase,
    message: Message,
    /// How many bytes of a frame's body are still to be skipped.
    skip: u64,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Phase {
    /// Nothing was sent yet.
    #[default]
    Start,
    Greeting,
    /// Both sides say what they are.
    Ready,
    Messages,
}

/// The frames of a message so far.
#[derive(Debug, Default)]
struct Message {
    frames: Vec<Bytes>,
    bytes: u64,
    /// Frames were skipped.
    is_too_large: bool,
    /// The frame that is being skipped is the last one.
    ends: bool,
}

impl Connection {
    /// Takes what it can from the beginning of the peer's bytes. Call it again until it returns [`Step::More`].
    pub fn next(&mut self, input: &mut BytesMut) -> Result<Step, ZmtpError> {
        match self.phase {
            Phase::Start => {
                self.phase = Phase::Greeting;
                Ok(Step::Send(greeting()))
            }
            Phase::Greeting => self.read_greeting(input),
            Phase::Ready | Phase::Messages => self.read_frames(input),
        }
    }

    /// A peer may send the signature first and wait for ours, so each byte is looked at as soon as it is there.
    fn read_greeting(&mut self, input: &mut BytesMut) -> Result<Step, ZmtpError> {
        if input.first().is_some_and(|first| *first != 0xFF) || input.get(9).is_some_and(|last| *last != 0x7F) {
            return Err(ZmtpError::Signature);
        }
        if let Some(major) = input.get(MAJOR_AT).filter(|major| **major < MAJOR) {
            return Err(ZmtpError::Version(*major));
        }
        if input.len() < GREETING_BYTES {
            return Ok(Step::More);
        }
        let greeting = input.split_to(GREETING_BYTES);
        let mechanism = greeting[MECHANISM].split(|byte| *byte == 0).next().unwrap_or_default();
        if mechanism != b"NULL" {
            return Err(ZmtpError::Mechanism(String::from_utf8_lossy(mechanism).into_owned()));
        }
        self.phase = Phase::Ready;
        Ok(Step::Send(command::ready("PULL")))
    }

    fn read_frames(&mut self, input: &mut BytesMut) -> Result<Step, ZmtpError> {
        loop {
            if self.skip > 0 {
                let skipped = self.skip.min(input.len() as u64);
                input.advance(usize::try_from(skipped).unwrap_or(input.len()));
                self.skip -= skipped;
                if self.skip > 0 {
                    return Ok(Step::More);
                }
                if mem::take(&mut self.message.ends) {
                    return Ok(self.end_message());
                }
            }
            let Some((flags, header_bytes, length)) = frame_header(input) else { return Ok(Step::More) };
            if flags & !(MORE | LONG | COMMAND) != 0 || flags & COMMAND != 0 && flags & MORE != 0 {
                return Err(ZmtpError::Flags(flags));
            }
            let step = if flags & COMMAND != 0 {
                self.read_command(input, header_bytes, length)?
            } else if self.phase == Phase::Ready {
                return Err(ZmtpError::Command("READY must come before messages"));
            } else {
                self.read_frame(input, flags & MORE == 0, header_bytes, length)
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    fn read_command(
        &mut self,
        input: &mut BytesMut,
        header_bytes: usize,
        length: u64,
    ) -> Result<Option<Step>, ZmtpError> {
        if length > MAX_COMMAND_BYTES {
            return Err(ZmtpError::Command("it is larger than 4096 bytes"));
        }
        let Some(body) = take_body(input, header_bytes, length) else { return Ok(Some(Step::More)) };
        match Command::read(&body)? {
            Command::Ready { socket_type: b"PUSH" } if self.phase == Phase::Ready => self.phase = Phase::Messages,
            Command::Ready { socket_type } if self.phase == Phase::Ready => {
                return Err(ZmtpError::SocketType(String::from_utf8_lossy(socket_type).into_owned()));
            }
            Command::Ready { .. } => return Err(ZmtpError::Command("READY comes once")),
            Command::Ping { context } => return Ok(Some(Step::Send(command::pong(context)))),
            // libzmq ignores what it does not know, too.
            Command::Other => {}
        }
        Ok(None)
    }

    fn read_frame(&mut self, input: &mut BytesMut, ends: bool, header_bytes: usize, length: u64) -> Option<Step> {
        let is_too_large = self.message.bytes.saturating_add(length) > MAX_MESSAGE_BYTES as u64
            || self.message.frames.len() == MAX_FRAMES
            || self.message.is_too_large;
        if is_too_large {
            input.advance(header_bytes);
            self.message.bytes = self.message.bytes.saturating_add(length);
            self.message.is_too_large = true;
            self.message.frames.clear();
            self.message.ends = ends;
            self.skip = length;
            // An empty frame has nothing to skip.
            return (ends && length == 0).then(|| self.end_message());
        }
        let Some(body) = take_body(input, header_bytes, length) else { return Some(Step::More) };
        self.message.bytes += length;
        self.message.frames.push(body);
        ends.then(|| self.end_message())
    }

    fn end_message(&mut self) -> Step {
        let message = mem::take(&mut self.message);
        if message.is_too_large { Step::TooLarge { bytes: message.bytes } } else { Step::Message(message.frames) }
    }
}

/// Returns what the peer is told if a connection cannot go on. libzmq closes the connection after it, and connects again.
#[must_use]
pub fn error_command(error: &ZmtpError) -> Bytes {
    command::error(&error.to_string())
}

/// Returns the greeting of a side that accepts connections.
fn greeting() -> Bytes {
    let mut greeting = [0; GREETING_BYTES];
    greeting[0] = 0xFF;
    greeting[9] = 0x7F;
    greeting[MAJOR_AT] = MAJOR;
    greeting[MAJOR_AT + 1] = MINOR;
    greeting[MECHANISM][..4].copy_from_slice(b"NULL");
    Bytes::copy_from_slice(&greeting)
}

/// Returns flags, the size of the header and that of the body.
fn frame_header(input: &[u8]) -> Option<(u8, usize, u64)> {
    let (flags, rest) = input.split_first()?;
    if flags & LONG == 0 {
        return Some((*flags, 2, u64::from(*rest.first()?)));
    }
    Some((*flags, 9, u64::from_be_bytes(*rest.first_chunk()?)))
}

/// Takes a frame's body, if it is there as a whole.
fn take_body(input: &mut BytesMut, header_bytes: usize, length: u64) -> Option<Bytes> {
    let length = usize::try_from(length).ok()?;
    if input.len() - header_bytes < length {
        return None;
    }
    input.advance(header_bytes);
    Some(input.split_to(length).freeze())
}
