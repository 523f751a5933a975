//! Reads JSON text in parts, as it is written: the first value, or the elements of an array one at a time.

use std::fmt;

use record::bounded;
use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor};
use serde_json::value::RawValue;

use crate::not_text::MAX_QUOTED_BYTES;

/// Returns the first value of `text`, and the text that follows.
pub(super) fn split_first(text: &[u8]) -> Result<(&RawValue, &[u8]), serde_json::Error> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter();
    let value = values.next().unwrap_or_else(|| Err(Error::custom("there is no value")))?;
    Ok((value, text.get(values.byte_offset()..).unwrap_or_default()))
}

/// Passes each element of `array` to `element`, until one fails.
pub(super) fn each<'a, E: fmt::Display>(
    array: &'a RawValue,
    mut element: impl FnMut(&'a RawValue) -> Result<(), E>,
) -> Result<(), serde_json::Error> {
    array.deserialize_any(Each(&mut element))
}

struct Each<'f, F>(&'f mut F);

impl<'de, E: fmt::Display, F: FnMut(&'de RawValue) -> Result<(), E>> Visitor<'de> for Each<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_str<A: Error>(self, text: &str) -> Result<(), A> {
        Err(A::invalid_type(Unexpected::Str(&bounded(text, MAX_QUOTED_BYTES)), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        while let Some(element) = array.next_element()? {
            (self.0)(element).map_err(Error::custom)?;
        }
        Ok(())
    }
}
