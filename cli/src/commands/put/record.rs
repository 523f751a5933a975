//! A Kinesis record: a line's bytes and a partition key.

use std::borrow::Cow;
use std::fmt;

use send::Entry;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// The largest record with its partition key, on a stream that allows it:
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecordsRequestEntry.html>.
pub(super) const MAX_RECORD_BYTES: usize = 10 * 1024 * 1024;
/// The longest partition key, in characters.
const MAX_KEY_CHARS: usize = 256;
/// What some programs write at the beginning of a file.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A Kinesis record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Record {
    /// The partition key.
    pub(super) key: String,
    pub(super) data: Vec<u8>,
}

/// Why a line is not put.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it is not a JSON object")]
    NotJson,
    #[error("it is larger than the 10 MiB that Kinesis allows")]
    TooLarge,
    #[error(
        "it is larger than the stream allows: 1 MiB per record by default (`aws kinesis update-max-record-size` raises it)"
    )]
    TooLargeForStream,
}

impl Record {
    /// Makes a record of a line.
    pub(super) fn new(data: Vec<u8>) -> Result<Self, Refusal> {
        let key = partition_key(&data)?;
        let record = Self { key, data };
        if record.bytes() > MAX_RECORD_BYTES { Err(Refusal::TooLarge) } else { Ok(record) }
    }

    /// Returns the record's entry in a request.
    pub(super) fn entry(&self) -> Entry<'_> {
        Entry { data: &self.data, key: &self.key }
    }

    /// Returns the size as Kinesis counts it.
    pub(super) fn bytes(&self) -> usize {
        self.key.len() + self.data.len()
    }
}

/// Returns the `log_uid`, so that the records of a transaction stay in one shard. A record without one gets a random key.
fn partition_key(data: &[u8]) -> Result<String, Refusal> {
    // Ingest skips the mark.
    let json = data.strip_prefix(BYTE_ORDER_MARK).unwrap_or(data);
    let Keyed(uid) = serde_json::from_slice(json).map_err(|_| Refusal::NotJson)?;
    Ok(uid.map_or_else(|| format!("{:032x}", fastrand::u128(..)), |uid| uid.chars().take(MAX_KEY_CHARS).collect()))
}

/// The first `log_uid` of an object. A name may come twice.
struct Keyed(Option<String>);

impl<'de> Deserialize<'de> for Keyed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Keyed;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Keyed, A::Error> {
                let mut first = None;
                while let Some((Text(name), value)) = fields.next_entry::<Text<'de>, &'de RawValue>()? {
                    if name == "log_uid" && first.is_none() {
                        first = uid(value);
                    }
                }
                Ok(Keyed(first))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A text that is borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn uid(value: &RawValue) -> Option<String> {
    let uid = match serde_json::from_str(value.get()) {
        Ok(Value::String(uid)) => uid,
        Ok(Value::Number(uid)) => uid.to_string(),
        _ => return None,
    };
    Some(uid).filter(|uid| !uid.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Record, Refusal};

    #[test]
    fn a_transaction_has_one_partition_key() {
        fn check(json: &str, expect: &str) {
            assert_eq!(Record::new(json.into()).unwrap().key, expect, "{json}");
        }
        check(r#"{"log_uid": "order-7", "message": "a"}"#, "order-7");
        check(r#"{"message": {"log_uid": "x"}, "log_uid": "\u00fc\n"}"#, "ü\n");
        check(r#"{"log_uid": 42}"#, "42");
        check(r#"{"log_uid": "a", "log_uid": "b"}"#, "a");
        check(r#"{"log_uid": null, "log_\u0075id": "b"}"#, "b");
        check("\u{feff}{\"log_uid\": \"a\"}", "a");
        for other in [r#"["log_uid"]"#, "7", "\u{feff}", r#"{"a": 1} {"a": 2}"#, r#"{"a": }"#] {
            assert_eq!(Record::new(other.into()), Err(Refusal::NotJson), "{other}");
        }
        check(&format!(r#"{{"log_uid": "{}"}}"#, "ü".repeat(300)), &"ü".repeat(256));
        for json in [r#"{"message": "a"}"#, r#"{"log_uid": ""}"#, r#"{"log_uid": null}"#, r#"{"log_uid": ["x"]}"#] {
            let [one, other] = [(); 2].map(|()| Record::new(json.into()).unwrap().key);
            assert!(one.len() == 32 && one != other, "{json}: {one} {other}");
        }
    }
}
