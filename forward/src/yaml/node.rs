//! The YAML file as a tree in which every value knows its place, so that every mistake has a line.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::mistake::{Mistake, Place};

/// A value and where it stands in the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// The entries in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// The name of an entry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) place: Place,
    pub(crate) text: String,
}

impl Node {
    /// Reads a file. An empty one is a map without entries.
    pub(crate) fn parse(yaml: &str) -> Result<Self, Mistake> {
        // Only what YAML 1.2 has: `y` and `no` are texts, and so is `007`.
        let options = serde_saphyr::options! { strict_booleans: true, leading_zero_numbers_as_strings: true };
        let read: Option<Spanned<Kind>> = serde_saphyr::from_str_with_options(yaml, options).map_err(|error| {
            let place = error.location().map_or(Place::default(), Place::of);
            Mistake { place, message: plain(&error.without_snippet().to_string()) }
        })?;
        Ok(read.map_or_else(Self::empty, Self::of))
    }

    /// Returns a map without entries.
    pub(crate) fn empty() -> Self {
        Self { place: Place::default(), kind: Kind::Map(Vec::new()) }
    }

    fn of(read: Spanned<Kind>) -> Self {
        Self { place: Place::of(read.referenced), kind: read.value }
    }

    /// Returns the entries of a map. `what` names the map in the message for anything else.
    pub(crate) fn entries(&self, what: &str) -> Result<&[(Key, Self)], Mistake> {
        match &self.kind {
            Kind::Map(entries) => Ok(entries),
            // `inputs:` with nothing after it.
            Kind::Null => Ok(&[]),
            _ => Err(self.mistake(format!("{what} is a map of names and values, not {}", self.kind))),
        }
    }

    /// Returns the items of a list; a single value is a list of one.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// Returns the value of an entry.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let Kind::Map(entries) = &self.kind else { return None };
        entries.iter().find(|(key, _)| key.text == name).map(|(_, value)| value)
    }

    /// Returns the text of a value that has to be one.
    pub(crate) fn text(&self, what: &str) -> Result<&str, Mistake> {
        match &self.kind {
            Kind::Text(text) => Ok(text),
            Kind::Integer(_) | Kind::Float(_) | Kind::Boolean(_) => {
                Err(self.mistake(format!("{what} is a text: put {} in quotes", self.kind)))
            }
            _ => Err(self.mistake(format!("{what} is a text, not {}", self.kind))),
        }
    }

    /// Returns a mistake at this place.
    pub(crate) fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake { place: self.place, message: message.into() }
    }

    /// Returns a map without some of its entries.
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        let Kind::Map(entries) = &self.kind else { return self.clone() };
        let kept = entries.iter().filter(|(key, _)| !names.contains(&key.text.as_str())).cloned().collect();
        Self { place: self.place, kind: Kind::Map(kept) }
    }
}

impl Key {
    /// Returns a mistake at this place.
    pub(crate) fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake { place: self.place, message: message.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("nothing"),
            Self::Boolean(value) => write!(f, "`{value}`"),
            Self::Integer(value) => write!(f, "`{value}`"),
            Self::Float(value) => write!(f, "`{value}`"),
            Self::Text(text) => write!(f, "`{text}`"),
            Self::List(_) => f.write_str("a list"),
            Self::Map(_) => f.write_str("a map"),
        }
    }
}

/// Returns the first line of the parser's message, without the place, which is shown anyway, and without
/// advice on how to call the parser.
fn plain(message: &str) -> String {
    let line = message.lines().next().unwrap_or(message);
    let advice = [" at line ", ", set "];
    advice.into_iter().fold(line, |line, advice| line.split_once(advice).map_or(line, |(before, _)| before)).to_owned()
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_some<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Integer(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Kind, E> {
        i64::try_from(value).map(Kind::Integer).map_err(|_| E::custom(format!("`{value}` is too large")))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
        Ok(Kind::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        Ok(Kind::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Kind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element::<Spanned<Kind>>()? {
            items.push(Node::of(item));
        }
        Ok(Kind::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry::<Spanned<String>, Spanned<Kind>>()? {
            let key = Key { place: Place::of(key.referenced), text: key.value };
            entries.push((key, Node::of(value)));
        }
        Ok(Kind::Map(entries))
    }
}
