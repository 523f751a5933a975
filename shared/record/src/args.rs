//! The arguments of a message: read as Python printed them or as JSON sent them, rendered, and written with their types.

use std::borrow::Cow;

use bson::{RawBsonRef, RawDocument};

use super::document::{Container, DocumentWriter, FieldSink, Value, ValueOffset};
use crate::python::{self, Literal};

/// How deep arguments may nest before they stay text. MongoDB takes 100 levels of everything together.
const MAX_DEPTH: usize = 80;

/// The arguments that a text is the repr of; `None` for any other text.
pub(super) fn from_text(text: &str) -> Option<Literal<'_>> {
    let is_arguments = |literal: &_| matches!(literal, Literal::Tuple(_) | Literal::Dict(_));
    python::parse(text).filter(is_arguments).filter(|literal| depth(literal) <= MAX_DEPTH)
}

fn depth(literal: &Literal<'_>) -> usize {
    let inner = match literal {
        Literal::Tuple(items) | Literal::List(items) | Literal::Set(items) => items.iter().map(depth).max(),
        Literal::Dict(entries) => entries.iter().map(|(_, value)| depth(value)).max(),
        _ => None,
    };
    1 + inner.unwrap_or_default()
}

/// The arguments that were sent as an array or object, where they were written. Python's tuple is JSON's array.
pub(super) fn from_bson(document: &DocumentWriter, place: ValueOffset) -> Option<Literal<'_>> {
    let (container, arguments) = document.get_container(place)?;
    of(container, arguments)
}

/// The arguments that an array or object holds.
pub(super) fn of(container: Container, arguments: &RawDocument) -> Option<Literal<'_>> {
    match container {
        Container::Array => Some(Literal::Tuple(values(arguments)?)),
        Container::Document => mapping(arguments),
    }
}

/// Writes arguments that were read from text. What BSON has no type for stays as Python printed it.
pub(super) fn write(sink: &mut DocumentWriter, name: &str, literal: &Literal<'_>) {
    match literal {
        Literal::None => sink.push(name, Value::Null),
        Literal::Bool(value) => sink.push(name, Value::Boolean(*value)),
        Literal::Int(value) => sink.push(name, Value::Integer(*value)),
        Literal::Float(value) => sink.push(name, Value::Float(*value)),
        Literal::Text(text) => sink.push(name, Value::Text(text)),
        Literal::BigInt(digits) => sink.push(name, Value::Text(digits)),
        Literal::Opaque(text) => sink.push(name, Value::Text(text)),
        Literal::Bytes(_) => sink.push(name, Value::Text(&printed(literal))),
        Literal::Tuple(items) | Literal::List(items) | Literal::Set(items) => {
            container(sink, name, Container::Array, |sink| {
                let mut position = itoa::Buffer::new();
                for (index, item) in items.iter().enumerate() {
                    write(sink, position.format(index), item);
                }
            });
        }
        Literal::Dict(entries) => container(sink, name, Container::Document, |sink| {
            for (key, value) in entries {
                match key {
                    Literal::Text(key) => write(sink, key, value),
                    key => write(sink, &printed(key), value),
                }
            }
        }),
    }
}

fn container(sink: &mut DocumentWriter, name: &str, container: Container, fill: impl FnOnce(&mut DocumentWriter)) {
    let begun = sink.begin(name, container);
    fill(sink);
    sink.end(begun);
}

/// A value as Python's `repr` prints it; empty past the limits of what is rendered.
fn printed(literal: &Literal<'_>) -> String {
    render("%r", &Literal::Tuple(vec![literal.clone()])).unwrap_or_default()
}

/// `template % args`, as Python renders it; `None` where Python cannot, or needs more of an argument than its repr.
pub(super) fn render(template: &str, args: &Literal<'_>) -> Option<String> {
    python::format(template, args).map(Cow::into_owned)
}

/// `str(value)` for a message template that was sent as something else than text.
pub(super) fn text_of(document: &DocumentWriter, place: ValueOffset) -> Option<String> {
    let value = match (document.get(place), document.get_container(place)) {
        (Some(value), _) => scalar(value),
        (None, Some((Container::Array, array))) => Literal::List(values(array)?),
        (None, Some((Container::Document, object))) => mapping(object)?,
        (None, None) => return None,
    };
    render("%s", &Literal::Tuple(vec![value]))
}

fn scalar(value: Value<'_>) -> Literal<'_> {
    match value {
        Value::Null => Literal::None,
        Value::Boolean(value) => Literal::Bool(value),
        Value::Integer(value) => Literal::Int(value),
        Value::Unsigned(value) => Literal::BigInt(value.to_string().into()),
        Value::Float(value) => Literal::Float(value),
        Value::Text(text) => Literal::Text(text.into()),
        Value::Bytes(bytes) => Literal::Bytes(bytes.into()),
    }
}

/// The values of an array that was written as a field: a document, as any array.
fn values(array: &RawDocument) -> Option<Vec<Literal<'_>>> {
    array.iter().map(|element| literal(element.ok()?.1)).collect()
}

fn mapping(object: &RawDocument) -> Option<Literal<'_>> {
    let entries = object.iter().map(|element| {
        let (name, value) = element.ok()?;
        Some((Literal::Text(name.as_str().into()), literal(value)?))
    });
    entries.collect::<Option<_>>().map(Literal::Dict)
}

/// A value as the writer wrote it; `None` for types that it does not write within a container.
fn literal(value: RawBsonRef<'_>) -> Option<Literal<'_>> {
    Some(match value {
        RawBsonRef::Null => Literal::None,
        RawBsonRef::Boolean(value) => Literal::Bool(value),
        RawBsonRef::Int32(value) => Literal::Int(value.into()),
        RawBsonRef::Int64(value) => Literal::Int(value),
        RawBsonRef::Decimal128(value) => Literal::BigInt(value.to_string().into()),
        RawBsonRef::Double(value) => Literal::Float(value),
        RawBsonRef::String(text) => Literal::Text(text.into()),
        RawBsonRef::Array(array) => {
            Literal::List(array.into_iter().map(|item| literal(item.ok()?)).collect::<Option<_>>()?)
        }
        RawBsonRef::Binary(binary) => Literal::Bytes(binary.bytes.into()),
        RawBsonRef::Document(object) => mapping(object)?,
        _ => return None,
    })
}
