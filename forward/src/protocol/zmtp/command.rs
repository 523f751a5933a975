//! ZMTP's commands: READY, PING, PONG, ERROR.

use bytes::{BufMut, Bytes, BytesMut};

use super::{COMMAND, LONG, ZmtpError};

/// The property that names the kind of socket.
const SOCKET_TYPE: &str = "Socket-Type";
/// The most bytes that a PING asks to be sent back (RFC 37).
const MAX_CONTEXT_BYTES: usize = 16;
/// The most properties that a READY may have. libzmq sends two.
const MAX_PROPERTIES: usize = 32;

/// A command of the peer.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Command<'a> {
    Ready { socket_type: &'a [u8] },
    Ping { context: &'a [u8] },
    Other,
}

impl<'a> Command<'a> {
    /// Reads a command's body.
    pub(super) fn read(body: &'a [u8]) -> Result<Self, ZmtpError> {
        let (name, data) = sized(body).ok_or(ZmtpError::Command("a name is cut off"))?;
        match name {
            b"READY" => Ok(Self::Ready { socket_type: socket_type(data)? }),
            b"PING" => {
                let context = data.get(2..).ok_or(ZmtpError::Command("PING without a time to live"))?;
                Ok(Self::Ping { context: &context[..context.len().min(MAX_CONTEXT_BYTES)] })
            }
            _ => Ok(Self::Other),
        }
    }
}

/// Returns the value of `Socket-Type`. Names do not depend on case (RFC 23).
fn socket_type(mut data: &[u8]) -> Result<&[u8], ZmtpError> {
    const CUT_OFF: ZmtpError = ZmtpError::Command("READY is cut off");
    for _ in 0..MAX_PROPERTIES {
        if data.is_empty() {
            break;
        }
        let (name, rest) = sized(data).ok_or(CUT_OFF)?;
        let (length, rest) = rest.split_first_chunk().ok_or(CUT_OFF)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (value, rest) = rest.split_at_checked(length).ok_or(CUT_OFF)?;
        if name.eq_ignore_ascii_case(SOCKET_TYPE.as_bytes()) {
            return Ok(value);
        }
        data = rest;
    }
    Err(ZmtpError::Command("READY without a Socket-Type"))
}

/// Splits off bytes that follow their length in one byte.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

/// Returns the READY of a socket of this type.
pub(super) fn ready(socket_type: &str) -> Bytes {
    let mut data = BytesMut::new();
    put_sized(&mut data, SOCKET_TYPE.as_bytes());
    data.put_u32(u32::try_from(socket_type.len()).unwrap_or_default());
    data.put_slice(socket_type.as_bytes());
    frame("READY", &data)
}

/// Returns the answer to a PING.
pub(super) fn pong(context: &[u8]) -> Bytes {
    frame("PONG", context)
}

/// Returns the command that says why the connection ends.
pub(super) fn error(reason: &str) -> Bytes {
    let mut data = BytesMut::new();
    put_sized(&mut data, reason.as_bytes());
    frame("ERROR", &data)
}

/// Writes bytes after their length. Only the first 255 fit.
fn put_sized(out: &mut BytesMut, bytes: &[u8]) {
    let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    out.put_u8(length);
    out.put_slice(&bytes[..usize::from(length)]);
}

fn frame(name: &str, data: &[u8]) -> Bytes {
    let mut body = BytesMut::new();
    put_sized(&mut body, name.as_bytes());
    body.put_slice(data);
    let mut frame = BytesMut::new();
    if let Ok(length) = u8::try_from(body.len()) {
        frame.put_u8(COMMAND);
        frame.put_u8(length);
    } else {
        frame.put_u8(COMMAND | LONG);
        frame.put_u64(body.len() as u64);
    }
    frame.put_slice(&body);
    frame.freeze()
}
