//! The frame around a message: whether it is compressed, and its length.

use bytes::Bytes;

use super::status::Status;

/// The largest message.
pub(super) const MAX_MESSAGE_BYTES: usize = 32 << 20;
pub(super) const HEADER_BYTES: usize = 5;

/// A message of a request.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Message {
    pub(super) is_compressed: bool,
    pub(super) bytes: Bytes,
}

impl Message {
    /// Reads the one message of a request.
    pub(super) fn read(body: &Bytes) -> Result<Self, Status> {
        let [flag, length @ ..] = *body.first_chunk::<HEADER_BYTES>().ok_or(Status::BROKEN)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > MAX_MESSAGE_BYTES {
            return Err(Status::TOO_LARGE);
        }
        if flag > 1 || body.len() != HEADER_BYTES + length {
            return Err(Status::BROKEN);
        }
        Ok(Self { is_compressed: flag == 1, bytes: body.slice(HEADER_BYTES..) })
    }
}
