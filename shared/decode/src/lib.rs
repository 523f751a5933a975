//! Decodes payload bytes into log records and quarantine entries. Pure. A payload's format is recognised by its bytes,
//! never by trying parsers in turn.
//!
//! The first matching row decides. White space before text is skipped; a payload of nothing else is `empty`. Rows
//! marked *) may be followed by more values: the rest is recognised again, starting with the first of these rows.
//!
//! | bytes | format | decoded by |
//! |---|---|---|
//! | `1F 8B` | gzip | [`compressed`], then again from the top |
//! | `28 B5 2F FD` | zstd | the same |
//! | `04 22 4D 18` | a frame of LZ4 | the same |
//! | `FF 06 00 00`, `sNaPpY` | frames of Snappy | the same |
//! | `F3 89 9A C2` … and the right MD5 at the end | KPL aggregate, unless inside one | [`kpl`], then each user record from the top |
//! | `x8`, and the checks of a zlib header | zlib | [`compressed`], then again from the top |
//! | `0A`, and resources of logs fill the payload exactly | OTLP protobuf | [`otlp`] |
//! | `80`-`8F`, `DE`, `DF` (a map), an array of maps, `92`-`94` (an array of 2 to 4) | msgpack, Fluentd's entries | [`msgpack`] |
//! | `{"messageType": "DATA_MESSAGE"` or `"CONTROL_MESSAGE"` | CloudWatch Logs subscription *) | [`cloudwatch`] |
//! | `{"resourceLogs": [` (or `resource_logs`) | OTLP JSON *) | [`otlp`] |
//! | `["`: an array that begins with text, and no text in brackets | Fluentd's entry as JSON *) | [`fluentd`] |
//! | `{`, `[`, also after a byte order mark | JSON | [`json`], with everything that follows, also Fluentd's entries and text |
//! | UTF-16, base64, Python's bytes of one of these | that of the content | [`repair`], then again from the top |
//! | `03`, `00` or `05`, 16 bytes; or `00`, 4 bytes: a schema registry's header before JSON | JSON | the same, without the header |
//! | any other text | plain text | [`text`] |
//!
//! Two rows match the same bytes only if the earlier row demands more. JSON never begins with a control character or a
//! byte from `80` on. JSON after a newline (`0A`) has no `12` where OTLP has the field that holds the logs.

mod batch;
mod cloudwatch;
mod compressed;
mod elements;
mod envelope;
mod event;
mod explain;
mod fluentd;
mod formats;
#[cfg(test)]
mod ids_tests;
mod json;
mod kpl;
mod msgpack;
mod not_text;
mod otlp;
mod parts;
pub mod protobuf;
mod rejection;
mod repair;
#[cfg(test)]
mod senders_tests;
mod sink;
pub mod syslog;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text;
mod wrapper;

pub use batch::{UNKNOWN_FORMAT, again, payload, whole};
pub use event::{Delivery, KinesisBatch, NotAnEvent};
pub use explain::{ExplainedItem, ExplainedRejection, MAX_EXPLAINED, explain};
pub(crate) use json::{NotJson, Scanner, is_named};
pub use msgpack::reader as msgpack_reader;
pub use parts::{Part, parts};
pub use rejection::REASON_CODES;
pub(crate) use sink::Sink;

use self::compressed::Codec;
use self::json::beginning::{is_like_json, is_text_in_brackets};
use self::repair::Encoding;
use crate::rejection::{Reason, Rejection};

/// Decodes the log records of a payload. Every byte except white space ends in an item, or is ignored on purpose.
pub(crate) fn decode(payload: &[u8], sink: &mut Sink<'_, '_>) {
    // Some words begin as a header of zlib's does.
    if let Some(codec) = Codec::recognise(payload).filter(|codec| *codec != Codec::Zlib || !text::is_text(payload)) {
        return codec.decode(payload, sink);
    }
    match payload.first() {
        Some(0xF3) if !sink.in_aggregate() => {
            if let Some(message) = kpl::recognise(payload) {
                return kpl::decode_message(payload, message, sink);
            }
        }
        Some(0x0A) if otlp::is_protobuf(payload) => return otlp::decode_protobuf(payload, sink),
        Some(0x80..=0x8F | 0x92..=0x94 | 0xDE | 0xDF) => return msgpack::decode(payload, sink),
        Some(0x91..=0x9F | 0xDC | 0xDD) if msgpack::array_of_maps(payload).is_some() => {
            return msgpack::decode(payload, sink);
        }
        Some(0x00 | 0x03) => {
            if let Some(rest) = after_schema(payload) {
                return decode(rest, sink);
            }
        }
        _ => {}
    }
    match Encoding::remove(payload) {
        Some(encoding) => decode_encoded(payload, &encoding, sink),
        None => decode_text(payload, sink),
    }
}

/// Decodes what was in another encoding.
fn decode_encoded(payload: &[u8], encoding: &Encoding, sink: &mut Sink<'_, '_>) {
    let Encoding { plain, how } = encoding;
    if let Err(rejection) = sink.check_wrappings() {
        return sink.reject(payload, rejection);
    }
    if plain.len() > sink.decompressed_bytes_left() {
        let detail = format!("it is more than the {} bytes left for this payload", sink.decompressed_bytes_left());
        return sink.reject(payload, Rejection::new(Reason::DecompressionLimit, detail));
    }
    sink.repaired(how, |sink| sink.decompressed(payload, plain, |sink| decode(plain, sink)));
}

/// Returns the JSON after the header that a schema registry's serialiser writes: AWS Glue's or Confluent's. Neither is
/// a record in Avro.
fn after_schema(payload: &[u8]) -> Option<&[u8]> {
    const GLUE_BYTES: usize = 18;
    const CONFLUENT_BYTES: usize = 5;
    let rest = match payload {
        [0x03, 0x00 | 0x05, ..] => payload.get(GLUE_BYTES..)?,
        [0x00, ..] => payload.get(CONFLUENT_BYTES..)?,
        _ => return None,
    };
    (rest.starts_with(b"{") || Codec::recognise(rest) == Some(Codec::Zlib)).then_some(rest)
}

fn decode_text(payload: &[u8], sink: &mut Sink<'_, '_>) {
    let mut rest = payload;
    if payload.trim_ascii_start().is_empty() {
        sink.reject(payload, Rejection::new(Reason::Empty, "the payload has no bytes but white space"));
    }
    loop {
        let text = rest.trim_ascii_start();
        let Some(first) = text.first().filter(|_| !sink.is_over()) else { return };
        rest = match first_member(text) {
            Some((b"messageType", value)) if cloudwatch::is_message_type(value) => cloudwatch::decode(text, sink),
            Some((b"resourceLogs" | b"resource_logs", [b'[', ..])) => otlp::decode_json(text, sink),
            _ if fluentd::is_entry(text) && !is_text_in_brackets(text) => fluentd::decode(text, sink),
            _ if is_like_json(rest) || text::is_text(rest) => return json::decode(rest, sink),
            _ => {
                let detail = format!("no known format begins with `{}`", first.escape_ascii());
                return sink.reject(rest, Rejection::new(Reason::UnknownFormat, detail));
            }
        };
    }
}

/// Returns the name of a JSON object's first member as it is written, and the text from its value on.
fn first_member(object: &[u8]) -> Option<(&[u8], &[u8])> {
    let name = object.strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"")?;
    let (name, rest) = name.split_at_checked(memchr::memchr(b'"', name)?)?;
    let value = rest.strip_prefix(b"\"")?.trim_ascii_start().strip_prefix(b":")?;
    Some((name, value.trim_ascii_start()))
}
