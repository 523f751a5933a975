//! A log record as plain JSON.

use bson::{RawBsonRef, RawDocument};
use record::LogRecord;
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};

use super::value::Value;

/// The fields that follow id and time, since people read them first.
const FRONT: [&str; 4] = ["log_uid", "service", "levelname", "message"];
const STORED_ID: &str = "_id";
const ID: &str = "id";
const TIME: &str = "time";
const SENT: &str = "sent";
const SOURCE: &str = "source";
/// The field that says why others are missing.
const CUT: &str = "cut";
/// How many characters of a text a cut record keeps.
const CUT_TEXT_CHARS: usize = 1_000;

/// A log record. First come `id` (24 hexadecimal digits) and `time` (RFC 3339 in UTC, to the microsecond), then `log_uid`,
/// `service`, `levelname` and `message` if it has them. All other fields follow as they were sent, in their order.
/// `source` is last. A sender's own `id` is under `sent`, like all fields that could not keep their place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a>(pub(super) &'a LogRecord);

/// A record that is larger than an answer: its first fields, with their texts cut, and its `source`. The field `cut` says
/// so: `{"bytes": size, "limit": largest size}`.
#[derive(Clone, Copy, Debug)]
pub(super) struct CutRecord<'a> {
    pub(super) record: &'a LogRecord,
    /// The size of the record in an answer.
    pub(super) bytes: usize,
    /// The largest size.
    pub(super) limit: usize,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = Parts::of(self.0.document()).map_err(S::Error::custom)?;
        let mut map = serializer.serialize_map(None)?;
        write_front(&mut map, self.0, &parts, |value| Some(Value(value)))?;
        for field in self.0.document() {
            let (name, value) = field.map_err(S::Error::custom)?;
            match name.as_str() {
                STORED_ID | ID | TIME | SENT | SOURCE => {}
                name if FRONT.contains(&name) => {}
                name => map.serialize_entry(name, &Value(value))?,
            }
        }
        if parts.sent.is_some() || parts.own_id.is_some() {
            map.serialize_entry(SENT, &Sent { stored: parts.sent, own_id: parts.own_id })?;
        }
        if let Some(source) = parts.source {
            map.serialize_entry(SOURCE, &Value(source))?;
        }
        map.end()
    }
}

impl Serialize for CutRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Cut {
            bytes: usize,
            limit: usize,
        }
        let parts = Parts::of(self.record.document()).map_err(S::Error::custom)?;
        let mut map = serializer.serialize_map(None)?;
        write_front(&mut map, self.record, &parts, |value| match value {
            RawBsonRef::String(text) => Some(start_of(text)),
            _ => None,
        })?;
        map.serialize_entry(CUT, &Cut { bytes: self.bytes, limit: self.limit })?;
        if let Some(source) = parts.source {
            map.serialize_entry(SOURCE, &Value(source))?;
        }
        map.end()
    }
}

/// The fields that an answer moves.
#[derive(Default)]
struct Parts<'a> {
    front: [Option<RawBsonRef<'a>>; FRONT.len()],
    own_id: Option<RawBsonRef<'a>>,
    sent: Option<RawBsonRef<'a>>,
    source: Option<RawBsonRef<'a>>,
}

impl<'a> Parts<'a> {
    fn of(document: &'a RawDocument) -> Result<Self, bson::error::Error> {
        let mut parts = Self::default();
        for field in document {
            let (name, value) = field?;
            match name.as_str() {
                ID => parts.own_id = Some(value),
                SENT => parts.sent = Some(value),
                SOURCE => parts.source = Some(value),
                name => {
                    if let Some(at) = FRONT.iter().position(|front| *front == name) {
                        parts.front[at] = Some(value);
                    }
                }
            }
        }
        Ok(parts)
    }
}

fn write_front<'a, M: SerializeMap, V: Serialize>(
    map: &mut M,
    record: &LogRecord,
    parts: &Parts<'a>,
    shown: impl Fn(RawBsonRef<'a>) -> Option<V>,
) -> Result<(), M::Error> {
    map.serialize_entry(ID, &record.id().to_hex())?;
    map.serialize_entry(TIME, &record.time().to_string())?;
    for (name, value) in FRONT.into_iter().zip(parts.front) {
        if let Some(value) = value.and_then(&shown) {
            map.serialize_entry(name, &value)?;
        }
    }
    Ok(())
}

