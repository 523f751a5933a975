//! The arguments of a message: read from Python's repr or from BSON, rendered into the message, and written with their
//! types.

use std::borrow::Cow;

use bson::{RawBsonRef, RawDocument};

use super::container::Container;
use super::document::{DocumentWriter, FieldSink, ValueOffset};
use super::value::Value;
use crate::python::{self, Literal};

/// Arguments that nest deeper stay text. MongoDB allows 100 levels for the whole document.
const MAX_DEPTH: usize = 80;
/// The field in which logback's encoder writes the arguments.
pub(super) const ARGUMENTS: &[u8] = b"arguments";

/// Parses the repr of arguments; `None` for any other text.
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

/// Reads arguments that were sent as an array or object. A JSON array stands for Python's tuple.
pub(super) fn from_bson(document: &DocumentWriter, offset: ValueOffset) -> Option<Literal<'_>> {
    let (container, arguments) = document.get_container(offset)?;
    of(container, arguments)
}

/// Reads the arguments from an array or object.
pub(super) fn of(container: Container, arguments: &RawDocument) -> Option<Literal<'_>> {
    match container {
        Container::Array => Some(Literal::Tuple(values(arguments)?)),
        Container::Document => mapping(arguments),
    }
}

/// Writes arguments that were parsed from text. A value that BSON has no type for is written as Python prints it.
pub(super) fn write(sink: &mut DocumentWriter, name: &str, literal: &Literal<'_>) {
    match literal {
        Literal::None => sink.push(name, Value::Null),
        Literal::Bool(value) => sink.push(name, Value::Boolean(*value)),
        Literal::Int(value) => sink.push(name, Value::Integer(*value)),
        Literal::Float(value) => sink.push(name, Value::Float(*value)),
        Literal::Text(text) => sink.push(name, Value::Text(text)),
        Literal::BigInt(digits) => sink.push(name, Value::Text(digits)),
        Literal::Opaque(text) => sink.push(name, Value::Text(text)),
        Literal::Bytes(_) => sink.push(name, Value::Text(&repr(literal))),
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
                    key => write(sink, &repr(key), value),
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

/// Returns a value as Python's `repr` prints it; empty if it exceeds the limits of rendering.
fn repr(literal: &Literal<'_>) -> String {
    render("%r", &Literal::Tuple(vec![literal.clone()])).unwrap_or_default()
}

/// Renders `template % args` as Python does. `None` if Python would raise, or if it needs more of an argument than its
/// repr.
pub(super) fn render(template: &str, args: &Literal<'_>) -> Option<String> {
    python::format(template, args).map(Cow::into_owned)
}

/// Returns `str(value)` of a message template that was not sent as text.
pub(super) fn text_of(document: &DocumentWriter, offset: ValueOffset) -> Option<String> {
    let value = match (document.get(offset), document.get_container(offset)) {
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

/// Reads the values of an array, which BSON writes as a document.
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

/// Reads a value; `None` for a type that the writer never writes within a container.
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
