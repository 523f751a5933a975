//! The bytes of an entry become records: lines of JSON. Pure. One file for each format.

pub mod bulk;
mod distlog;
mod fluentd;
mod inflate;
mod jsonl;
mod lines;
mod loki;
mod msgpack;
mod otlp;
mod syslog;
#[cfg(test)]
mod tests;

pub use self::inflate::{InflateError, inflate};
pub use self::lines::{Facts, Lines, Tail, Time, key, lossy_text, member, text};
use crate::entry::{Format, Stored};

/// Reads the records of an entry. Every byte ends in a record; what cannot be read becomes a record that says so.
pub fn read(entry: &Stored<'_>, lines: &mut Lines<'_>) {
    let payload = match inflate(entry.payload, entry.encoding) {
        Ok(payload) => payload,
        Err(error) => return lines.reject(entry.payload, error),
    };
    match entry.format {
        Format::JsonLines | Format::Gelf => jsonl::read(&payload, lines),
        Format::Bulk => bulk::read(&payload, entry.options, lines),
        Format::Loki => loki::read_json(&payload, lines),
        Format::OtlpProtobuf => otlp::read_protobuf(&payload, lines),
        Format::OtlpJson => otlp::read_json(&payload, lines),
        Format::Forward => fluentd::read(&payload, lines),
        Format::Text => match std::str::from_utf8(&payload) {
            Ok(line) => jsonl::read_line(line, lines),
            Err(error) => lines.reject(&payload, error),
        },
        Format::Syslog => syslog::read(&payload, lines),
        Format::DistlogJson => distlog::read_json(&payload, lines),
        Format::DistlogPickle => distlog::read_pickle(&payload, lines),
        Format::LokiProtobuf => loki::read_protobuf(&payload, lines),
    }
}
