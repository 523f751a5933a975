//! `msg % args`, as Python's `logging` renders a message.

mod float;
mod integer;
mod message;
mod number;
mod spec;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::message::Message;
use self::spec::Spec;
use super::Literal;

/// How much longer than its template a message usually is, at most. It grows where it is more.
const USUAL_GROWTH: usize = 2;

/// Renders a message as `LogRecord.getMessage` does; `None` when Python would raise, or when it cannot be known.
///
/// `args` is what the record holds: a tuple, or the mapping that was the tuple's only item. (A typed sender's JSON
/// array has to come as [`Literal::Tuple`]; to Python a list is one argument.) Without any, the template is the
/// message, `%%` and all.
///
/// Not known is the `str` of a [`Literal::Opaque`]; its `repr` is, so `%r` prints it and so does `%s` of a list
/// around it. Refused, though Python would do it: widths and precisions above 10,000, messages above a mebibyte or
/// of as much work, and `%c` of a lone surrogate.
#[must_use]
pub(crate) fn format<'t>(template: &'t str, args: &Literal<'_>) -> Option<Cow<'t, str>> {
    if is_falsy(args) {
        return Some(Cow::Borrowed(template));
    }
    let mut message = Message::new(args, USUAL_GROWTH * template.len())?;
    let mut rest = template;
    while let Some((plain, conversion)) = rest.split_once('%') {
        message.push(plain)?;
        if let Some(after) = conversion.strip_prefix('%') {
            message.push("%")?;
            rest = after;
        } else {
            let (spec, after) = Spec::parse(conversion)?;
            message.convert(&spec)?;
            rest = after;
        }
    }
    message.push(rest)?;
    message.finish().map(Cow::Owned)
}

fn is_falsy(args: &Literal<'_>) -> bool {
    match args {
        Literal::None => true,
        Literal::Bool(value) => !value,
        Literal::Int(value) => *value == 0,
        Literal::Float(value) => *value == 0.0,
        Literal::Text(text) => text.is_empty(),
        Literal::Bytes(bytes) => bytes.is_empty(),
        Literal::Tuple(items) | Literal::List(items) | Literal::Set(items) => items.is_empty(),
        Literal::Dict(pairs) => pairs.is_empty(),
        Literal::BigInt(_) | Literal::Opaque(_) => false,
    }
}
