//! Bytes -> drafts of log records. What a payload is, is told by its bytes and never by trying parsers in turn. Pure.

mod json;
mod pieces;

pub(crate) use pieces::{Piece, Pieces};

use crate::rejection::{Reason, Rejection};

/// Finds the log records in a payload. Every byte but white space ends in some piece.
pub(crate) fn decode(payload: &[u8], pieces: &mut Pieces<'_, '_>) {
    match payload.trim_ascii_start().first() {
        Some(b'{') => json::decode(payload, pieces),
        Some(byte) => {
            let detail = format!("a payload is a JSON object; this one begins with `{}`", byte.escape_ascii());
            pieces.reject(payload, Rejection::new(Reason::UnknownFormat, detail));
        }
        None => pieces.reject(payload, Rejection::new(Reason::Empty, "the payload has no bytes but white space")),
    }
}
