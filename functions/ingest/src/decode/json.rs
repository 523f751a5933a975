//! JSON: one object per payload.

mod scalar;
mod scan;
#[cfg(test)]
mod tests;

use shared::record::Draft;

use self::scan::Scanner;
use super::Pieces;
use crate::rejection::{Reason, Rejection};

/// The format's name in a record's `source`.
const FORMAT: &str = "json";

/// The log record that a payload is.
pub(super) fn decode(payload: &[u8], pieces: &mut Pieces<'_, '_>) {
    let mut draft = pieces.draft(payload.len());
    let read = read(payload, &mut draft).map_err(|detail| Rejection::new(Reason::BadJson, detail));
    pieces.push(FORMAT, payload, read.map(|()| draft));
}

fn read(payload: &[u8], draft: &mut Draft<'_>) -> Result<(), String> {
    let text = str::from_utf8(payload).map_err(|error| error.to_string())?;
    let mut scanner = Scanner::new(text);
    scanner.object(draft).and_then(|()| scanner.end()).map_err(|error| error.to_string())
}
