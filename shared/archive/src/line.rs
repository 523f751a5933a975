//! A document as a line of Extended JSON, and back, to the byte.
//!
//! <https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/>: the canonical form, in which each number names its
//! type. Fields keep their order. What this form cannot tell exactly is a line with the BSON itself: a field named like a type
//! (`$oid`), a rare type, bytes that are no UTF-8.

mod read;
mod write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bson::{RawDocument, RawDocumentBuf};

/// The field of a line that holds the BSON itself.
const RAW: &str = "$bson";

/// A line is not a document.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is not Extended JSON.
    #[error("not a document in Extended JSON")]
    NotExtendedJson(#[source] serde_json::Error),
    /// The BSON in it is broken.
    #[error("not a document in BSON")]
    NotBson(#[source] bson::error::Error),
}

/// Appends a document as a line, with its end. What was appended is known to be read as the same bytes.
pub(crate) fn append(document: &RawDocument, lines: &mut Vec<u8>) {
    let start = lines.len();
    let is_exact = write::append(document, lines).is_some()
        && parse(&lines[start..]).is_ok_and(|read| read.as_bytes() == document.as_bytes());
    if !is_exact {
        lines.truncate(start);
        let base64 = STANDARD.encode(document.as_bytes());
        let line = format!(r#"{{"{RAW}":{{"$binary":{{"base64":"{base64}","subType":"00"}}}}}}"#);
        lines.extend_from_slice(line.as_bytes());
    }
    lines.push(b'\n');
}

/// Reads a line.
pub(crate) fn parse(line: &[u8]) -> Result<RawDocumentBuf, LineError> {
    let document = read::document(line).map_err(LineError::NotExtendedJson)?;
    match document.get_binary(RAW) {
        Ok(raw) if document.iter().count() == 1 => {
            RawDocumentBuf::from_bytes(raw.bytes.to_vec()).map_err(LineError::NotBson)
        }
        _ => Ok(document),
    }
}

#[cfg(test)]
mod tests;