/// The fields of a sender whose names logbraid uses: the stored ones, and the `id`.
struct Sent<'a> {
    stored: Option<RawBsonRef<'a>>,
    own_id: Option<RawBsonRef<'a>>,
}

impl Serialize for Sent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.stored {
            Some(RawBsonRef::Document(stored)) => {
                for field in stored {
                    let (name, value) = field.map_err(S::Error::custom)?;
                    map.serialize_entry(name.as_str(), &Value(value))?;
                }
            }
            Some(other) => map.serialize_entry(SENT, &Value(other))?,
            None => {}
        }
        if let Some(own_id) = self.own_id {
            map.serialize_entry(ID, &Value(own_id))?;
        }
        map.end()
    }
}

fn start_of(text: &str) -> &str {
    text.char_indices().nth(CUT_TEXT_CHARS).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use bson::{Bson, DateTime, Document, doc};
    use insta::assert_snapshot;

    use super::{CutRecord, Record};
    use crate::test_records::stored;

    fn json(fields: Document) -> String {
        serde_json::to_string(&Record(&stored(165_953, fields))).unwrap()
    }

    #[test]
    fn what_people_read_comes_first_and_the_source_last() {
        let source = doc! { "stream": "logs", "shard": "shardId-0", "seq": "4", "arrived": DateTime::from_millis(1), "format": "json" };
        let record = doc! {
            "name": "shop.cart", "source": source, "args": [1_000, "widgets"], "levelno": 20, "levelname": "INFO",
            "created": 1_795_163_739.165_953, "message": "hello", "customer": { "id": 7_i64 }, "service": "shop", "log_uid": "x",
        };
        assert_snapshot!(json(record), @r#"{"id":"6b00065b28841a2d5db0600a","time":"2026-11-20T08:35:39.165953Z","log_uid":"x","service":"shop","levelname":"INFO","message":"hello","name":"shop.cart","args":[1000,"widgets"],"levelno":20,"created":1795163739.165953,"customer":{"id":7},"source":{"stream":"logs","shard":"shardId-0","seq":"4","arrived":"1970-01-01T00:00:00.001Z","format":"json"}}"#);
    }

    #[test]
    fn what_is_absent_stays_absent() {
        assert_snapshot!(json(doc! {}), @r#"{"id":"6b00065b28841a2d5db0600a","time":"2026-11-20T08:35:39.165953Z"}"#);
        assert_snapshot!(json(doc! { "a": Bson::Null, "": 1 }), @r#"{"id":"6b00065b28841a2d5db0600a","time":"2026-11-20T08:35:39.165953Z","a":null,"":1}"#);
    }

    #[test]
    fn a_senders_own_id_is_kept() {
        assert_snapshot!(json(doc! { "id": 17, "b": 1 }), @r#"{"id":"6b00065b28841a2d5db0600a","time":"2026-11-20T08:35:39.165953Z","b":1,"sent":{"id":17}}"#);
        assert_snapshot!(json(doc! { "id": 17, "sent": { "time": "now" }, "source": {} }), @r#"{"id":"6b00065b28841a2d5db0600a","time":"2026-11-20T08:35:39.165953Z","sent":{"time":"now","id":17},"source":{}}"#);
        assert_snapshot!(json(doc! { "sent": { "_id": 1 }, "b": 1 }), @r#"{"id":"6b00065b28841a2d5db0600a","time":"2026-11-20T08:35:39.165953Z","b":1,"sent":{"_id":1}}"#);
    }

    #[test]
    fn a_cut_record_tells_where_it_came_from() {
        let message = "ü".repeat(2_000);
        let record = stored(165_953, doc! { "message": message, "rest": 1, "service": 7, "source": { "seq": "4" } });
        let json = serde_json::to_string(&CutRecord { record: &record, bytes: 9_000_000, limit: 6_000_000 }).unwrap();
        assert_snapshot!(json.replace(&"ü".repeat(1_000), "[a thousand ü]"), @r#"{"id":"6b00065b28841a2d5db0600a","time":"2026-11-20T08:35:39.165953Z","message":"[a thousand ü]","cut":{"bytes":9000000,"limit":6000000},"source":{"seq":"4"}}"#);
    }
}
