//! Messages of Fluentd's forward protocol, one after the other.
//!
//! <https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1#message-modes>.

use decode::msgpack_reader::{Malformed, Reader, Token, after_container};

use super::{Facts, Lines, Tail, Time, inflate, key, member, msgpack};
use crate::entry::Encoding;

/// The type of Fluentd's `EventTime`.
const EVENT_TIME: i8 = 0;
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Reads the messages.
pub(super) fn read(payload: &[u8], lines: &mut Lines<'_>) {
    let mut rest = payload;
    while !rest.is_empty() {
        // A sign of life.
        if let [0xC0, after @ ..] = rest {
            rest = after;
            continue;
        }
        let Some(after) = after_container(rest) else { return lines.reject(rest, "no message of Fluentd's protocol") };
        let message = before(rest, after);
        if let Err(error) = read_message(message, lines) {
            lines.reject(message, error);
        }
        rest = after;
    }
}

/// Reads `[tag, time, record]`, `[tag, [[time, record], …]]` or `[tag, <entries>]`, each also with options.
fn read_message(message: &[u8], lines: &mut Lines<'_>) -> Result<(), Malformed> {
    let mut reader = Reader::new(message);
    let Token::Array(2..=4) = reader.token()? else { return Err(reader.expected("an array of 2 to 4")) };
    let (Token::Text(tag) | Token::Bytes(tag)) = reader.token()? else { return Err(reader.expected("a tag")) };
    let tag = String::from_utf8_lossy(tag);
    let rest = reader.rest();
    match reader.token()? {
        Token::Array(count) => {
            let after = after_container(rest).ok_or_else(|| reader.expected("entries"))?;
            read_entries(before(reader.rest(), after), count, &tag, lines);
        }
        Token::Text(packed) | Token::Bytes(packed) => {
            // The protocol knows gzip, and since Fluentd 1.19 zstd. Entries begin with an array, so never like these.
            let encoding = match packed {
                [0x1F, 0x8B, ..] => Encoding::Gzip,
                [0x28, 0xB5, 0x2F, 0xFD, ..] => Encoding::Zstd,
                _ => Encoding::Plain,
            };
            match inflate(packed, encoding) {
                Ok(entries) => read_entries(&entries, u32::MAX, &tag, lines),
                Err(error) => lines.reject(message, error),
            }
        }
        _ => {
            // One entry.
            let mut entry = Reader::new(rest);
            lines.push(message, |out| read_entry(&mut entry, &tag, out));
        }
    }
    Ok(())
}

/// Reads at most `count` entries.
fn read_entries(mut entries: &[u8], count: u32, tag: &str, lines: &mut Lines<'_>) {
    for _ in 0..count {
        if entries.is_empty() {
            return;
        }
        // Where an entry ends is known when it is read. Only a broken one is looked through for its end.
        let mut reader = Reader::new(entries);
        let pushed = lines.try_push(|out| {
            let Token::Array(parts @ 2..=3) = reader.token()? else { return Err(reader.expected("an array of 2")) };
            let tail = read_entry(&mut reader, tag, out)?;
            if parts == 3 {
                skip(&mut reader)?;
            }
            Ok((tail, before(entries, reader.rest())))
        });
        entries = match pushed {
            Ok(()) => reader.rest(),
            Err(error) => {
                let Some(after) = after_container(entries) else {
                    return lines.reject(entries, "no entry of Fluentd's protocol");
                };
                lines.reject(before(entries, after), error);
                after
            }
        };
    }
}

/// Skips a value.
fn skip(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    let source = reader.rest();
    if let Token::Array(_) | Token::Map(_) = reader.token()? {
        reader.go_to(after_container(source).ok_or_else(|| reader.expected("the end of a map or array"))?);
    }
    Ok(())
}

/// Returns the bytes of `all` before its end `rest`.
fn before<'a>(all: &'a [u8], rest: &[u8]) -> &'a [u8] {
    all.get(..all.len() - rest.len()).unwrap_or_default()
}

/// Reads a time and a record.
fn read_entry<'t>(reader: &mut Reader<'_>, tag: &'t str, out: &mut Vec<u8>) -> Result<Tail<'t>, Malformed> {
    let stamp = reader.token()?;
    let mut metadata = None;
    let time = if let Token::Array(2) = stamp {
        let stamp = reader.token()?;
        let time = time(reader, stamp)?;
        let source = reader.rest();
        let Token::Map(entries) = reader.token()? else { return Err(reader.expected("metadata")) };
        if entries > 0 {
            metadata = Some(source);
        }
        reader.go_to(after_container(source).ok_or_else(|| reader.expected("metadata"))?);
        time
    } else {
        time(reader, stamp)?
    };
    let mut facts = Facts::default();
    match reader.token()? {
        Token::Map(entries) => msgpack::members(reader, entries, &mut facts, out)?,
        // fluent-logger's handler with a formatter of logging's sends a text.
        Token::Text(message) | Token::Bytes(message) => member(out, "message", &String::from_utf8_lossy(message)),
        _ => return Err(reader.expected("a record")),
    }
    if let Some(metadata) = metadata {
        key(out, "metadata");
        msgpack::value(&mut Reader::new(metadata), 1, out)?;
    }
    Ok(Tail { facts, tag: Some(tag), time: Some(time) })
}

#[allow(clippy::cast_precision_loss, reason = "seconds are exact in a float for far longer than the sun will shine")]
fn time(reader: &Reader<'_>, stamp: Token<'_>) -> Result<Time, Malformed> {
    match stamp {
        Token::Integer(seconds) => Ok(Time::Seconds(seconds as f64)),
        Token::Float(seconds) => Ok(Time::Seconds(seconds)),
        Token::Extension(EVENT_TIME, &[s0, s1, s2, s3, n0, n1, n2, n3]) => {
            let (seconds, nanos) = (u32::from_be_bytes([s0, s1, s2, s3]), u32::from_be_bytes([n0, n1, n2, n3]));
            Ok(Time::Nanos(u64::from(seconds) * NANOS_PER_SECOND + u64::from(nanos)))
        }
        _ => Err(reader.expected("a time")),
    }
}
