//! One value of msgpack becomes JSON.
//!
//! | msgpack | becomes |
//! |---|---|
//! | str and bin that are UTF-8 | text |
//! | other str | text; bytes that are not UTF-8 become U+FFFD |
//! | other bin | base64 |
//! | a float that JSON does not have | text: `NaN` |
//! | ext | `{"type": 5, "data": "base64"}` |
//! | a key that is not a str | its text |
//! | a map or array deeper than [`MAX_DEPTH`] | base64 of its msgpack |

use std::str;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use decode::msgpack_reader::{Malformed, Reader, Token, after_container};

use super::{Facts, lossy_text, text};

/// As deep as MongoDB allows, with some room for what a record is put into.
const MAX_DEPTH: usize = 90;

/// Appends the members of a map with so many entries. Learns from their names.
pub(super) fn members(
    reader: &mut Reader<'_>,
    entries: u32,
    facts: &mut Facts,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    for index in 0..entries {
        if index > 0 {
            out.push(b',');
        }
        key(reader, Some(&mut *facts), out)?;
        value(reader, 1, out)?;
    }
    Ok(())
}

fn key(reader: &mut Reader<'_>, facts: Option<&mut Facts>, out: &mut Vec<u8>) -> Result<(), Malformed> {
    match reader.token()? {
        Token::Text(bytes) | Token::Bytes(bytes) => {
            if let Some(facts) = facts {
                facts.see(bytes);
            }
            lossy_text(out, bytes);
        }
        Token::Integer(number) => text(out, itoa::Buffer::new().format(number)),
        Token::Unsigned(number) => text(out, itoa::Buffer::new().format(number)),
        Token::Float(number) => text(out, &number.to_string()),
        Token::Boolean(boolean) => text(out, if boolean { "true" } else { "false" }),
        Token::Nil => text(out, "nil"),
        Token::Array(_) | Token::Map(_) | Token::Extension(..) => return Err(reader.expected("a key")),
    }
    out.push(b':');
    Ok(())
}

/// Appends a value at nesting level `depth`.
pub(super) fn value(reader: &mut Reader<'_>, depth: usize, out: &mut Vec<u8>) -> Result<(), Malformed> {
    let source = reader.rest();
    match reader.token()? {
        Token::Nil => out.extend_from_slice(b"null"),
        Token::Boolean(true) => out.extend_from_slice(b"true"),
        Token::Boolean(false) => out.extend_from_slice(b"false"),
        Token::Integer(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        Token::Unsigned(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        Token::Float(number) if number.is_finite() => {
            // Writing to memory does not fail.
            let _ = serde_json::to_writer(out, &number);
        }
        Token::Float(number) => text(out, &number.to_string()),
        Token::Text(bytes) => lossy_text(out, bytes),
        Token::Bytes(bytes) => match str::from_utf8(bytes) {
            Ok(plain) => text(out, plain),
            Err(_) => text(out, &STANDARD.encode(bytes)),
        },
        Token::Extension(kind, data) => {
            out.extend_from_slice(b"{\"type\":");
            out.extend_from_slice(itoa::Buffer::new().format(kind).as_bytes());
            out.extend_from_slice(b",\"data\":");
            text(out, &STANDARD.encode(data));
            out.push(b'}');
        }
        Token::Array(_) | Token::Map(_) if depth >= MAX_DEPTH => {
            let rest = after_container(source).ok_or_else(|| reader.expected("the end of a map or array"))?;
            let container = source.get(..source.len() - rest.len()).unwrap_or_default();
            text(out, &STANDARD.encode(container));
            reader.go_to(rest);
        }
        Token::Array(values) => {
            out.push(b'[');
            for index in 0..values {
                if index > 0 {
                    out.push(b',');
                }
                value(reader, depth + 1, out)?;
            }
            out.push(b']');
        }
        Token::Map(entries) => {
            out.push(b'{');
            for index in 0..entries {
                if index > 0 {
                    out.push(b',');
                }
                key(reader, None, out)?;
                value(reader, depth + 1, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}
