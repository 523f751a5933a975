//! JSON values that are not text. If a text stands in their place, the error quotes only its beginning.
//!
//! `serde_json` quotes the whole text. Its error message may take several times the memory of the payload.

use std::fmt;
use std::marker::PhantomData;

use record::bounded;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// How many bytes of a wrong value an error quotes.
pub(super) const MAX_QUOTED_BYTES: usize = 64;

/// An object, array, number or boolean. `T` must not be a type that can be read from text or from `null`.
#[derive(Debug, Default)]
pub(super) struct NotText<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for NotText<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsT(PhantomData)).map(Self)
    }
}

/// Reads a value that is not text.
pub(super) fn read<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Result<T, serde_json::Error> {
    serde_json::from_str::<NotText<T>>(value.get()).map(|read| read.0)
}

/// Passes what it visits to `T`, but only the beginning of a text.
struct AsT<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AsT<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, an array, a number or a boolean")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::deserialize(bounded(text, MAX_QUOTED_BYTES).into_deserializer())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        T::deserialize(value.into_deserializer())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        T::deserialize(value.into_deserializer())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        T::deserialize(value.into_deserializer())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        T::deserialize(value.into_deserializer())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(seq))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::de::DeserializeOwned;

    use super::NotText;

    #[test]
    fn values_are_read_as_without_it() {
        fn without_column(error: &serde_json::Error) -> String {
            error.to_string().split(" at line").next().unwrap_or_default().to_owned()
        }
        fn check<T: DeserializeOwned + PartialEq + std::fmt::Debug>(json: &str) {
            let read =
                serde_json::from_str::<NotText<T>>(json).map(|read| read.0).map_err(|error| without_column(&error));
            assert_eq!(read, serde_json::from_str::<T>(json).map_err(|error| without_column(&error)), "{json}");
        }
        for json in ["true", "1", "-1", "1.5", "1e300", "18446744073709551615", r#"{"a": 1}"#, "[1, 2]", r#""text""#] {
            check::<bool>(json);
            check::<i64>(json);
            check::<f64>(json);
            check::<Vec<u8>>(json);
            check::<BTreeMap<String, u8>>(json);
        }
    }

    #[test]
    fn an_error_quotes_the_beginning_of_a_text() {
        let text = format!("\"{}\"", "x".repeat(100_000));
        let error = serde_json::from_str::<NotText<bool>>(&text).unwrap_err().to_string();
        assert!(error.starts_with("invalid type: string \"xxx") && error.len() < 150, "{error}");
    }
}
