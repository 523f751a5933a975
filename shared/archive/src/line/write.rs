//! Writes canonical Extended JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bson::{RawBsonRef, RawDocument};
use std::io::Write as _;

/// Appends a document. Returns `None` where something in it has no exact text; what was appended is of no use then.
pub(super) fn append(document: &RawDocument, out: &mut Vec<u8>) -> Option<()> {
    out.push(b'{');
    for (at, field) in document.iter().enumerate() {
        let (name, value) = field.ok()?;
        if at > 0 {
            out.push(b',');
        }
        text(name.as_str(), out)?;
        out.push(b':');
        append_value(value, out)?;
    }
    out.push(b'}');
    Some(())
}

fn append_value(value: RawBsonRef<'_>, out: &mut Vec<u8>) -> Option<()> {
    let written = match value {
        RawBsonRef::String(string) => return text(string, out),
        RawBsonRef::Document(document) => return append(document, out),
        RawBsonRef::Array(array) => {
            out.push(b'[');
            for (at, value) in array.into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                append_value(value.ok()?, out)?;
            }
            out.push(b']');
            return Some(());
        }
        RawBsonRef::Boolean(truth) => write!(out, "{truth}"),
        RawBsonRef::Null => write!(out, "null"),
        RawBsonRef::Int32(number) => write!(out, r#"{{"$numberInt":"{number}"}}"#),
        RawBsonRef::Int64(number) => write!(out, r#"{{"$numberLong":"{number}"}}"#),
        RawBsonRef::Double(number) if number.is_nan() => write!(out, r#"{{"$numberDouble":"NaN"}}"#),
        RawBsonRef::Double(number) if number.is_infinite() => {
            let sign = if number > 0.0 { "" } else { "-" };
            write!(out, r#"{{"$numberDouble":"{sign}Infinity"}}"#)
        }
        // The shortest text that is this number.
        RawBsonRef::Double(number) => write!(out, r#"{{"$numberDouble":"{number:?}"}}"#),
        RawBsonRef::ObjectId(id) => write!(out, r#"{{"$oid":"{id}"}}"#),
        RawBsonRef::DateTime(time) => {
            write!(out, r#"{{"$date":{{"$numberLong":"{}"}}}}"#, time.timestamp_millis())
        }
        RawBsonRef::Binary(binary) => {
            let (base64, subtype) = (STANDARD.encode(binary.bytes), u8::from(binary.subtype));
            write!(out, r#"{{"$binary":{{"base64":"{base64}","subType":"{subtype:02x}"}}}}"#)
        }
        _ => return None,
    };
    written.ok()
}

fn text(text: &str, out: &mut Vec<u8>) -> Option<()> {
    serde_json::to_writer(out, text).ok()
}
