//! Bytes -> drafts of log records. What a payload is, is told by its bytes and never by trying parsers in turn. Pure.

mod json;
mod pieces;

pub(crate) use pieces::{Piece, Pieces};

use crate::rejection::{Reason, Rejection};

/// Finds the log records in a payload. Every byte but white space ends in some piece.
pub(crate) fn decode(payload: &[u8], pieces: &mut Pieces<'_, '_>) {
    if json::is_like(payload) {
        json::decode(payload, pieces);
    } else if let Some(byte) = payload.trim_ascii_start().first() {
        let detail = format!("no known format begins with `{}`", byte.escape_ascii());
        pieces.reject(payload, Rejection::new(Reason::UnknownFormat, detail));
    } else {
        pieces.reject(payload, Rejection::new(Reason::Empty, "the payload has no bytes but white space"));
    }
}
