//! Reads canonical Extended JSON, field by field in their order.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bson::raw::CString;
use bson::{Binary, DateTime, RawArrayBuf, RawBson, RawDocumentBuf, oid::ObjectId};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

/// Reads a document.
pub(super) fn document(json: &[u8]) -> Result<RawDocumentBuf, serde_json::Error> {
    match serde_json::from_slice(json)? {
        Value(RawBson::Document(document)) => Ok(document),
        _ => Err(serde_json::Error::custom("it is a single value")),
    }
}

/// A value, as BSON.
struct Value(RawBson);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfValue).map(Self)
    }
}

/// The content of `$binary`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bytes {
    base64: String,
    #[serde(rename = "subType")]
    subtype: String,
}

/// The content of `$date`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Millis {
    #[serde(rename = "$numberLong")]
    millis: String,
}

struct OfValue;

impl<'de> Visitor<'de> for OfValue {
    type Value = RawBson;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value in canonical Extended JSON")
    }

    fn visit_unit<E>(self) -> Result<RawBson, E> {
        Ok(RawBson::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<RawBson, E> {
        Ok(RawBson::Boolean(truth))
    }

    fn visit_str<E>(self, text: &str) -> Result<RawBson, E> {
        Ok(RawBson::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<RawBson, E> {
        Ok(RawBson::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<RawBson, A::Error> {
        let mut array = RawArrayBuf::new();
        while let Some(Value(value)) = values.next_element()? {
            array.push(value);
        }
        Ok(RawBson::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<RawBson, A::Error> {
        let mut document = RawDocumentBuf::new();
        let mut is_first = true;
        while let Some(name) = fields.next_key::<String>()? {
            if is_first && let Some(value) = typed(&name, &mut fields)? {
                return match fields.next_key::<String>()? {
                    None => Ok(value),
                    Some(_) => Err(A::Error::custom("a field beside the name of a type")),
                };
            }
            is_first = false;
            let name = CString::try_from(name).map_err(A::Error::custom)?;
            let Value(value) = fields.next_value()?;
            document.append(name, value);
        }
        Ok(RawBson::Document(document))
    }
}

/// Reads the value behind the name of a type. Returns `None`, and reads nothing, for any other name.
fn typed<'de, A: MapAccess<'de>>(name: &str, fields: &mut A) -> Result<Option<RawBson>, A::Error> {
    Ok(Some(match name {
        "$oid" => RawBson::ObjectId(parsed::<ObjectId, _>(fields)?),
        "$numberInt" => RawBson::Int32(parsed(fields)?),
        "$numberLong" => RawBson::Int64(parsed(fields)?),
        "$numberDouble" => RawBson::Double(match fields.next_value::<String>()?.as_str() {
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            text => text.parse().map_err(A::Error::custom)?,
        }),
        "$date" => {
            let Millis { millis } = fields.next_value()?;
            RawBson::DateTime(DateTime::from_millis(millis.parse().map_err(A::Error::custom)?))
        }
        "$binary" => {
            let Bytes { base64, subtype } = fields.next_value()?;
            let bytes = STANDARD.decode(base64).map_err(A::Error::custom)?;
            let subtype = u8::from_str_radix(&subtype, 16).map_err(A::Error::custom)?;
            RawBson::Binary(Binary { subtype: subtype.into(), bytes })
        }
        _ => return Ok(None),
    }))
}

fn parsed<'de, T: std::str::FromStr, A: MapAccess<'de>>(fields: &mut A) -> Result<T, A::Error>
where
    T::Err: fmt::Display,
{
    fields.next_value::<String>()?.parse().map_err(<A::Error as de::Error>::custom)
}
