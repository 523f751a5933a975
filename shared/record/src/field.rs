//! A field of a draft that is read again: a scalar, an object or an array.

use bson::{RawBsonRef, RawDocument};

use super::elements::Elements;
use super::layout::LENGTH_BYTES;
use super::spelling::is_one_spelling;
use super::value::Value;

/// How many fields of an object are looked at.
const MAX_FIELDS: usize = 64;
/// How many items of an array are read: the lines of a stack, the bytes of a text.
const MAX_ITEMS: usize = 65_536;

/// Returns whether a document has a field of that name.
fn has(document: &RawDocument, name: &str) -> bool {
    let elements = document.as_bytes().get(LENGTH_BYTES..).unwrap_or_default();
    Elements { rest: elements }.any(|element| element.name == name.as_bytes())
}

/// A field's value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field<'a> {
    Scalar(Value<'a>),
    Object(&'a RawDocument),
    /// BSON writes an array as a document that is named by position.
    Array(&'a RawDocument),
}

impl<'a> Field<'a> {
    pub(super) fn of(value: RawBsonRef<'a>) -> Option<Self> {
        match value {
            RawBsonRef::Document(object) => Some(Self::Object(object)),
            RawBsonRef::Array(array) => Some(Self::Array(RawDocument::from_bytes(array.as_bytes()).ok()?)),
            value => Value::of(value).map(Self::Scalar),
        }
    }

    /// Returns the scalar.
    pub(super) fn scalar(self) -> Option<Value<'a>> {
        match self {
            Self::Scalar(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the text.
    pub(super) fn text(self) -> Option<&'a str> {
        match self.scalar()? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the fields of an object or array.
    pub(super) fn fields(self) -> impl Iterator<Item = (&'a str, Field<'a>)> {
        let document = match self {
            Self::Scalar(_) => None,
            Self::Object(document) | Self::Array(document) => Some(document),
        };
        let elements = document.into_iter().flat_map(RawDocument::iter).take(MAX_FIELDS);
        elements.filter_map(|element| {
            let (name, value) = element.ok()?;
            Some((name.as_str(), Field::of(value)?))
        })
    }

    /// Returns the items of an array.
    pub(super) fn items(self) -> impl Iterator<Item = Field<'a>> {
        let array = match self {
            Self::Array(array) => Some(array),
            Self::Scalar(_) | Self::Object(_) => None,
        };
        let items = array.into_iter().flat_map(RawDocument::iter).take(MAX_ITEMS);
        items.filter_map(|item| Field::of(item.ok()?.1))
    }

    /// Returns the field at a path, whose names are compared as they are.
    pub(super) fn at(self, path: &str) -> Option<Field<'a>> {
        path.split('.').try_fold(self, |field, name| match field {
            // Most objects do not have the field, which this finds sooner.
            Field::Object(document) if has(document, name) => Field::of(document.get(name).ok()??),
            _ => None,
        })
    }

    /// Returns the field at a path, whose names are compared by their spelling. A name may be a whole path.
    pub(super) fn spelled_at(self, path: &str) -> Option<Field<'a>> {
        let Self::Object(_) = self else { return None };
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        self.fields().find_map(|(name, field)| {
            if is_one_spelling(name, path) {
                Some(field)
            } else if !rest.is_empty() && is_one_spelling(name, first) {
                field.spelled_at(rest)
            } else {
                None
            }
        })
    }

    /// Returns the first of some fields of an object.
    pub(super) fn first_of(self, names: &[&str]) -> Option<Field<'a>> {
        let says_something = |field: &Field<'_>| !matches!(field, Field::Scalar(Value::Null));
        names.iter().find_map(|name| self.spelled_at(name).filter(says_something))
    }

    /// Returns whether an object has a field of one of these names, in whatever spelling.
    pub(super) fn has_any(self, names: &[&str]) -> bool {
        names.iter().any(|name| self.spelled_at(name).is_some())
    }

    /// Returns the first of some fields of an object that is text and says something.
    pub(super) fn first_text_of(self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.spelled_at(name)?.text().filter(|text| !text.trim().is_empty()))
    }
}
