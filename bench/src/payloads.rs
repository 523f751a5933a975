//! The same records in the other formats that ingest reads, as their senders write them.

use std::io::{self, Write as _};

use ::tests::fixtures::Payload;
use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest as _, Md5};
use serde_json::{Map, Value, json};

use crate::error::Error;

/// A format's name, and its encoder for the records of a payload.
pub type Format = (&'static str, fn(&[Payload]) -> Result<Vec<u8>, Error>);

/// The formats with many records in a payload.
pub const FORMATS: [Format; 6] = [
    ("ndjson", |records| Ok(ndjson(records))),
    ("gzip", |records| gzip(&ndjson(records))),
    ("kpl", |records| Ok(kpl(records))),
    ("otlp", otlp),
    ("msgpack", msgpack),
    ("cloudwatch", cloudwatch),
];

const KPL_MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];
/// Protobuf's wire type of fields with a length.
const LENGTH_DELIMITED: u8 = 2;
/// Protobuf's wire type of eight bytes.
const FIXED64: u8 = 1;
/// msgpack's markers of a map and a text with a length of 16 bits.
const MSGPACK_MAP_16: u8 = 0xDE;
const MSGPACK_STR_16: u8 = 0xDA;

fn ndjson(records: &[Payload]) -> Vec<u8> {
    records.iter().flat_map(|record| record.data.iter().chain(b"\n")).copied().collect()
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let compressed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    compressed.map_err(|source: io::Error| Error::File { action: "compress", path: "records".into(), source })
}

/// Encodes a KPL aggregate: a table of one partition key, the records, their MD5.
fn kpl(records: &[Payload]) -> Vec<u8> {
    let mut message = field(1, b"web-1.shop.example");
    for record in records {
        // The index of the partition key in the table.
        let user_record = [&[1 << 3, 0], field(3, &record.data).as_slice()].concat();
        message.extend(field(3, &user_record));
    }
    let digest = Md5::digest(&message);
    [&KPL_MAGIC, message.as_slice(), &digest].concat()
}

/// Encodes an OpenTelemetry export with one resource and one scope: `msg` is the body, everything else an attribute.
fn otlp(records: &[Payload]) -> Result<Vec<u8>, Error> {
    let mut scope_logs = field(1, &field(1, b"apps.orders"));
    for record in records {
        let nanos = u64::try_from(record.created_ms).unwrap_or_default() * 1_000_000;
        let mut log = [&[1 << 3 | FIXED64], nanos.to_le_bytes().as_slice()].concat();
        for (name, value) in fields(record)? {
            let text = value.as_str().unwrap_or_default().as_bytes();
            match name.as_str() {
                "msg" => log.extend(field(5, &field(1, text))),
                "levelname" => log.extend(field(3, text)),
                _ => log.extend(field(6, &attribute(name.as_bytes(), text))),
            }
        }
        scope_logs.extend(field(2, &log));
    }
    let resource = field(1, &field(1, &attribute(b"service.name", b"ordering")));
    Ok(field(1, &[resource, field(2, &scope_logs)].concat()))
}

fn attribute(name: &[u8], text: &[u8]) -> Vec<u8> {
    [field(1, name), field(2, &field(1, text))].concat()
}

/// Encodes a sequence of maps.
fn msgpack(records: &[Payload]) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    for record in records {
        let fields = fields(record)?;
        bytes.push(MSGPACK_MAP_16);
        bytes.extend(length_16(fields.len()));
        for (name, value) in &fields {
            for text in [name.as_str(), value.as_str().unwrap_or_default()] {
                bytes.push(MSGPACK_STR_16);
                bytes.extend(length_16(text.len()));
                bytes.extend(text.as_bytes());
            }
        }
    }
    Ok(bytes)
}

/// Encodes what a log group's subscription puts on a stream, which is always compressed.
fn cloudwatch(records: &[Payload]) -> Result<Vec<u8>, Error> {
    let event = |(number, record): (usize, &Payload)| {
        let message = String::from_utf8_lossy(&record.data);
        json!({ "id": format!("{number:056}"), "timestamp": record.created_ms, "message": message })
    };
    let message = json!({
        "owner": "123456789012",
        "logGroup": "/aws/lambda/orders",
        "logStream": "2026/11/20/[$LATEST]0123456789abcdef",
        "subscriptionFilters": ["logbraid"],
        "logEvents": records.iter().enumerate().map(event).collect::<Vec<_>>(),
    });
    // CloudWatch writes the message type first, and serde_json sorts the keys.
    let rest = message.to_string();
    let head = r#"{"messageType":"DATA_MESSAGE","#;
    gzip(&[head.as_bytes(), rest.get(1..).unwrap_or_default().as_bytes()].concat())
}

fn fields(record: &Payload) -> Result<Map<String, Value>, Error> {
    serde_json::from_slice(&record.data).map_err(|source| Error::Json { what: "a record", source })
}

/// Encodes a protobuf field with a length.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | LENGTH_DELIMITED];
    let mut length = content.len();
    loop {
        let [low, ..] = length.to_le_bytes();
        length >>= 7;
        if length == 0 {
            bytes.push(low);
            break;
        }
        bytes.push(low | 0x80);
    }
    bytes.extend(content);
    bytes
}

fn length_16(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use decode::whole;
    use record::Rules;

    use super::FORMATS;
    use crate::load::{batch, event_of};
    use crate::records::Records;

    #[test]
    fn every_format_is_decoded_whole() {
        for (name, encode) in FORMATS {
            let records: Vec<_> = Records::of_today().take(30).collect();
            let event = event_of(vec![encode(&records).unwrap()]).unwrap();
            let filing = whole(&batch(&event).unwrap(), &Rules::default());
            let stored: usize = filing.days.values().map(|pile| pile.items.len()).sum();
            assert_eq!((stored, filing.quarantined.items.len()), (30, 0), "{name}");
            let first = &filing.days.values().next().unwrap().items[0];
            assert!(first.document().get_str("log_uid").is_ok(), "{name}");
        }
    }
}
