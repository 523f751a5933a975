//! Makes typed settings of a [`Node`], through serde. A mistake is where its value is.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::mistake::{Mistake, Place, suggestion};
use super::node::{Key, Kind, Node};

/// Reads settings.
pub(crate) fn read<'n, T: Deserialize<'n>>(node: &'n Node) -> Result<T, Mistake> {
    T::deserialize(node).map_err(|mistake| mistake.at(node.place))
}

impl de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { place: Place::default(), message: message.to_string() }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("{} is not allowed here: expected {expected}", of_unexpected(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        Self::custom(format_args!("`{name}` is not known here; {}", suggestion(name, known.iter().copied())))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::custom(format_args!("`{name}` is no setting here; {}", suggestion(name, known.iter().copied())))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::custom(format_args!("`{name}` is missing"))
    }
}

fn of_unexpected(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("`{value}`"),
        Unexpected::Signed(value) => format!("`{value}`"),
        Unexpected::Float(value) => format!("`{value}`"),
        Unexpected::Str(text) => format!("`{text}`"),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a map".to_owned(),
        other => other.to_string(),
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let read = match &self.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Boolean(value) => visitor.visit_bool(*value),
            Kind::Integer(value) => visitor.visit_i64(*value),
            Kind::Float(value) => visitor.visit_f64(*value),
            Kind::Text(text) => visitor.visit_borrowed_str(text),
            Kind::List(items) => visitor.visit_seq(Items(items.iter())),
            Kind::Map(entries) => visitor.visit_map(Entries { rest: entries.iter(), value: None }),
        };
        read.map_err(|mistake| mistake.at(self.place))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.kind {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self).map_err(|mistake| mistake.at(self.place))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let read = match &self.kind {
            Kind::Text(name) => visitor.visit_enum(StrDeserializer::new(name)),
            Kind::Map(entries) => {
                visitor.visit_enum(MapAccessDeserializer::new(Entries { rest: entries.iter(), value: None }))
            }
            other => Err(self.mistake(format!("{other} is not allowed here: expected a name"))),
        };
        read.map_err(|mistake| mistake.at(self.place))
    }

    // A single value may stand for a list of one.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_seq(Items(self.items().iter())).map_err(|mistake| mistake.at(self.place))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Items<'n>(std::slice::Iter<'n, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mistake> {
        let Some(item) = self.0.next() else { return Ok(None) };
        seed.deserialize(item).map(Some).map_err(|mistake| mistake.at(item.place))
    }
}

struct Entries<'n> {
    rest: std::slice::Iter<'n, (Key, Node)>,
    value: Option<&'n Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mistake> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        let name = StrDeserializer::<Mistake>::new(&key.text);
        seed.deserialize(name).map(Some).map_err(|mistake| mistake.at(key.place))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let value = self.value.take().ok_or_else(|| <Mistake as de::Error>::custom("a value is missing"))?;
        seed.deserialize(value).map_err(|mistake| mistake.at(value.place))
    }
}
